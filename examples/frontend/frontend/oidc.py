"""The authorization code flow with PKCE, from the side of a server that is a public client.

Sources: RFC 6749 and RFC 7636; OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; RP-Initiated Logout 1.0.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .settings import Settings

PATIENCE = 30  # seconds for an answer of the token endpoint; on a busy machine its first ones are slow
SKEW = 30  # seconds that two clocks may differ


class LoginError(Exception):
    """A login that cannot be completed; `str()` is for the person, and holds nothing of a token."""


@dataclass(frozen=True)
class Attempt:
    """A login under way: what only this browser's return may use, and once."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Attempt:
        """A new one; 32 bytes of chance in each part."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(32))

    @property
    def challenge(self) -> str:
        """The verifier as the authorization request shows it (S256)."""
        return _unpadded(hashlib.sha256(self.verifier.encode()).digest())


@dataclass(frozen=True)
class Person:
    """Who logged in, by the ID token's claims."""

    name: str
    roles: tuple[str, ...]
    id_token: str
    expires: float


class Provider:
    """The realm."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._trust = ssl.create_default_context(cafile=str(settings.folder / "ca.crt"))

    @property
    def _callback(self) -> str:
        return f"{self._settings.origin}/callback"

    def login(self, attempt: Attempt) -> str:
        """Where the browser goes to log in."""
        query = {
            "response_type": "code",
            "client_id": self._settings.client,
            "redirect_uri": self._callback,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._settings.issuer}/protocol/openid-connect/auth?{urlencode(query)}"

    def logout(self, person: Person) -> str:
        """Where the browser goes so that the session at Keycloak ends too."""
        query = {"id_token_hint": person.id_token, "post_logout_redirect_uri": f"{self._settings.origin}/"}
        return f"{self._settings.issuer}/protocol/openid-connect/logout?{urlencode(query)}"

    def person(self, attempt: Attempt, code: str) -> Person:
        """Exchange the code for tokens, and read who it is.

        Raises:
            LoginError: the realm refuses the code, or its token is not for this login.
        """
        if not code:
            raise LoginError("the login was refused")
        answer = self._exchange(
            {
                "grant_type": "authorization_code",
                "client_id": self._settings.client,
                "redirect_uri": self._callback,
                "code": code,
                "code_verifier": attempt.verifier,
            }
        )
        token = str(answer.get("id_token", ""))
        claims = claims_of(token)
        self._check(claims, attempt)
        roles = claims.get("roles", [])
        return Person(
            str(claims.get("preferred_username") or claims["sub"]),
            tuple(sorted(str(role) for role in roles)) if isinstance(roles, list) else (),
            token,
            float(claims["exp"]),
        )

    def _exchange(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the settings take https alone
            f"{self._settings.inside}/protocol/openid-connect/token", data=urlencode(form).encode(), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=self._trust) as answer:  # noqa: S310
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise LoginError(f"the login was refused ({error.code})") from error
        except (OSError, ValueError) as error:
            raise LoginError("the login service does not answer; try again in a moment") from error
        if not isinstance(found, dict):
            raise LoginError("the login service answered with no token")
        return found

    def _check(self, claims: Mapping[str, Any], attempt: Attempt) -> None:
        """What Core 3.1.3.7 asks of an ID token.

        The token came straight from the token endpoint over TLS that was verified, which section 3.1.3.7 (6) lets stand
        in the place of its signature.
        """
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        wrong = [
            claim
            for claim, right in (
                ("iss", claims.get("iss") == self._settings.issuer),
                (
                    "aud",
                    self._settings.client in audiences
                    and claims.get("azp", self._settings.client) == self._settings.client,
                ),
                ("exp", _number(claims.get("exp")) + SKEW > time.time()),
                ("nonce", secrets.compare_digest(str(claims.get("nonce", "")), attempt.nonce)),
                ("sub", bool(claims.get("sub"))),
            )
            if not right
        ]
        if wrong:
            raise LoginError(f"the login service sent a token that is not for this login ({', '.join(wrong)})")


def claims_of(token: str) -> Mapping[str, Any]:
    """The claims of a JWT, without a look at its signature.

    Raises:
        LoginError: it is none.
    """
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError as error:
        raise LoginError("the login service sent no ID token") from error
    if not isinstance(claims, dict):
        raise LoginError("the login service sent an ID token without claims")
    return claims


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _unpadded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
