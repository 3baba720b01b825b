"""The engine's own account in Keycloak, put in the place of the first administrator by the job that clusters run."""

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker
import pulumi_random as random

from components.base import Component
from components.identity import automation as job
from components.identity import configuration as conf
from components.local.container import Service, run
from components.local.files import Files
from components.local.place import Place

TMP = "/tmp"


@dataclass(frozen=True)
class AutomationArgs:
    """The account for the Keycloak of the same place.

    Args:
        image: Keycloak's, which has its command line.
        server: Keycloak's host and port among the containers.
        realm: the realm that an older administrator may have made, and that the account takes over.
        bootstrap_secret: of the administrator that the server makes at its first start.
    """

    place: Place
    image: pulumi.Input[str]
    server: str
    realm: str
    bootstrap_secret: pulumi.Input[str]


class Automation(Component):
    """The account `platform-automation` in the realm master.

    Outputs:
        client_id, client_secret: its login.
        done: the container of the job; once it has ended, the account administers and nobody else does.
    """

    def __init__(
        self,
        name: str,
        args: AutomationArgs,
        after: list[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("local:Automation", name, opts)
        place = args.place
        self.client_id = job.CLIENT
        password = random.RandomPassword(f"{name}-secret", length=48, special=False, opts=self.child())
        self.client_secret: pulumi.Output[str] = password.result
        files = Files(
            place.named(f"{job.NAME}-files"),
            image=args.image,
            at=job.KEYS,
            content=job.keys(password.result, args.bootstrap_secret, place.authority),
            uid=conf.UID,
            labels=place.labels(job.NAME, "identity"),
            opts=self.child(),
        )
        self.done: docker.Container = run(
            name,
            place,
            Service(
                name=job.NAME,
                component="identity",
                image=args.image,
                uid=conf.UID,
                gid=0,  # as the server's
                memory=job.COMPUTE.memory,
                cpus=job.COMPUTE.cpu_limit / 1000,
                networks=[place.networks.back],
                entrypoints=job.command(),
                # The logins of the command line lie in memory for as long as the job runs.
                environment=job.environment(args.server, args.realm, work=TMP),
                writable={TMP: 64},
                files=files,
                retries=job.RETRIES,
            ),
            self.child(depends_on=after),
        )
        self.register_outputs({"client_id": self.client_id})
