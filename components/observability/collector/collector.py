"""The gateway in a cluster: one pod with a queue on disk, and what it may read and reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner, selector
from components.network import CertificateAuthority, Peer
from components.network.policies import (
    COLLECTOR,
    OBSERVABILITY,
    OTLP_PORTS,
    allow_in,
    allow_out,
    namespace,
    network_policy,
    to_api_server,
)
from components.observability import transport
from components.observability.collector import configuration as conf
from components.observability.collector.configuration import Gateway
from components.observability.collector.sampling import Sampling
from components.observability.parts import HEALTH, METRICS, UID, memory_goal
from components.observability.transport import Backend
from components.telemetry import Collector as Endpoint
from components.volumes import claim, claimed, configured
from components.workload import (
    Compute,
    api_token,
    checksum,
    container_security,
    http_probe,
    mount,
    pod_template,
    secret_volume,
)

core, rbac = k8s.core.v1, k8s.rbac.v1
NAME = COLLECTOR["app.kubernetes.io/name"]
GRPC, HTTP = OTLP_PORTS
API = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True)
class CollectorSize:
    """The pod's share, and GiB of its queue's volume."""

    compute: Compute
    storage: int


@dataclass(frozen=True)
class CollectorArgs:
    """The gateway of an environment, in `namespace`, which exists and starts closed.

    Args:
        image: full name and tag.
        traces: where traces go.
        senders: the pods that may send.
    """

    namespace: pulumi.Input[str]
    owner: Owner
    image: str
    size: CollectorSize
    sampling: Sampling
    storage_class: str | None
    authority: CertificateAuthority
    traces: Backend
    senders: Sequence[Peer]


class Collector(Component):
    """Deployment, Service, claim, policy, and the right to see which pod has which address.

    One pod: a trace can be judged only where all of its spans come together, and a queue on disk is one pod's. Senders
    try again while it is away.

    Outputs:
        endpoint: what pods are told of it.
    """

    def __init__(self, name: str, args: CollectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:Collector", name, opts)
        self.args, self.name = args, name
        self.labels = args.owner.labels(NAME, "telemetry")
        host = f"{NAME}.{OBSERVABILITY}.svc"
        self.endpoint = Endpoint(f"https://{host}:{HTTP}", args.authority.certificate, signals=("traces",))
        text = conf.text(
            Gateway(
                environment=args.owner.environment,
                memory=args.size.compute.memory,
                storage=args.size.storage,
                sampling=args.sampling,
                traces=args.traces.url,
            )
        )
        config = core.ConfigMap(name, metadata=self._metadata(), data={"config.yaml": text}, opts=self.child())
        tls = transport.certificate(
            name, args.authority, metadata=self._metadata("tls"), service=host, clients=True, parent=self
        )
        queue = claim(
            f"{name}-queue",
            metadata=self._metadata("queue"),
            storage=args.size.storage,
            storage_class=args.storage_class,
            opts=self.child(),
        )
        account = self._account()
        policy = self._policy()
        digest = args.authority.certificate.apply(lambda pem: checksum({"config": text, "authority": pem}))
        self._workload(config, tls, queue, account, digest, policy)
        core.Service(
            name,
            metadata=self._metadata(),
            spec=core.ServiceSpecArgs(
                selector=selector(self.labels),
                ports=[
                    core.ServicePortArgs(name="otlp-grpc", port=GRPC),
                    core.ServicePortArgs(name="otlp-http", port=HTTP),
                ],
            ),
            opts=self.child(),
        )
        self.register_outputs({"endpoint": self.endpoint.endpoint})

    def _metadata(self, suffix: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        name = f"{NAME}-{suffix}" if suffix else NAME
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _account(self) -> pulumi.Output[str]:
        """A service account that may see the cluster's pods: whose an address is, nobody else can say."""
        account = core.ServiceAccount(
            self.name, metadata=self._metadata(), automount_service_account_token=False, opts=self.child()
        )
        everywhere = k8s.meta.v1.ObjectMetaArgs(name=f"etl-platform-{NAME}", labels=self.labels)
        role = rbac.ClusterRole(
            self.name,
            metadata=everywhere,
            rules=[rbac.PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["get", "list", "watch"])],
            opts=self.child(),
        )
        binding = rbac.ClusterRoleBinding(
            self.name,
            metadata=everywhere,
            role_ref=rbac.RoleRefArgs(
                api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata.name
            ),
            subjects=[
                rbac.SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=self.args.namespace)
            ],
            opts=self.child(),
        )
        return pulumi.Output.all(account.metadata.name, binding.id).apply(lambda parts: str(parts[0]))

    def _policy(self) -> k8s.networking.v1.NetworkPolicy:
        """In: what tells something, and who reads its metrics. Out: its backend, and the API server."""
        args = self.args
        return network_policy(
            NAME,
            resource_name=f"{self.name}-traffic",
            namespace=args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[
                *([allow_in(args.senders, *OTLP_PORTS)] if args.senders else []),
                allow_in([namespace(OBSERVABILITY)], METRICS),
            ],
            egress=[allow_out([args.traces.pods], args.traces.port), to_api_server()],
            opts=self.child(),
        )

    def _workload(
        self,
        config: k8s.core.v1.ConfigMap,
        tls: k8s.core.v1.Secret,
        queue: k8s.core.v1.PersistentVolumeClaim,
        account: pulumi.Output[str],
        digest: pulumi.Output[str],
        policy: k8s.networking.v1.NetworkPolicy,
    ) -> k8s.apps.v1.Deployment:
        return k8s.apps.v1.Deployment(
            self.name,
            metadata=self._metadata(),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                # A second one could not open the queue.
                strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self.labels)),
                template=pod_template(
                    self.labels,
                    uid=UID,
                    digest=digest,
                    account=account,
                    # It decides what waits, and brings it to the disk.
                    grace_seconds=30,
                    containers=[self._container()],
                    volumes=[
                        configured("config", config),
                        secret_volume(transport.VOLUME, tls),
                        claimed("queue", queue),
                        api_token("account"),
                    ],
                ),
            ),
            opts=self.child(depends_on=[policy]),
        )

    def _container(self) -> k8s.core.v1.ContainerArgs:
        compute = self.args.size.compute

        probe = partial(http_probe, "/", port="health")

        return core.ContainerArgs(
            name=NAME,
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            args=[f"--config={conf.FILE}"],
            env=[core.EnvVarArgs(name="GOMEMLIMIT", value=memory_goal(compute.memory))],
            ports=[
                core.ContainerPortArgs(name="otlp-grpc", container_port=GRPC),
                core.ContainerPortArgs(name="otlp-http", container_port=HTTP),
                core.ContainerPortArgs(name="metrics", container_port=METRICS),
                core.ContainerPortArgs(name="health", container_port=HEALTH),
            ],
            resources=compute.to_args(),
            security_context=container_security(),
            startup_probe=probe(2, 60),
            readiness_probe=probe(5, 3),
            liveness_probe=probe(15, 4),
            volume_mounts=[
                mount("config", conf.FOLDER, read_only=True),
                mount(transport.VOLUME, transport.FOLDER, read_only=True),
                mount("queue", conf.QUEUE),
                mount("account", API, read_only=True),
            ],
        )
