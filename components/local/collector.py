"""The OpenTelemetry Collector: what the services send, in its own log."""

import pulumi
import pulumi_docker as docker

from components.base import Component
from components.local.container import Service, run
from components.local.files import Files
from components.local.place import Place

NAME = "collector"
UID = 10001  # the official image's user
OTLP_HTTP = 4318
HEALTH = 13133
FOLDER = "/etc/otelcol"
MEMORY = 128
CONFIGURATION = f"""\
receivers:
  otlp:
    protocols:
      http:
        endpoint: 0.0.0.0:{OTLP_HTTP}
processors:
  # Refuses new data before the container's limit of {MEMORY} MiB ends the process.
  memory_limiter: {{check_interval: 1s, limit_mib: {MEMORY * 3 // 4}, spike_limit_mib: {MEMORY // 5}}}
  batch: {{timeout: 1s}}
exporters:
  # A line for each span, metric and log record: `docker logs` shows them.
  debug: {{verbosity: normal}}
extensions:
  health_check: {{endpoint: 0.0.0.0:{HEALTH}}}
service:
  extensions: [health_check]
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug]}}
    metrics: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug]}}
    logs: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug]}}
"""


class Collector(Component):
    """The collector on the back network, where nothing but the services reaches it.

    Outputs:
        endpoint: what OTEL_EXPORTER_OTLP_ENDPOINT says to them.
    """

    def __init__(
        self, name: str, place: Place, image: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("local:Collector", name, opts)
        self.endpoint = f"http://{NAME}:{OTLP_HTTP}"
        files = Files(
            place.named(f"{NAME}-files"),
            image=image,
            at=FOLDER,
            content={"config.yaml": CONFIGURATION},
            uid=UID,
            labels=place.labels(NAME, "observability"),
            opts=self.child(),
        )
        self.container: docker.Container = run(
            name,
            place,
            # The image holds the collector and no other program: nothing in it could ask for its health.
            Service(
                name=NAME,
                component="observability",
                image=image,
                uid=UID,
                memory=MEMORY,
                cpus=0.5,
                networks=[place.networks.back],
                command=[f"--config={FOLDER}/config.yaml"],
                files=files,
            ),
            self.child(),
        )
        self.register_outputs({"endpoint": self.endpoint})
