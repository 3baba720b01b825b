"""From a changed entry in the stack's config to the first connection to the database that it asks for."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.report import NotMeasuredError, Row
from benchmarks.toolchain import require_deployed
from sandbox.commands.prepared import own_salt
from sandbox.toolchain.session import Session
from tests.sandbox.environment.stack import Stack

GROUP = "a database from its entry to the first connection"
STACK = "dev"
ENTRY = {"name": "measured"}
PATIENCE = 60  # seconds that a deployed database may take to answer; a bound against hanging, not a measure


def to_first_connection(session: Session) -> Iterator[Row]:
    """Deploy the stack's config with a database more, connect as a team does, and take it away again.

    Raises:
        NotMeasuredError: no dev environment is up, something else would change, or a run failed.
    """
    require_deployed(session, STACK)
    os.environ.update(session.variables)
    with tempfile.TemporaryDirectory(prefix="etl-platform-request-") as folder, own_salt(session):
        yield from measured(Stack(STACK, Path(folder)))


def measured(stack: Stack) -> Iterator[Row]:
    """The rows; whatever happens, the stack is as it was afterwards."""
    try:
        try:
            began = time.monotonic()
            stack.up_with(ENTRY)
            deployed = time.monotonic()
            _connect(stack)
            connected = time.monotonic()
        finally:
            stack.remove(ENTRY)
    except (AssertionError, psycopg.Error) as error:
        raise NotMeasuredError(str(error)) from error
    yield Row(GROUP, "pulumi up", deployed - began, note="without a preview; a server, its database and four logins")
    yield Row(GROUP, "finding the credentials and connecting", connected - deployed, note="verified TLS, as the owner")
    yield Row(GROUP, "together", connected - began)


def _connect(stack: Stack) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            stack.connect(ENTRY["name"], "owner").close()
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
