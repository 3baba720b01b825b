"""Jaeger's configuration, which is a collector's with Jaeger's own parts.

Source: jaeger v2.2.0, cmd/jaeger/config-badger.yaml, and the `config.go` of each part.
"""

from typing import Any

import yaml

from components.observability import transport
from components.observability.parts import health_check, listening, own_telemetry

FOLDER = "/etc/jaeger"
FILE = f"{FOLDER}/config.yaml"
DATA = "/badger"
OTLP, QUERY, QUERY_GRPC = 4318, 16686, 16685
STORE = "traces"


def text(days: int) -> str:
    """The configuration as the file that Jaeger reads."""
    return yaml.safe_dump(configuration(days), sort_keys=False, width=120)


def configuration(days: int) -> dict[str, Any]:
    """The configuration; `days`: how long a trace stays."""
    return {
        "extensions": {
            "healthcheckv2": {"use_v2": True, "http": health_check()},
            "jaeger_storage": {
                "backends": {
                    STORE: {
                        "badger": {
                            "directories": {"keys": f"{DATA}/keys", "values": f"{DATA}/values"},
                            "ephemeral": False,
                            # A trace that the collector was told is here outlives a node that loses its power.
                            "consistency": True,
                            "ttl": {"spans": f"{days * 24}h"},
                        }
                    }
                }
            },
            # Pages and API for this pod alone: the login stands before them.
            "jaeger_query": {
                "storage": {"traces": STORE},
                "http": {"endpoint": f"127.0.0.1:{QUERY}"},
                "grpc": {"endpoint": f"127.0.0.1:{QUERY_GRPC}"},
            },
        },
        "receivers": {
            "otlp": {"protocols": {"http": {"endpoint": listening(OTLP), "tls": transport.server(clients=True)}}}
        },
        # Neither a batch nor a queue: the collector hears of a trace once it is on the disk, and keeps it until then.
        "exporters": {"jaeger_storage_exporter": {"trace_storage": STORE}},
        "service": {
            "extensions": ["jaeger_storage", "jaeger_query", "healthcheckv2"],
            "telemetry": own_telemetry(),
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["jaeger_storage_exporter"]}},
        },
    }
