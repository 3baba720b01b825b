"""What programs built on OpenTelemetry's collector have in common: in a cluster, on a Docker engine, and Jaeger."""

from typing import Any

UID = 10001  # the official images' user
METRICS, HEALTH = 8888, 13133
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - of a pod, whose network policy says who comes in


def memory_limiter(memory: int) -> dict[str, Any]:
    """Refuses new data before the container's limit of `memory` MiB ends the process; senders then try again.

    Source: opentelemetry-collector, processor/memorylimiterprocessor, "Best Practices".
    """
    return {"check_interval": "1s", "limit_mib": memory * 3 // 4, "spike_limit_mib": memory // 5}


def memory_goal(memory: int) -> str:
    """GOMEMLIMIT of the same container: Go collects in time what would otherwise be refused, or end the process."""
    return f"{memory * 4 // 5}MiB"


def listening(port: int) -> str:
    """`port` on every address."""
    return f"{EVERY_ADDRESS}:{port}"


def health_check() -> dict[str, Any]:
    """Answers whoever asks for its health: the kubelet, from the node's address."""
    return {"endpoint": listening(HEALTH)}


def own_telemetry() -> dict[str, Any]:
    """What the program tells of itself: a log of JSON lines, and figures for a Prometheus that comes for them."""
    prometheus = {"host": EVERY_ADDRESS, "port": METRICS}
    return {
        "logs": {"level": "info", "encoding": "json"},
        "metrics": {"level": "normal", "readers": [{"pull": {"exporter": {"prometheus": prometheus}}}]},
    }
