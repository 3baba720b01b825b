"""The gateway's configuration: what it takes, what it does with it, and where it goes.

Source: opentelemetry-collector v0.159.0, and the README of each component.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from components.network.policies import OTLP_PORTS
from components.observability.collector import redaction, sampling
from components.observability.collector.sampling import Sampling
from components.observability.parts import health_check, listening, memory_limiter, own_telemetry
from components.observability.transport import client, server

FOLDER = "/etc/otelcol"
FILE = f"{FOLDER}/config.yaml"
QUEUE = "/var/lib/otelcol"
GRPC, HTTP = OTLP_PORTS

LARGEST_REQUEST = 4  # MiB, unpacked; an SDK's batch of 512 spans is a tenth of that

NAMESPACES = ("data", "services", "spark")
"""What the namespaces of a team add to its name; a test holds it against components/team.py."""


@dataclass(frozen=True)
class Gateway:
    """What differs from one environment to another.

    Args:
        environment: the stack's name.
        memory: MiB, of the container.
        storage: GiB, of the queue's volume.
        traces: where they go: OTLP over HTTP, with TLS on both sides.
    """

    environment: str
    memory: int
    storage: int
    sampling: Sampling
    traces: str


def text(gateway: Gateway) -> str:
    """The configuration as the file that the collector reads."""
    return yaml.safe_dump(configuration(gateway), sort_keys=False, width=120)


def configuration(gateway: Gateway) -> dict[str, Any]:
    """The configuration; it holds no secret, and names the files that do."""
    return {
        "extensions": {"health_check": health_check(), "file_storage": _storage(gateway)},
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": listening(GRPC), "tls": server(), "max_recv_msg_size_mib": LARGEST_REQUEST},
                    "http": {
                        "endpoint": listening(HTTP),
                        "tls": server(),
                        "max_request_body_size": LARGEST_REQUEST * 2**20,
                    },
                }
            }
        },
        "processors": {
            "memory_limiter": memory_limiter(gateway.memory),
            "transform/claims": _statements(['delete_matching_keys(resource.attributes, "^(k8s|etl_platform)[.]")']),
            "k8s_attributes": _pods(),
            "transform/whose": _statements(_whose(gateway.environment)),
            "transform/texts": _statements(*redaction.statements()),
            "redaction": redaction.processor(),
            "tail_sampling": sampling.processor(gateway.sampling),
            # Decided traces leave one by one, and the queue syncs its disk for each of its entries.
            "batch": {"timeout": "200ms", "send_batch_size": 512, "send_batch_max_size": 1024},
        },
        "exporters": {"otlp_http/traces": _backend(gateway)},
        "service": {
            "extensions": ["health_check", "file_storage"],
            "telemetry": own_telemetry(),
            "pipelines": {
                "traces": {
                    "receivers": ["otlp"],
                    "processors": [
                        "memory_limiter",
                        "transform/claims",
                        "k8s_attributes",
                        "transform/whose",
                        "transform/texts",
                        "redaction",
                        "tail_sampling",
                        "batch",
                    ],
                    "exporters": ["otlp_http/traces"],
                }
            },
        },
    }


def _storage(gateway: Gateway) -> dict[str, Any]:
    """The queue's file: half of the volume, since a compaction writes a second one beside it."""
    return {
        "directory": QUEUE,
        # A pod that was ended without notice may still hold it when the next one comes.
        "timeout": "30s",
        "max_size": gateway.storage * 2**30 // 2,
        # A node that loses its power loses no trace that was taken.
        "fsync": True,
        # A file that cannot be read any more is put aside: a collector that does not start would lose what comes.
        "recreate": True,
        "compaction": {"on_start": True, "on_rebound": True, "directory": QUEUE, "cleanup_on_start": True},
    }


def _backend(gateway: Gateway) -> dict[str, Any]:
    """Tries for ever, and keeps on disk what waits; only when that is full is something lost, and counted."""
    return {
        "endpoint": gateway.traces,
        "tls": client(),
        "timeout": "10s",
        "retry_on_failure": {"initial_interval": "1s", "max_interval": "10s", "max_elapsed_time": "0s"},
        "sending_queue": {
            "storage": "file_storage",
            "num_consumers": 2,
            "sizer": "bytes",
            # The file's pages are never full.
            "queue_size": gateway.storage * 2**30 // 2 * 3 // 4,
        },
    }


def _statements(*groups: list[str]) -> dict[str, Any]:
    # What cannot be checked or redacted goes nowhere.
    return {"error_mode": "propagate", "trace_statements": [{"statements": group} for group in groups]}


def _pods() -> dict[str, Any]:
    """Which pod speaks, by the address of its connection alone: of what it says of itself, nothing counts."""
    return {
        "auth_type": "serviceAccount",
        "wait_for_metadata": True,
        "wait_for_metadata_timeout": "60s",
        "watch_sync_period": "0s",
        "extract": {
            "metadata": ["k8s.namespace.name", "k8s.pod.name"],
            "labels": [{"tag_name": "etl_platform.name", "key": "app.kubernetes.io/name", "from": "pod"}],
        },
        "pod_association": [{"sources": [{"from": "connection"}]}],
    }


def _whose(environment: str) -> list[str]:
    """The environment, the team and a name, whatever the program says of the first two.

    The team follows from the pod's namespace, which nobody in a team can choose; a label they can, with a run of a job.
    """
    namespace, name = 'resource.attributes["service.namespace"]', 'resource.attributes["service.name"]'
    within, label = 'resource.attributes["k8s.namespace.name"]', 'resource.attributes["etl_platform.name"]'
    suffixes = "|".join(NAMESPACES)
    return [
        f'set(resource.attributes["deployment.environment.name"], "{environment}")',
        f'set({namespace}, "unknown")',
        f"set({namespace}, {within}) where {within} != nil",
        f'replace_pattern({namespace}, "^platform-.*", "platform")',
        f'replace_pattern({namespace}, "-({suffixes})\\\\z", "")',
        f'set({name}, {label}) where {label} != nil and ({name} == nil or IsMatch({name}, "^unknown_service"))',
        'delete_matching_keys(resource.attributes, "^etl_platform[.]")',
    ]
