"""A browser without a window: cookies by host, redirects, forms; over TLS that is verified, names on this machine."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

LOOPBACK = "127.0.0.1"
REDIRECTS = (301, 302, 303, 307)


@dataclass(frozen=True)
class Page:
    """An answer: where it came from, its status, its text."""

    url: str
    status: int
    text: str
    headers: http.client.HTTPMessage

    def element(self, identity: str) -> str | None:
        """The text of the element with this id; None when there is none."""
        return _Elements.read(self.text).texts.get(identity)

    @property
    def form(self) -> tuple[str, dict[str, str]]:
        """Target and fields of the page's form."""
        found = _Elements.read(self.text)
        assert found.action is not None, self.text
        return urljoin(self.url, found.action), found.fields


@dataclass
class Browser:
    """One person's browser."""

    authority: str
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, url: str) -> Page:
        """Open an address, and follow where it leads."""
        return self._follow(self.ask("GET", url))

    def submit(self, page: Page, **values: str) -> Page:
        """Send the page's form with these values."""
        target, fields = page.form
        return self._follow(self.ask("POST", target, fields | values))

    def ask(self, method: str, url: str, form: dict[str, str] | None = None) -> Page:
        """One request, without following."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        connection = _Named(host, parts.port or 443, ssl.create_default_context(cafile=self.authority))
        kept = self.cookies.setdefault(host, {})
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in kept.items())} if kept else {}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", body, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                if not morsel.value or morsel["max-age"] == "0":
                    kept.pop(name, None)
                else:
                    kept[name] = morsel.value
        return Page(url, answer.status, text, answer.headers)

    def _follow(self, page: Page) -> Page:
        for _ in range(10):
            if page.status not in REDIRECTS:
                return page
            page = self.ask("GET", urljoin(page.url, page.headers["Location"]))
        raise AssertionError(f"it never ends: {page.url}")


class _Named(http.client.HTTPSConnection):
    """Reaches a name on this machine, and verifies the certificate for the name."""

    def __init__(self, host: str, port: int, trust: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=120, context=trust)
        self._trust = trust

    def connect(self) -> None:
        self.sock = self._create_connection((LOOPBACK, self.port), self.timeout)  # type: ignore[attr-defined]
        self.sock = self._trust.wrap_socket(self.sock, server_hostname=self.host)


class _Elements(HTMLParser):
    """The texts of elements with an id, and the first form."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []

    @classmethod
    def read(cls, text: str) -> _Elements:
        found = cls()
        found.feed(text)
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = named.get("action") or ""
        if tag == "input" and named.get("name"):
            self.fields[str(named["name"])] = named.get("value") or ""
        if identity := named.get("id"):
            self.texts[identity] = ""
        if tag not in ("input", "meta", "link", "img", "br", "hr"):
            self._open.append((tag, named.get("id")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, identity in self._open:
            if identity is not None:
                self.texts[identity] += data
