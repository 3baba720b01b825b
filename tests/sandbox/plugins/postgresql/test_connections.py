"""How the plugin connects: only to a server that it can trust, and with patience while one starts."""

import select
import socket
import threading
import time
from contextlib import suppress
from typing import Self

import pytest

from tests.sandbox.plugins.changes import changes
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.postgresql.database import PREAMBLE, Databases

pytestmark = pytest.mark.sandbox

PROGRAM = PREAMBLE + 'postgresql.Role("role", name="tests_role", opts=opts)\n'


def test_a_server_with_another_authority_is_refused(project: Project) -> None:
    text = """
import pulumi_tls as tls
key = tls.PrivateKey("key", algorithm="ED25519")
other = tls.SelfSignedCert("other", private_key_pem=key.private_key_pem, is_ca_certificate=True,
    subject={"common_name": "another authority"}, allowed_uses=["cert_signing"], validity_period_hours=1)
def written(pem):
    with open("other.pem", "w") as file:
        file.write(pem)
    return os.path.abspath("other.pem")
"""
    untrusting = PROGRAM.replace('os.environ["TEST_AUTHORITY"]', "other.cert_pem.apply(written)")
    project.write(untrusting.replace("provider =", f"{text}provider =", 1))
    shown = project.up(fails=True).text
    assert "certificate verify failed" in shown


def test_a_wrong_password_is_refused_at_once_and_not_shown(project: Project) -> None:
    project.write(PROGRAM.replace('os.environ["TEST_PASSWORD"]', '"wrong-password"'))
    shown = project.up(fails=True).text
    assert "password authentication failed" in shown
    assert "wrong-password" not in shown


def test_a_server_that_is_not_there_yet_is_waited_for(project: Project, databases: Databases) -> None:
    with _Relay(databases.server.host, databases.server.port, opens_after=5) as relay:
        project.environment["TEST_PORT"] = str(relay.port)
        project.environment["TEST_HOST"] = "127.0.0.1"
        # Behind the relay the server's own name is another's.
        project.write(PROGRAM.replace("verify-full", "verify-ca"))
        assert changes(project.up()) == {"create": 1}


class _Relay:
    """A port that refuses connections for some seconds and then passes them on."""

    def __init__(self, host: str, port: int, opens_after: float) -> None:
        self._target = (host, port)
        self._pause = opens_after
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)

    def _serve(self) -> None:
        time.sleep(self._pause)
        with self._listener:
            self._listener.listen()
            while True:
                try:
                    near, _ = self._listener.accept()
                except OSError:
                    return
                self._threads.append(threading.Thread(target=self._pass_on, args=(near,)))
                self._threads[-1].start()

    def _pass_on(self, near: socket.socket) -> None:
        # Either end may hang up without a goodbye.
        with suppress(ConnectionError), near, socket.create_connection(self._target) as far:
            open_ends = {near: far, far: near}
            while True:
                for source in select.select(list(open_ends), [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    open_ends[source].sendall(data)
