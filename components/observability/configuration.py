"""Prometheus' own files: whom it asks, how long it keeps what they say, and to whom it hands alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.observability.jobs import JobName
from components.observability.targets import Target, logged_in, scrape_configs, verified

FOLDER = "/etc/prometheus"
FILE, RULES, ASKING = "prometheus.yaml", "rules.yaml", "client.yaml"
DATA = "/prometheus"
INTERVAL = "30s"
"""Between two scrapes of a target, and between two looks at the alerts."""

RETAINED = 0.8
"""Of the volume, what blocks may take; the rest is the log of the last hours, and what a compaction writes anew."""

LIMITS: Mapping[str, Any] = {
    # No target of ours comes near any of these; one that does is broken, or not ours.
    "body_size_limit": "16MB",
    "label_limit": 40,
    "label_name_length_limit": 200,
    "label_value_length_limit": 2000,
}

OTLP: Mapping[str, Any] = {
    # Who speaks; anything else that a program says of itself would be a series for each of its whims.
    "promote_resource_attributes": ["deployment.environment.name", "service.name", "service.namespace"],
}


@dataclass(frozen=True)
class Retention:
    """How long figures stay: `days`, or as many as fit into `storage` GiB."""

    days: int
    storage: int


def configuration(
    environment: str, targets: Sequence[Target], alertmanager: Target, retention: Retention
) -> dict[str, Any]:
    """The file. Source: prometheus.io, "Configuration", 3.13.

    Args:
        targets: of scrapes, Prometheus and Alertmanager among them.
        alertmanager: to whose replicas, every one of them, alerts go.
    """
    receiver: JobName = "alertmanager"
    return {
        "global": {
            "scrape_interval": INTERVAL,
            "scrape_timeout": "10s",
            "evaluation_interval": INTERVAL,
            "external_labels": {"environment": environment, "replica": "${REPLICA}"},
            **LIMITS,
        },
        "storage": {
            "tsdb": {
                # What comes by OTLP has waited in queues.
                "out_of_order_time_window": "10m",
                "retention": {
                    "time": f"{retention.days}d",
                    "size": f"{round(retention.storage * 1024 * RETAINED)}MB",
                },
            }
        },
        "otlp": dict(OTLP),
        "rule_files": [RULES],
        "alerting": {
            # Replicas say the same; by this label one alert would be two.
            "alert_relabel_configs": [{"regex": "replica", "action": "labeldrop"}],
            "alertmanagers": [
                {
                    **verified(alertmanager.server_name),
                    **logged_in(receiver),
                    "dns_sd_configs": [{"names": [alertmanager.host], "type": "A", "port": alertmanager.port}],
                }
            ],
        },
        "scrape_configs": scrape_configs(targets),
    }


def asking(server_name: str) -> dict[str, Any]:
    """With what promtool asks the server beside it. Source: prometheus.io, "promtool", HTTP configuration."""
    server: JobName = "prometheus"
    return {**logged_in(server), "tls_config": verified(server_name)["tls_config"]}
