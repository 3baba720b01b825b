"""The pod that asks the API server, and whom it answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner, selector
from components.network import CertificateAuthority, pods
from components.network.metrics import metrics_service
from components.network.policies import OBSERVABILITY, from_prometheus, network_policy, to_api_server
from components.observability import web
from components.observability.state import spark
from components.observability.state.access import RESOURCES, StateAccess
from components.observability.targets import Target
from components.observability.web import Web, WebArgs
from components.volumes import configured
from components.workload import Compute, api_token, checksum, container_security, mount, pod_template, secret_volume

core = k8s.core.v1
NAME = "kube-state-metrics"
METRICS = "kube-state-metrics-pods"
"""The Service by which Prometheus finds its pod."""
PORT = 8080
UID = 65534  # nobody, as its image runs
FOLDER, FILE = "/etc/kube-state-metrics", "spark.yaml"
ACCOUNT = "account"

TOLD = (
    "kube_cronjob_spec_suspend",
    "kube_pod_container_status_restarts_total",
    "kube_resourcequota",
    f"{spark.RUN}_.*",
    f"{spark.SCHEDULE}_.*",
)
"""The figures that something looks at; of each pod alone it knows forty."""


@dataclass(frozen=True, kw_only=True)
class StateArgs:
    """kube-state-metrics in `namespace`.

    Args:
        namespaces: whose objects it sees, by name; each exists.
        spark: whether Spark's definitions are in the cluster.
    """

    namespace: pulumi.Input[str]
    owner: Owner
    image: str
    compute: Compute
    authority: CertificateAuthority
    namespaces: Mapping[str, pulumi.Input[str]]
    spark: bool


class State(Component):
    """The Deployment, what it may see, and who may ask it.

    Outputs:
        web: where it answers, and by which login. target: as Prometheus asks it.
    """

    def __init__(self, name: str, args: StateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:State", name, opts)
        self.args = args
        self.labels = args.owner.labels(NAME, "state")
        self.web = Web(
            name,
            WebArgs(NAME, args.namespace, OBSERVABILITY, self.labels, selector(self.labels), PORT, args.authority),
            self.child(),
        )
        metrics_service(
            METRICS,
            resource_name=f"{name}-metrics",
            namespace=args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            port=PORT,
            opts=self.child(),
        )
        self.target = Target(
            "kube-state-metrics",
            f"{METRICS}.{OBSERVABILITY}.svc",
            PORT,
            pods(selector(self.labels)),
            server_name=self.web.host,
        )
        policy = network_policy(
            NAME,
            resource_name=f"{name}-traffic",
            namespace=args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[from_prometheus(PORT)],
            egress=[to_api_server()],
            opts=self.child(),
        )
        self._workload(name, policy)
        self.register_outputs({"url": self.web.url})

    def _metadata(self, suffix: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        name = f"{NAME}-{suffix}" if suffix else NAME
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _workload(self, name: str, policy: pulumi.Resource) -> None:
        args, said = self.args, {FILE: spark.custom_resources()}
        access = StateAccess(
            name,
            called=NAME,
            namespace=args.namespace,
            labels=self.labels,
            namespaces=args.namespaces,
            definitions=args.spark,
            opts=self.child(),
        )
        config = core.ConfigMap(f"{name}-configuration", metadata=self._metadata(), data=dict(said), opts=self.child())
        server = core.Secret(
            f"{name}-server", metadata=self._metadata("server"), string_data=self.web.files, opts=self.child()
        )
        k8s.apps.v1.Deployment(
            name,
            metadata=self._metadata(),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self.labels)),
                template=pod_template(
                    self.labels,
                    uid=UID,
                    digest=checksum(said),
                    account=access.account,
                    containers=[self._container()],
                    volumes=[
                        configured("configuration", config),
                        secret_volume("server", server),
                        api_token(ACCOUNT),
                    ],
                ),
            ),
            opts=self.child(depends_on=[policy]),
        )

    def _container(self) -> k8s.core.v1.ContainerArgs:
        args, answers = self.args, core.TCPSocketActionArgs(port="https")
        return core.ContainerArgs(
            name=NAME,
            image=args.image,
            image_pull_policy="IfNotPresent",
            args=[
                f"--namespaces={','.join(args.namespaces)}",
                f"--resources={','.join(RESOURCES)}",
                f"--metric-allowlist={','.join(TOLD)}",
                f"--tls-config={web.FOLDER}/{web.CONFIGURATION}",
                *([f"--custom-resource-state-config-file={FOLDER}/{FILE}"] if args.spark else []),
            ],
            ports=[core.ContainerPortArgs(name="https", container_port=PORT)],
            resources=args.compute.to_args(),
            security_context=container_security(),
            startup_probe=core.ProbeArgs(tcp_socket=answers, period_seconds=1, timeout_seconds=5, failure_threshold=60),
            readiness_probe=core.ProbeArgs(tcp_socket=answers, period_seconds=10, timeout_seconds=5),
            liveness_probe=core.ProbeArgs(
                tcp_socket=answers, period_seconds=30, timeout_seconds=10, failure_threshold=4
            ),
            volume_mounts=[
                mount("configuration", FOLDER, read_only=True),
                mount("server", web.FOLDER, read_only=True),
                mount(ACCOUNT, "/var/run/secrets/kubernetes.io/serviceaccount", read_only=True),
            ],
        )
