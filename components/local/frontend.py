"""The sample frontend: people log in through Keycloak and see their roles."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker

from components import telemetry
from components.base import Component
from components.docker import BuiltImage, BuiltImageArgs
from components.local.container import Health, Service, run
from components.local.files import Files
from components.local.place import Place
from components.network import Certificate

NAME = "frontend"
UID = 10002
PORT = 8443
FOLDER = "/etc/frontend"


@dataclass(frozen=True)
class FrontendArgs:
    """The frontend.

    Args:
        origin: the https origin that people use, such as https://app.etl.localhost:8444.
        context: the folder that its image is built from, with `base` below it.
        root: the folder that the engine runs the program in.
        issuer: the realm's public address; inside: the same among containers.
        client: its client in the realm.
        collector: where it sends traces.
    """

    place: Place
    origin: str
    hostname: str
    port: int
    context: Path
    base: str
    root: Path
    issuer: pulumi.Input[str]
    inside: pulumi.Input[str]
    client: pulumi.Input[str]
    collector: str


class Frontend(Component):
    """The frontend and its image.

    Outputs:
        url: where people find it.
    """

    def __init__(self, name: str, args: FrontendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("local:Frontend", name, opts)
        place = args.place
        self.url = args.origin
        image = BuiltImage(
            NAME,
            BuiltImageArgs(NAME, context=args.context, root=args.root, arguments={"BASE": args.base}),
            self.child(),
        )
        certificate = Certificate(name, place.authority, names=[args.hostname, NAME], opts=self.child())
        files = Files(
            place.named(f"{NAME}-files"),
            image=image.published,
            at=FOLDER,
            content={
                "tls.crt": certificate.certificate,
                "tls.key": certificate.private_key,
                "ca.crt": place.authority.certificate,
            },
            uid=UID,
            labels=place.labels(NAME, "frontend"),
            opts=self.child(),
        )
        self.container: docker.Container = run(
            name,
            place,
            Service(
                name=NAME,
                component="frontend",
                image=image.published,
                uid=UID,
                memory=128,
                cpus=0.5,
                networks=[place.networks.front, place.networks.back],
                ports={args.port: PORT},
                environment={
                    "FRONTEND_ORIGIN": args.origin,
                    "OIDC_ISSUER": args.issuer,
                    "OIDC_INSIDE": args.inside,
                    "OIDC_CLIENT": args.client,
                    **telemetry.variables(place.owner, NAME, args.collector),
                },
                writable={"/tmp": 16},
                files=files,
                health=Health(["python3", "-m", "frontend.healthy"]),
            ),
            self.child(),
        )
        self.register_outputs({"url": self.url})
