"""The OpenTelemetry Collector: what the services send, in its own log."""

import pulumi
import pulumi_docker as docker
import yaml

from components.base import Component
from components.local.container import Service, run
from components.local.files import Files
from components.local.place import Place
from components.network.policies import OTLP_PORTS
from components.observability.collector.configuration import FILE, FOLDER
from components.observability.parts import UID, health_check, listening, memory_limiter

NAME = "collector"
_, OTLP_HTTP = OTLP_PORTS
MEMORY = 128
SIGNALS = ("traces", "metrics", "logs")
CONFIGURATION = yaml.safe_dump(
    {
        "extensions": {"health_check": health_check()},
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": listening(OTLP_HTTP)}}}},
        "processors": {"memory_limiter": memory_limiter(MEMORY), "batch": {"timeout": "1s"}},
        # A line for each span, metric and log record: `docker logs` shows them.
        "exporters": {"debug": {"verbosity": "normal"}},
        "service": {
            "extensions": ["health_check"],
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {
                signal: {"receivers": ["otlp"], "processors": ["memory_limiter", "batch"], "exporters": ["debug"]}
                for signal in SIGNALS
            },
        },
    },
    sort_keys=False,
)


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
                command=[f"--config={FILE}"],
                files=files,
            ),
            self.child(),
        )
        self.register_outputs({"endpoint": self.endpoint})
