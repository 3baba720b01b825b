"""What the edge is called, and by which ports it answers."""

from components.base import Owner, selector
from components.network.policies import Peer, pods

NAMESPACE = "platform-edge"
NAME = "edge"
GATEWAY_API = "gateway.networking.k8s.io"
TRAEFIK_API = "traefik.io"

# Above 1023: the proxy is not root. Its Service has the ports that people know.
HTTP_PORT, HTTPS_PORT = 8080, 8443
# Health and metrics, for the kubelet and observability alone; people's Service has it not.
INTERNAL_PORT = 9000
METRICS = "edge-metrics"
"""The Service by which Prometheus finds the proxy's pods."""


def edge_pods(owner: Owner) -> Peer:
    """The proxy's pods, as a policy of another namespace names them."""
    return pods(selector(owner.labels(NAME, NAME)), of=NAMESPACE)
