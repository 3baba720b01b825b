"""The web server: six addresses over HTTPS."""

from __future__ import annotations

import hashlib
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from . import pages
from .oidc import LoginError, Person, Provider
from .sessions import ATTEMPT_SECONDS, Sessions
from .settings import Settings
from .telemetry import Telemetry

PORT = 8443
PATIENCE = 15  # seconds for a request to arrive
LONGEST_FORM = 4096  # bytes
# The prefix makes browsers refuse the cookie unless it is for this very host, over TLS, and for all of it.
SESSION, ATTEMPT = "__Host-session", "__Host-login"
Cookies = dict[str, tuple[str, int | None]]
"""Value and lifetime in seconds, by name; without a lifetime a cookie goes with the browser."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self' {issuer}; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Application:
    """What all requests share."""

    settings: Settings
    provider: Provider
    sessions: Sessions
    telemetry: Telemetry


class Handler(BaseHTTPRequestHandler):
    """One request."""

    application: Application
    server_version = "frontend"
    sys_version = ""
    timeout = PATIENCE
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer(
            {
                "/": self._home,
                "/style.css": self._style,
                "/login": self._login,
                "/callback": self._callback,
                "/data": self._data,
                "/healthz": self._healthy,
            }
        )

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer({"/logout": self._logout})

    def _answer(self, routes: dict[str, Callable[[], int]]) -> None:
        path = urlsplit(self.path).path
        # Only known paths are names of spans: what strangers ask for would fill every table.
        with self.application.telemetry.request(self.command, path if path in routes else "unknown") as span:
            span.status(routes.get(path, self._missing)())

    def _home(self) -> int:
        person, key = self._person()
        return self._page(pages.home(person, _form_token(key)) if person else pages.welcome())

    def _style(self) -> int:
        return self._page(pages.STYLE, content_type="text/css")

    def _healthy(self) -> int:
        return self._page("well\n", content_type="text/plain")

    def _login(self) -> int:
        key, attempt = self.application.sessions.begin()
        return self._redirect(self.application.provider.login(attempt), {ATTEMPT: (key, ATTEMPT_SECONDS)})

    def _callback(self) -> int:
        query = parse_qs(urlsplit(self.path).query)
        attempt = self.application.sessions.returned(self._cookie(ATTEMPT), _one(query, "state"))
        gone: Cookies = {ATTEMPT: ("", 0)}
        if attempt is None:
            return self._page(
                pages.failed("This login was not begun in this browser, or took too long."),
                HTTPStatus.BAD_REQUEST,
                gone,
            )
        try:
            person = self.application.provider.person(attempt, _one(query, "code"))
        except LoginError as error:
            return self._page(pages.failed(str(error)), HTTPStatus.UNAUTHORIZED, gone)
        self.application.sessions.leave(self._cookie(SESSION))
        return self._redirect("/", {**gone, SESSION: (self.application.sessions.enter(person), None)})

    def _data(self) -> int:
        person, _ = self._person()
        if person is None:
            return self._redirect("/login", {})
        if not pages.may_manage(person):
            return self._page(pages.refused(), HTTPStatus.FORBIDDEN)
        return self._page(pages.data(person))

    def _logout(self) -> int:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_FORM:
            self.close_connection = True
            return self._page(pages.failed("That was no form of ours."), HTTPStatus.BAD_REQUEST)
        form = parse_qs(self.rfile.read(int(length)).decode("latin-1"))
        key = self._cookie(SESSION)
        if not secrets.compare_digest(_one(form, "token"), _form_token(key)):
            return self._page(pages.failed("That form was not of this session."), HTTPStatus.FORBIDDEN)
        person = self.application.sessions.leave(key)
        target = self.application.provider.logout(person) if person else "/"
        return self._redirect(target, {SESSION: ("", 0)})

    def _missing(self) -> int:
        self.close_connection = self.command != "GET"
        return self._page(pages.missing(), HTTPStatus.NOT_FOUND)

    def _person(self) -> tuple[Person | None, str]:
        key = self._cookie(SESSION)
        return self.application.sessions.person(key), key

    def _cookie(self, name: str) -> str:
        try:
            found = SimpleCookie(self.headers.get("Cookie", "")).get(name)
        except CookieError:
            return ""
        return found.value if found else ""

    def _redirect(self, target: str, cookies: Cookies) -> int:
        return self._send(HTTPStatus.SEE_OTHER, b"", "text/plain", {"Location": target}, cookies)

    def _page(
        self,
        content: str,
        status: HTTPStatus = HTTPStatus.OK,
        cookies: Cookies | None = None,
        content_type: str = "text/html",
    ) -> int:
        return self._send(status, content.encode(), f"{content_type}; charset=utf-8", {}, cookies or {})

    def _send(
        self,
        status: HTTPStatus,
        content: bytes,
        content_type: str,
        headers: dict[str, str],
        cookies: Cookies,
    ) -> int:
        self.send_response(status)
        # A form's target counts with every address that it is sent on to: logging out leads to Keycloak.
        issuer = urlsplit(self.application.settings.issuer)
        for name, value in HEADERS.items():
            self.send_header(name, value.replace("{issuer}", f"{issuer.scheme}://{issuer.netloc}"))
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        for name, (value, seconds) in cookies.items():
            lifetime = "" if seconds is None else f"; Max-Age={seconds}"
            # Lax: the return from Keycloak is a navigation from elsewhere, which Strict would send without cookies.
            self.send_header("Set-Cookie", f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{lifetime}")
        self.end_headers()
        self.wfile.write(content)
        return int(status)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's word
        """Say nothing: a request's line holds login codes. The telemetry has the path and the status."""


class Server(ThreadingHTTPServer):
    """Threads end with the process; each does its own TLS handshake, so that a slow one holds up nobody."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        handler = type("BoundHandler", (Handler,), {"application": application})
        super().__init__(address, handler)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(application.settings.folder / "tls.crt", application.settings.folder / "tls.key")
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that end half-way."""


def _form_token(key: str) -> str:
    """Follows from the session, and tells nothing of it."""
    return hashlib.sha256(f"form {key}".encode()).hexdigest()


def _one(values: dict[str, list[str]], name: str) -> str:
    found = values.get(name, [])
    return found[0] if len(found) == 1 else ""
