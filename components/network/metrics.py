"""The way by which Prometheus finds pods that tell figures of themselves, without asking the API server for them."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s


def metrics_service(
    name: str,
    *,
    resource_name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    select: Mapping[str, str],
    port: int,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Service:
    """A Service whose name in the cluster's DNS is the addresses of the pods that `select` names, each of them.

    Ready or not: what is not ready is what someone has to hear of.

    Args:
        labels: of the Service itself.
        port: on which the pods answer.
    """
    return k8s.core.v1.Service(
        resource_name,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=name, namespace=namespace, labels=dict(labels), annotations={"pulumi.com/skipAwait": "true"}
        ),
        spec=k8s.core.v1.ServiceSpecArgs(
            cluster_ip="None",
            publish_not_ready_addresses=True,
            selector=dict(select),
            ports=[k8s.core.v1.ServicePortArgs(name="metrics", port=port, target_port=port, protocol="TCP")],
        ),
        opts=opts,
    )
