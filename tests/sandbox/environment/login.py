"""A person's login: the authorization code flow with PKCE, through Keycloak's own login page."""

import base64
import hashlib
import html
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter

FORM = re.compile(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"')


class Named(HTTPAdapter):
    """Reaches one host name at a given address, and still verifies the certificate for the name."""

    def __init__(self, hostname: str, address: str, port: int) -> None:
        self.hostname, self.address, self.port = hostname, address, port
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, assert_hostname=self.hostname, server_hostname=self.hostname, **kwargs)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.headers["Host"] = self.hostname
        request.url = request.url.replace(f"https://{self.hostname}", f"https://{self.address}:{self.port}", 1)
        return super().send(request, *args, **kwargs)


def session(keycloak: dict[str, Any], authority: str) -> requests.Session:
    """A client of Keycloak's public URL that trusts the platform's authority and nothing else."""
    made = requests.Session()
    made.verify = authority
    made.trust_env = False
    hostname = urlsplit(keycloak["url"]).hostname
    assert hostname
    made.mount(keycloak["url"], Named(hostname, keycloak["address"], int(keycloak["port"])))
    return made


def log_in(
    browser: requests.Session, keycloak: dict[str, Any], *, redirect: str, username: str, password: str
) -> dict[str, Any]:
    """Log a person in at the client `frontend`, and return the token response."""
    endpoint = f"{keycloak['url']}/realms/{keycloak['realm']}/protocol/openid-connect"
    proof = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(proof.encode()).digest()).rstrip(b"=").decode()
    question = {
        "client_id": "frontend", "response_type": "code", "scope": "openid", "redirect_uri": redirect,
        "code_challenge": challenge, "code_challenge_method": "S256", "state": secrets.token_urlsafe(8),
    }  # fmt: skip
    page = browser.get(f"{endpoint}/auth?{urlencode(question)}", timeout=60)
    form = FORM.search(page.text)
    assert form, f"no login form: HTTP {page.status_code}\n{page.text[:2000]}"
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
    answer = browser.post(
        html.unescape(form[1]), data={"username": username, "password": password, "credentialId": ""},
        headers={"Cookie": cookies}, allow_redirects=False, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 302, f"login refused: HTTP {answer.status_code}\n{answer.text[:2000]}"
    [code] = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
    granted = browser.post(
        f"{endpoint}/token", timeout=60,
        data={
            "grant_type": "authorization_code", "client_id": "frontend", "code": code, "redirect_uri": redirect,
            "code_verifier": proof,
        },
    )  # fmt: skip
    assert granted.status_code == 200, granted.text
    tokens: dict[str, Any] = granted.json()
    return tokens


def claims(token: str) -> dict[str, Any]:
    """What a token says. The signature is the business of whoever is shown the token."""
    body = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return said
