"""A person's browser, step by step, so that a test can do one of the steps wrongly."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.sandbox.environment.login import session
from tests.sandbox.identity.server import Server

FORM = re.compile(r'<form[^>]*action="([^"]+)"')
SECRET = re.compile(r'name="totpSecret"[^>]*value="([^"]+)"')


@dataclass
class Browser:
    """One browser with its own cookies, at one client of one realm."""

    server: Server
    realm: str
    client_id: str = "frontend"
    redirect: str = "https://app.tests.example.com/callback"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def __post_init__(self) -> None:
        self._session = session(dict(self.server.public), str(self.server.authority_file))

    @property
    def endpoint(self) -> str:
        """Where the realm's protocol begins."""
        return f"{self.server.public['url']}/realms/{self.realm}/protocol/openid-connect"

    def ask(self, **changed: str | None) -> requests.Response:
        """Ask for a code; `changed` parameters replace the usual ones, None leaves one out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        usual: dict[str, str | None] = {
            "client_id": self.client_id,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": self.redirect,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "state": secrets.token_urlsafe(8),
        }
        given = {name: value for name, value in (usual | changed).items() if value is not None}
        return self._session.get(f"{self.endpoint}/auth?{urlencode(given)}", allow_redirects=False, timeout=60)

    def submit(self, page: requests.Response, **fields: str) -> requests.Response:
        """Fill in the form of a page."""
        form = FORM.search(page.text)
        assert form, f"no form: HTTP {page.status_code}\n{page.text[:2000]}"
        address = html.unescape(form[1])
        return self._session.post(
            address, data=fields, headers=self._cookies(address), allow_redirects=False, timeout=60
        )

    def follow(self, answer: requests.Response) -> requests.Response:
        """Go where an answer sends the browser."""
        return self._get(answer.headers["Location"])

    def open(self, address: str) -> requests.Response:
        """Open an address, and go where its answers send the browser as long as that is the server."""
        answer = self._get(address)
        while answer.status_code in {302, 303} and answer.headers["Location"].startswith(self.server.public["url"]):
            answer = self.follow(answer)
        return answer

    def _get(self, address: str) -> requests.Response:
        return self._session.get(address, headers=self._cookies(address), allow_redirects=False, timeout=60)

    def _cookies(self, address: str) -> dict[str, str]:
        """The cookies for an address. They are the host name's, and the requests go to its address, so by hand."""
        path = urlsplit(address).path
        kept = [each for each in self._session.cookies if path.startswith(each.path)]
        return {"Cookie": "; ".join(f"{each.name}={each.value}" for each in kept)}

    def log_in(self, username: str, password: str) -> requests.Response:
        """Ask, and fill in the login form."""
        return self.submit(self.ask(), username=username, password=password, credentialId="")

    def code(self, username: str, password: str) -> str:
        """Log in, and return the code that comes back to the client."""
        return code_of(self.log_in(username, password))

    def token(self, **form: str) -> requests.Response:
        """Ask the token endpoint."""
        return self._session.post(f"{self.endpoint}/token", data=form, timeout=60)

    def exchange(self, code: str, **changed: str | None) -> requests.Response:
        """Exchange a code; `changed` as in `ask`."""
        usual: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.redirect,
            "code_verifier": self.verifier,
        }
        return self.token(**{name: value for name, value in (usual | changed).items() if value is not None})

    def userinfo(self, token: str) -> requests.Response:
        """What the realm tells about whoever a token belongs to."""
        return self._session.get(f"{self.endpoint}/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=60)


def code_of(answer: requests.Response) -> str:
    """The code in an answer that sends the browser back to the client."""
    assert answer.status_code == 302, f"no code: HTTP {answer.status_code}\n{answer.text[:2000]}"
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert "code" in query, answer.headers["Location"]
    return query["code"][0]


def otp(secret: str, at: float) -> str:
    """The one-time password of a moment (seconds since the epoch), as an authenticator app shows it. RFC 6238."""
    digest = hmac.digest(secret.encode(), struct.pack(">Q", int(at) // 30), "sha1")
    offset = digest[-1] & 0xF
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def tokens_of(answer: requests.Response) -> dict[str, Any]:
    """The tokens of an answer that gives some."""
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
