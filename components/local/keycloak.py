"""Keycloak in one container: production mode, HTTPS only, and the provider that speaks to it."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker
import pulumi_keycloak as keycloak
import pulumi_random as random

from components.base import Component
from components.databases import Database
from components.docker import BuiltImage, BuiltImageArgs
from components.identity import configuration as conf
from components.identity.server import BOOTSTRAP, NAME
from components.local.automation import Automation, AutomationArgs
from components.local.container import Health, Service, run
from components.local.files import Files
from components.local.place import LOOPBACK, Place
from components.network import Certificate
from components.workload import Compute

CONTEXT = Path(__file__).parent / "images/keycloak"
# The image holds neither curl nor wget; its shell can speak HTTP. The management port has Keycloak's certificate
# unless it is told otherwise, and the shell speaks no TLS: this port is the container's own, no network has it.
MANAGEMENT = f"""\
exec 3<>/dev/tcp/127.0.0.1/{conf.MANAGEMENT_PORT}
printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3
read -r answer <&3 && [[ $answer == *' 200 '* ]]"""


BUILT = ("db", "health-enabled", "metrics-enabled", "event-metrics-user-enabled", "cache", "cache-stack")
"""Options that Keycloak takes when it is built; those of a start are no part of the image."""


def built_with() -> str:
    """Those options as the configuration file has them, `name=value` with blanks between."""
    nobody = conf.Connection("", 0, database="", username="", password="", pool=0)
    text = conf.keycloak_conf(hostname="", connection=nobody, bootstrap=("", ""))
    return " ".join(line for line in text.splitlines() if line.partition("=")[0] in BUILT)


@dataclass(frozen=True)
class KeycloakArgs:
    """A Keycloak server.

    Args:
        hostname: the DNS name people use; a name below `localhost` needs no entry anywhere.
        port: on this machine's loopback, and part of the public URL.
        image: the official image of the version to run; the optimised one is built from it.
        root: the folder that the engine runs the program in.
        realm: the realm that the provider manages.
        database: on the engine's server.
        pool: database connections.
    """

    place: Place
    hostname: str
    port: int
    image: str
    root: Path
    realm: str
    compute: Compute
    pool: int
    database: Database


class Keycloak(Component):
    """Keycloak and its image.

    Outputs:
        url: the public one. internal: the one among containers.
        automation: the account that administers it.
        provider: of pulumi_keycloak, as that account; usable once the server is ready.
    """

    def __init__(self, name: str, args: KeycloakArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("local:Keycloak", name, opts)
        place = args.place
        self.url = f"https://{args.hostname}:{args.port}"
        self.internal = f"https://{NAME}:{conf.HTTPS_PORT}"
        image = BuiltImage(
            NAME,
            BuiltImageArgs(
                NAME, context=CONTEXT, root=args.root, arguments={"KEYCLOAK_IMAGE": args.image, "OPTIONS": built_with()}
            ),
            self.child(),
        )
        certificate = Certificate(
            name, place.authority, names=[args.hostname, NAME, "localhost"], addresses=[LOOPBACK], opts=self.child()
        )
        bootstrap = random.RandomPassword(f"{name}-administrator", length=32, special=False, opts=self.child())
        files = Files(
            place.named(f"{NAME}-files"),
            image=image.published,
            at=conf.SETTINGS,
            content={
                "keycloak.conf": self._settings(args, bootstrap.result),
                "tls.crt": certificate.certificate,
                "tls.key": certificate.private_key,
                "ca.crt": place.authority.certificate,
            },
            uid=conf.UID,
            labels=place.labels(NAME, "identity"),
            opts=self.child(),
        )
        self.container = self._container(name, args, image.published, files)
        self.automation = Automation(
            f"{name}-automation",
            AutomationArgs(
                place=place,
                image=image.published,
                server=f"{NAME}:{conf.HTTPS_PORT}",
                realm=args.realm,
                bootstrap_secret=bootstrap.result,
            ),
            [self.container],
            self.child(),
        )
        self.provider = keycloak.Provider(
            name,
            url=f"https://{LOOPBACK}:{args.port}",
            client_id=self.automation.client_id,
            client_secret=self.automation.client_secret,
            root_ca_certificate=place.authority.certificate,
            # A preview comes before the server does; the first call logs in.
            initial_login=False,
            client_timeout=60,
            opts=self.child(depends_on=[self.container, self.automation.done]),
        )
        self.register_outputs({"url": self.url})

    def _settings(self, args: KeycloakArgs, password: pulumi.Output[str]) -> pulumi.Output[str]:
        database, owner = args.database, args.database.logins["owner"]
        server = database.args.server

        def text(parts: list[str]) -> str:
            connection = conf.Connection(
                server.host, server.port, database=parts[0], username=parts[1], password=parts[2], pool=args.pool
            )
            shared = conf.keycloak_conf(hostname=self.url, connection=connection, bootstrap=(BOOTSTRAP, parts[3]))
            return (
                f"{shared}\n# For the engine's own question whether it is well; see components/local/keycloak.py.\n"
                "http-management-scheme=http\n"
            )

        return pulumi.Output.secret(pulumi.Output.all(database.name, owner.user, owner.password, password).apply(text))

    def _container(self, name: str, args: KeycloakArgs, image: pulumi.Input[str], files: Files) -> docker.Container:
        networks = args.place.networks
        return run(
            name,
            args.place,
            Service(
                name=NAME,
                component="identity",
                image=image,
                uid=conf.UID,
                gid=0,  # as the official image has it
                memory=args.compute.memory,
                cpus=args.compute.cpu_limit / 1000,
                networks=[networks.front, networks.back],
                ports={args.port: conf.HTTPS_PORT},
                command=[f"--config-file={conf.FILE}", "start", "--optimized"],
                writable={"/tmp": 128, f"{conf.HOME}/data": 128},
                files=files,
                health=Health(["/bin/bash", "-c", MANAGEMENT], start=180),
            ),
            self.child(),
        )
