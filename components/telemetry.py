"""The standard OTEL_* variables of everything that runs for a team, and whom it trusts to take what it tells.

Source: OpenTelemetry specification, "Environment Variable Specification" and "OpenTelemetry Protocol Exporter".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.base import Owner

SIGNALS = ("traces", "metrics", "logs")
TRUST = "platform-ca"
"""The ConfigMap, in each namespace whose pods tell something, with the certificate that they trust."""

VOLUME, FOLDER, AUTHORITY = "telemetry", "/etc/telemetry", "ca.crt"
"""Where a pod finds it."""


@dataclass(frozen=True)
class Collector:
    """Where telemetry is taken.

    Args:
        endpoint: of OTLP over HTTP.
        authority: the certificate (PEM) that the collector's own is verified against; None where the two share a
            network of their own, and no TLS.
        signals: those of SIGNALS that it takes.
    """

    endpoint: str
    authority: pulumi.Input[str] | None
    signals: Sequence[str] = SIGNALS


def variables(owner: Owner, service: str, collector: Collector | None) -> Mapping[str, str]:
    """Who speaks, and to whom.

    Args:
        owner: whose it is; the team is the service's namespace.
        service: its name.
        collector: None where there is none. A signal that nobody takes is switched off, since without the variables
            an SDK would knock at localhost.
    """
    attributes = {"deployment.environment.name": owner.environment, "service.namespace": owner.team or "platform"}
    named = {
        "OTEL_SERVICE_NAME": service,
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{name}={value}" for name, value in attributes.items()),
    }
    taken = collector.signals if collector else ()
    named |= {f"OTEL_{signal.upper()}_EXPORTER": "none" for signal in SIGNALS if signal not in taken}
    if collector is None:
        return named
    if collector.authority is not None:
        named["OTEL_EXPORTER_OTLP_CERTIFICATE"] = f"{FOLDER}/{AUTHORITY}"
    return named | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        # Everything is sent: which traces are kept is decided where a trace is whole.
        "OTEL_TRACES_SAMPLER": "parentbased_always_on",
    }


def trust(
    resource_name: str,
    collector: Collector,
    *,
    namespace: pulumi.Input[str],
    owner: Owner,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.ConfigMap:
    """The ConfigMap TRUST, for the pods of one namespace to mount at FOLDER."""
    assert collector.authority is not None, "in a cluster the collector takes nothing without TLS"
    return k8s.core.v1.ConfigMap(
        resource_name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=TRUST, namespace=namespace, labels=owner.labels(TRUST, "telemetry")),
        data={AUTHORITY: collector.authority},
        opts=opts,
    )


def volume() -> k8s.core.v1.VolumeArgs:
    """The ConfigMap TRUST as a pod's volume."""
    return k8s.core.v1.VolumeArgs(name=VOLUME, config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=TRUST))
