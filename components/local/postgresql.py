"""One PostgreSQL server for everything on the engine, with the configuration that a cluster's servers have."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker
import pulumi_postgresql as postgresql
import pulumi_random as random

from components.base import Component
from components.databases import ServerSize, configuration
from components.databases.privileges import SUPERUSER
from components.databases.server import PORT
from components.databases.single import DATA, UID
from components.local.container import Health, Service, run
from components.local.files import Files
from components.local.place import LOOPBACK, Place
from components.network import Certificate, CertificateAuthority

NAME = "postgresql"
FOLDER = "/etc/postgresql"
INITDB = "--data-checksums --encoding=UTF8 --auth-local=peer --auth-host=scram-sha-256"


@dataclass(frozen=True)
class ServerArgs:
    """A server.

    Args:
        image: the official PostgreSQL image.
        major: its version.
        port: on this machine's loopback.
        trust: writes the authority's certificate where the PostgreSQL provider can read it, and returns the path.
        protect: whether the engine refuses to delete what holds the data; never on a person's own machine.
    """

    place: Place
    image: pulumi.Input[str]
    major: int
    size: ServerSize
    port: int
    trust: Callable[[str], str]
    protect: bool = False

    @property
    def authority(self) -> CertificateAuthority:
        """Who signed its certificate."""
        return self.place.authority


class Server(Component):
    """The server, as `components.databases.Database` and its clients see one.

    Outputs:
        provider: of pulumi_postgresql, as superuser; usable once the server is ready.
        host, port: among the containers. published: on this machine.
    """

    def __init__(self, name: str, args: ServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("local:Server", name, opts)
        self.args = args
        self.host, self.port = NAME, PORT
        self.published = (LOOPBACK, args.port)
        place = args.place
        certificate = Certificate(
            name, place.authority, names=[NAME, "localhost"], addresses=[LOOPBACK], opts=self.child()
        )
        superuser = random.RandomPassword(f"{name}-superuser", length=32, special=False, opts=self.child())
        labels = place.labels(NAME, "database")
        files = Files(
            place.named(f"{NAME}-files"),
            image=args.image,
            at=FOLDER,
            content={
                "postgresql.conf": configuration.postgresql_conf(
                    major=args.major,
                    connections=args.size.connections,
                    shared_buffers=args.size.shared_buffers,
                    storage=args.size.storage,
                ).replace(f"{configuration.TLS}/", f"{FOLDER}/"),
                "pg_hba.conf": configuration.PG_HBA,
                "superuser-password": superuser.result,
                "tls.crt": certificate.certificate,
                "tls.key": certificate.private_key,
            },
            uid=UID,
            labels=labels,
            opts=self.child(),
        )
        data = docker.Volume(
            f"{name}-data",
            name=place.named(f"{NAME}-data"),
            labels=[docker.VolumeLabelArgs(label=key, value=value) for key, value in labels.items()],
            opts=self.child(protect=args.protect),
        )
        self.container = run(
            name,
            place,
            Service(
                name=NAME,
                component="database",
                image=args.image,
                uid=UID,
                memory=args.size.compute.memory,
                cpus=args.size.compute.cpu_limit / 1000,
                networks=[place.networks.back, place.networks.data],
                ports={args.port: PORT},
                entrypoints=["/bin/sh", "-ec", configuration.START, "start"],
                command=["-c", f"config_file={FOLDER}/postgresql.conf"],
                environment={
                    "POSTGRES_PASSWORD_FILE": f"{FOLDER}/superuser-password",
                    "POSTGRES_INITDB_ARGS": INITDB,
                    "PGDATA": f"{DATA}/pgdata",
                },
                writable={configuration.SOCKET: 16, "/tmp": 64},
                volumes={DATA: data.name},
                files=files,
                # Over TCP: during the first start the image runs a private server on the socket alone.
                health=Health(["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(PORT), "-U", SUPERUSER], start=60),
                shared_memory=args.size.shared_buffers,
                # PostgreSQL's fast shutdown writes a checkpoint; cut short, the next start replays the log.
                stop_seconds=60,
            ),
            self.child(),
        )
        self.provider = postgresql.Provider(
            name,
            host=LOOPBACK,
            port=args.port,
            username=SUPERUSER,
            password=superuser.result,
            database="postgres",
            sslmode="verify-full",
            sslrootcert=place.authority.certificate.apply(args.trust),
            superuser=True,
            connect_timeout=30,
            opts=self.child(depends_on=[self.container]),
        )
        self.register_outputs({"host": self.host, "port": self.port})

    def inside(
        self,
        component: Component,
        *,
        protect: bool | None = None,
        depends_on: list[pulumi.Resource] | None = None,
    ) -> pulumi.ResourceOptions:
        """The options of what lives inside this server, as a child of `component`: it goes with the server's data."""
        return component.child(provider=self.provider, protect=protect, depends_on=depends_on, retain_on_delete=True)
