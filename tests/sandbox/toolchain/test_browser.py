"""The tests' browser: it trusts whom it is told to, knows the hosts it is told, and leaves nothing running."""

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error

from sandbox.toolchain.session import Session
from tests.sandbox.authority import Authority
from tests.sandbox.browser import browser, visit

pytestmark = pytest.mark.sandbox

HOST = "app.browser.test"
PAGE = b"<!doctype html><title>here</title><p id=hello>hello"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
        pass


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def port(authority: Authority, tmp_path: Path) -> Iterator[int]:
    """A page over HTTPS on loopback, with a certificate for HOST."""
    certificate, key = authority.issue("127.0.0.1", HOST)
    (tmp_path / "chain.pem").write_text(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_it_opens_a_page_of_the_authority_it_trusts_and_refuses_any_other(
    authority: Authority, port: int, tmp_path: Path
) -> None:
    Session.open().build(["browser"])
    before = running()
    ours, other = tmp_path / "ours.crt", tmp_path / "other.crt"
    ours.write_text(authority.certificate)
    other.write_text(Authority().certificate)
    with browser(ours, {HOST: "127.0.0.1"}) as opened:
        page = opened.new_page()
        visit(page, f"https://{HOST}:{port}/")
        assert page.title() == "here"
        assert page.inner_text("#hello") == "hello"
        with pytest.raises(Error, match="ERR_CERT_COMMON_NAME_INVALID"):
            visit(page, f"https://localhost:{port}/")
    with browser(other, {HOST: "127.0.0.1"}) as opened, pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        visit(opened.new_page(), f"https://{HOST}:{port}/")

    assert running() <= before


def running() -> set[str]:
    """The browsers' processes of this machine."""
    found = subprocess.run(["pgrep", "--full", "chromium"], capture_output=True, text=True, check=False)
    return set(found.stdout.split())
