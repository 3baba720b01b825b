"""Someone who is told of alerts: a webhook's server over TLS, which keeps what it gets."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.sandbox.authority import Authority


@dataclass
class Receiver:
    """What has come, each with its path and the credentials that were shown; `authority` signed its certificate."""

    address: str
    authority: Authority = field(default_factory=Authority)
    port: int = 0
    got: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        """Where it takes what is sent to this path."""
        return f"https://{self.address}:{self.port}{path}"

    def alerts(self, path: str, status: str, **labels: str) -> list[dict[str, Any]]:
        """The alerts that came to a path with this status and these labels, each with the receiver's name."""
        return [
            {**alert, "receiver": told["receiver"]}
            for where, _, told in list(self.got)
            for alert in told["alerts"]
            if where == path
            and alert["status"] == status
            and labels.items() <= alert["labels"].items()
        ]  # fmt: skip

    def wait(self, what: Callable[[], Any], seconds: float) -> Any:
        """The first answer of `what` that is something. Fails when there is none in time."""
        end = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < end, f"nothing came within {seconds} s; what came: {self.got}"
            time.sleep(1)
        return found


@contextmanager
def receiver(address: str, folder: Path) -> Iterator[Receiver]:
    """A receiver on an address of this machine, on a port that is free."""
    found = Receiver(address)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((self.path, self.headers.get("Authorization"), json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    certificate, key = found.authority.issue(address, "receiver.test")
    file = folder / "receiver.pem"
    file.write_text(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer((address, 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
