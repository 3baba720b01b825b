"""The proxy's pods: Traefik, restricted like everything else, with a token for the API server."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, selector
from components.network.edge import configuration as conf
from components.network.edge.names import HTTP_PORT, HTTPS_PORT, INTERNAL_PORT, NAME
from components.volumes import configured
from components.workload import (
    Compute,
    apart,
    api_token,
    container_security,
    disruption_budget,
    mount,
    pod_template,
    scratch,
)

core = k8s.core.v1
UID = 65532  # nobody; as Traefik's own chart runs it
ACCOUNT = "account"


class Proxy(Component):
    """Deployment and disruption budget."""

    def __init__(
        self,
        name: str,
        *,
        image: str,
        replicas: int,
        compute: Compute,
        account: pulumi.Input[str],
        configuration: k8s.core.v1.ConfigMap,
        digest: str,
        namespace: pulumi.Input[str],
        labels: Mapping[str, str],
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("network:Proxy", name, opts)
        metadata = k8s.meta.v1.ObjectMetaArgs(name=NAME, namespace=namespace, labels=dict(labels))
        k8s.apps.v1.Deployment(
            name,
            metadata=metadata,
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(labels)),
                # The way in stays open while a new revision comes.
                strategy=k8s.apps.v1.DeploymentStrategyArgs(
                    type="RollingUpdate",
                    rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1),
                ),
                template=pod_template(
                    labels,
                    uid=UID,
                    digest=digest,
                    account=account,
                    affinity=apart(selector(labels)) if replicas > 1 else None,
                    grace_seconds=conf.ACCEPTING + conf.FINISHING + 5,
                    containers=[_container(image, compute)],
                    volumes=[
                        configured("configuration", configuration),
                        api_token(ACCOUNT),
                        scratch("tmp", size="256Mi"),
                    ],
                ),
            ),
            opts=self.child(depends_on=list(depends_on)),
        )
        if replicas > 1:
            disruption_budget(name, metadata, selector(labels), self.child())
        self.register_outputs({})


def _container(image: str, compute: Compute) -> k8s.core.v1.ContainerArgs:
    ping = core.HTTPGetActionArgs(path="/ping", port="internal", scheme="HTTP")
    return core.ContainerArgs(
        name=NAME,
        image=image,
        image_pull_policy="IfNotPresent",
        command=["traefik"],
        args=[f"--configfile={conf.FILE}"],
        ports=[
            core.ContainerPortArgs(name="https", container_port=HTTPS_PORT),
            core.ContainerPortArgs(name="http", container_port=HTTP_PORT),
            core.ContainerPortArgs(name="internal", container_port=INTERNAL_PORT),
        ],
        resources=compute.to_args(),
        security_context=container_security(),
        startup_probe=core.ProbeArgs(http_get=ping, period_seconds=1, failure_threshold=60, timeout_seconds=5),
        readiness_probe=core.ProbeArgs(http_get=ping, period_seconds=3, failure_threshold=2, timeout_seconds=5),
        # While it ends it is not ready and still alive: only a proxy that answers nothing at all is started anew.
        liveness_probe=core.ProbeArgs(
            tcp_socket=core.TCPSocketActionArgs(port="internal"),
            period_seconds=10,
            failure_threshold=6,
            timeout_seconds=5,
        ),
        volume_mounts=[
            mount("configuration", conf.FOLDER, read_only=True),
            mount(ACCOUNT, "/var/run/secrets/kubernetes.io/serviceaccount", read_only=True),
            mount("tmp", "/tmp"),
        ],
    )
