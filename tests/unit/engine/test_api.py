"""The client of the Docker Engine API, against a small server on a real socket."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from sandbox.docker.api import Api, part
from sandbox.docker.errors import DockerError, NotFoundError


class Handler(BaseHTTPRequestHandler):
    """Answers what the path says: `/v1.41/<status>/<body>`; POSTs are told back."""

    def answer(self) -> None:
        _, _, status, body = self.path.split("?")[0].split("/", 3)
        content = {"json": '{"Id": "x"}', "many": '{"a": 1}\n{"a": 2}\n', "none": "", "text": "a\nb"}.get(body)
        if body == "echo":
            size = int(self.headers["Content-Length"])
            content = json.dumps({"path": self.path, "body": self.rfile.read(size).decode()})
        if int(status) >= 400:
            content = '{"message": "not so"}'
        self.send_response(int(status))
        self.end_headers()
        self.wfile.write((content or "").encode())

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the library's words

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with socketserver.ThreadingUnixStreamServer(str(tmp_path / "d.sock"), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Api(f"unix://{tmp_path / 'd.sock'}", patience=5)
        server.shutdown()


def test_answers_come_as_values(api: Api) -> None:
    assert api.get("/200/json") == {"Id": "x"}
    assert api.get("/200/many") == [{"a": 1}, {"a": 2}]
    assert api.get("/204/none") is None
    assert api.get("/200/text") == "a\nb"


def test_a_body_is_json_and_so_is_a_querys_value(api: Api) -> None:
    told = api.post("/200/echo", {"Name": "x"}, {"v": True, "name": "a b"})
    assert told == {"path": "/v1.41/200/echo?v=true&name=a+b", "body": '{"Name": "x"}'}


def test_a_refusal_carries_the_engines_reason(api: Api) -> None:
    with pytest.raises(DockerError, match="not so") as refused:
        api.get("/409/json")
    assert refused.value.status == 409
    with pytest.raises(NotFoundError):
        api.get("/404/json")
    api.delete("/404/json")


def test_an_engine_that_is_not_there_or_elsewhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(DockerError, match=r"none\.sock does not answer"):
        Api(f"unix://{tmp_path}/none.sock").get("/version")
    with pytest.raises(DockerError, match="only an engine on this machine"):
        Api("tcp://192.0.2.1:2375")


def test_a_name_stays_one_part_of_a_path() -> None:
    assert part("docker.io/library/debian:x") == "docker.io%2Flibrary%2Fdebian%3Ax"
