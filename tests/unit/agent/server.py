"""An API server that says what it is told to: real HTTP on a port of its own, for the ways in which a watch ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

Event = dict[str, Any]


def namespace(name: str, version: int, **labels: str) -> dict[str, Any]:
    """An object as the API gives it."""
    return {"metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": str(version), "labels": labels}}


def listing(version: int, *items: dict[str, Any], more: str = "") -> dict[str, Any]:
    """A page of a list."""
    return {"metadata": {"resourceVersion": str(version), "continue": more}, "items": list(items)}


@dataclass
class Script:
    """What is answered, in turn; after the last watch the server stays silent.

    Attributes:
        lists: pages, or HTTP statuses of refusals.
        watches: events of one connection each; None as an event breaks it in the middle of a line.
        asked: paths with their queries, as they came.
    """

    lists: list[dict[str, Any] | int]
    watches: list[list[Event | None]]
    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(script: Script, folder: Path) -> Iterator[Path]:
    """Run the server; yields a kubeconfig."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            script.asked.append(self.path)
            if "watch=1" in self.path:
                self._watch()
            else:
                self._answer(script.lists.pop(0))

        def _answer(self, answer: dict[str, Any] | int) -> None:
            status, content = (answer, {"message": "not now"}) if isinstance(answer, int) else (200, answer)
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _watch(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if not script.watches:
                self.wfile.flush()
                script.over.wait(10)
                self.close_connection = True
                return
            for event in script.watches.pop(0):
                if event is None:
                    self._chunk(b'{"type": "ADD')
                    self.close_connection = True
                    return
                line = json.dumps(event).encode() + b"\n"
                half = len(line) // 2
                self._chunk(line[:half])
                self._chunk(line[half:])
            self._chunk(b"")

        def _chunk(self, content: bytes) -> None:
            self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield _kubeconfig(folder / "kubeconfig", f"http://127.0.0.1:{server.server_port}")
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _kubeconfig(path: Path, server: str) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server}}],
        "users": [{"name": "test", "user": {}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }
    path.write_text(yaml.safe_dump(content))
    return path
