"""The standard OTEL_* variables of everything that runs for a team.

Source: OpenTelemetry specification, "Environment Variable Specification" and "OpenTelemetry Protocol Exporter".
"""

from collections.abc import Mapping

from components.base import Owner


def variables(owner: Owner, service: str, collector: str | None) -> Mapping[str, str]:
    """Who speaks, and to whom.

    Args:
        owner: whose it is; the team is the service's namespace.
        service: its name.
        collector: where OTLP over HTTP is taken; None where there is no collector: then every signal is off, since
            without the variables an SDK would knock at localhost.
    """
    attributes = {"deployment.environment.name": owner.environment, "service.namespace": owner.team or "platform"}
    named = {
        "OTEL_SERVICE_NAME": service,
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{name}={value}" for name, value in attributes.items()),
    }
    if collector is None:
        return named | {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
    return named | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
