"""`make local` and `make local-down`: the environment on a Docker engine, ours unless DOCKER_HOST names another."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.commands.prepared import prepare_engine
from sandbox.docker import images
from sandbox.docker.engine import Engine
from sandbox.docker.errors import DockerError
from sandbox.node.errors import NodeError
from sandbox.toolchain.choice import Cluster
from sandbox.toolchain.engine import LOCAL, Project
from sandbox.toolchain.environment import environment, passphrase_of, prepare, state_of
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import key_of, remove, write_whole
from sandbox.toolchain.lock import exclusive
from sandbox.toolchain.progress import duration
from sandbox.toolchain.salt import OwnSalt
from sandbox.toolchain.session import Session

HOST = "DOCKER_HOST"
STAND_INS = ("debian", "postgres", "keycloak", "otelcol")
NEEDS = ("packages", "python", "pulumi")
AUTHORITY = "ca.pem"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the environment is deployed to.

    Attributes:
        session: what is used, with the folder of this engine's state in the place of a cluster's.
        engine: ours; None for one of the person's own.
        host: the engine's address.
    """

    session: Session
    engine: Engine | None
    host: str

    @classmethod
    def find(cls) -> Place:
        """Take the engine that DOCKER_HOST names, else ours."""
        session = Session.open()
        paths, given = session.paths, os.environ.get(HOST)
        engine = Engine.ours(paths)
        if given and given != engine.host:
            folder = paths.cache / "contexts" / f"docker-{key_of([given])}"
            cluster = Cluster(f"docker at {given}", folder / "kubeconfig", folder)
            return cls(replace(session, cluster=cluster), None, given)
        cluster = Cluster(None, paths.docker / "kubeconfig", paths.docker)
        return cls(replace(session, cluster=cluster), engine, engine.host)

    @property
    def variables(self) -> dict[str, str]:
        """The environment that the engine of Pulumi works in."""
        session = self.session
        found = environment(session.paths, session.cluster, session.engine, session.plugins)
        return {**found.over(os.environ), HOST: self.host}

    @property
    def project(self) -> Project:
        """The platform's project, with its state in this place's folder."""
        session, variables = self.session, self.variables
        state = state_of(session.cluster)
        ours = variables.get("PULUMI_BACKEND_URL") == f"file://{state}"
        return Project(session.paths.root, session.engine.program, variables, state if ours else None)

    @property
    def own_salt(self) -> OwnSalt:
        """Keeps the salt of this place's secrets out of the checkout, around whatever the engine is asked for."""
        return OwnSalt(self.session.paths.root, state_of(self.session.cluster), [LOCAL])

    @property
    def authority(self) -> Path:
        """The file that the environment's CA certificate is written to."""
        return self.session.cluster.folder / AUTHORITY


def up(given: argparse.Namespace) -> int:  # noqa: ARG001
    """Build, start, deploy; say what a person can do next."""
    began = time.monotonic()
    place = Place.find()
    session = place.session
    with exclusive(session.paths.cache / "locks/local", "`make local`", session.display.say):
        deploy(place)
        outputs = place.project.outputs(LOCAL)
        write_whole(place.authority, outputs["ca_certificate"])
    print(page(place, outputs, time.monotonic() - began), flush=True)
    return 0


def deploy(place: Place) -> None:
    """Have the engine run with its images, and the environment on it.

    Raises:
        ToolchainError: what failed, and how to go on.
    """
    session, engine = place.session, place.engine
    needs = [name for name in NEEDS if not (name == "pulumi" and session.engine.own)]
    session.build([*needs, *(["docker", *(f"image-{name}" for name in STAND_INS)] if engine else [])])
    if engine:
        try:
            engine.start()
            for reference in images.load(engine.api, session.paths, STAND_INS):
                session.display.say(f"loaded {reference}")
        except (DockerError, NodeError) as error:
            raise ToolchainError(str(error)) from error
    prepare(session.cluster)
    prepare_engine(session)
    project = place.project
    with place.own_salt:
        project.select(LOCAL, others=())
        for sentence in project.recover(LOCAL):
            session.display.say(f"{sentence}: cleared")
        session.display.say(f"pulumi up --stack {LOCAL}")
        quiet = [] if sys.stdout.isatty() else ["--non-interactive", "--suppress-progress"]
        status = project.run("up", "--stack", LOCAL, "--yes", "--skip-preview", "--suppress-outputs", *quiet)
    if status:
        raise ToolchainError(
            f"pulumi up ended with status {status}; what it said stands above. `make local` goes on from here"
        )


def down(given: argparse.Namespace) -> int:  # noqa: ARG001
    """Remove the environment; an engine of ours goes with all it has, on a person's own only this goes."""
    place = Place.find()
    session = place.session
    with exclusive(session.paths.cache / "locks/local", "`make local-down`", session.display.say):
        take_down(place)
    session.display.say("nothing of the local environment is left; what was built stays in the cache")
    return 0


def take_down(place: Place) -> None:
    """As `down`.

    Raises:
        ToolchainError: something cannot be removed.
    """
    session, engine = place.session, place.engine
    if engine:
        if not engine.folder.exists() and not session.paths.docker.exists():
            return
        if os.geteuid() != 0:
            raise ToolchainError("stopping the Docker engine takes root, as starting it did")
        try:
            engine.stop()
        except (DockerError, NodeError) as error:
            raise ToolchainError(str(error)) from error
        remove(session.paths.docker)
        return
    if not passphrase_of(session.cluster).exists() and place.project.state is not None:
        return
    with place.own_salt:
        if status := place.project.run("destroy", "--stack", LOCAL, "--yes", "--skip-preview", "--remove"):
            raise ToolchainError(f"pulumi destroy ended with status {status}; what it said stands above")


def page(place: Place, outputs: Mapping[str, Any], seconds: float) -> str:
    """What a person can do next."""
    where = "our own Docker engine" if place.engine else f"the Docker engine at {place.host}"
    frontend, keycloak = outputs["frontend"]["url"], outputs["keycloak"]
    host, _, port = frontend.removeprefix("https://").partition(":")
    lines = [
        "",
        f"The environment is up in {where}, after {duration(seconds)}.",
        "",
        f"Frontend   {frontend}",
        f"Keycloak   {keycloak['url']}, realm {keycloak['realm']}",
        *(
            f"Database   {each['team']}/{each['name']} at {each['host']}:{each['port']}"
            for each in outputs["databases"]
        ),
        f"Trust      {place.authority} (import it into the browser, or give it to a program)",
        "",
        "Next",
        "  make person ENV=local NAME=ada TEAM=epidemiology   a first person; prints a password for the first login",
        f"  curl --cacert {place.authority} --resolve {host}:{port}:127.0.0.1 {frontend}/",
        "  make connections                    addresses and logins as variables [SHOW=1: with passwords] [OUT=.env]",
        "  make compose OUT=compose.yaml       its containers as a Compose file, for Docker Compose to run them",
        f"  export DOCKER_HOST={place.host}      then `docker ps`, `docker logs etl-local-keycloak`",
        "  make local                          again, after a change",
        "  make local-down                     nothing is left, data included",
    ]
    return "\n".join(lines)
