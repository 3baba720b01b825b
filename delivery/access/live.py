"""The way to the live servers: from the stack's outputs to a connection."""

import base64
import json
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from kubernetes import client, config

from components.databases.privileges import SUPERUSER
from delivery.access.declared import KEYCLOAK
from delivery.program import ROOT

CONNECT_SECONDS = 10
OUTPUTS = ("pulumi", "stack", "output", "--json")


class LiveError(Exception):
    """The environment cannot be asked; `str()` says what, and how to go on."""


def outputs(environment: str, *, show_secrets: bool = False) -> Mapping[str, Any]:
    """The outputs of the environment's stack.

    Args:
        environment: its name.
        show_secrets: whether secrets among them are readable, for what needs a login; else they are masked.

    Raises:
        LiveError: the engine does not know it, or it was never deployed.
    """
    try:
        done = subprocess.run(
            [*OUTPUTS, "--stack", environment, *(["--show-secrets"] if show_secrets else [])],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise LiveError(f"pulumi cannot be run: {error.strerror}. Use `make access ENV={environment}`.") from None
    if done.returncode:
        raise LiveError(f"pulumi stack output --stack {environment}: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    if "databases" not in found:
        raise LiveError(
            f"the stack {environment} has no outputs: it was never deployed. Run `make up ENV={environment}`."
        )
    return found


def servers(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Where each database's server is, by `<team>/<database>`, from the stack's outputs.

    Raises:
        LiveError: they do not say; the program that wrote them was an older one.
    """
    places = {KEYCLOAK: found["keycloak"]} | {f"{each['team']}/{each['name']}": each for each in found["databases"]}
    if old := [name for name, place in places.items() if "server" not in place]:
        raise LiveError(f"the stack's outputs do not tell the servers of {', '.join(old)}: run `pulumi up` once more.")
    return {name: place["server"] for name, place in places.items()}


@contextmanager
def connected(
    place: Mapping[str, Any], database: str, authority: str, context: str | None
) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database as its server's superuser, the server's certificate and name verified.

    Raises:
        LiveError: its password cannot be read.
        psycopg.Error: the server cannot be reached, or is not who it should be.
    """
    with TemporaryDirectory() as folder:
        trusted = Path(folder) / "ca.pem"
        trusted.write_text(authority, encoding="utf-8")
        connection = psycopg.connect(
            # The certificate bears the name inside the cluster; the address is the one from here.
            host=place["service"],
            hostaddr=socket.gethostbyname(place["host"]),
            port=place["port"],
            dbname=database,
            user=SUPERUSER,
            password=secret(place["administrator"], context)["superuser-password"],
            sslmode="verify-full",
            sslrootcert=str(trusted),
            connect_timeout=CONNECT_SECONDS,
            application_name="access",
            options="-c search_path=pg_catalog -c default_transaction_read_only=on",
        )
        with connection:
            yield connection


def secret(reference: str, context: str | None) -> dict[str, str]:
    """The content of the Secret `namespace/name`.

    Raises:
        LiveError: it cannot be read.
    """
    namespace, name = reference.split("/")
    try:
        api = client.CoreV1Api(config.new_client_from_config(context=context))  # type: ignore[no-untyped-call]
        data = api.read_namespaced_secret(name, namespace).data or {}
    except (client.ApiException, config.ConfigException) as error:
        reason = getattr(error, "reason", None) or error
        raise LiveError(f"the Secret {reference} cannot be read: {reason}") from None
    return {key: base64.b64decode(value).decode() for key, value in data.items()}
