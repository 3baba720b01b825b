"""What the server is told from outside: variables for what is no secret, files for certificates."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/etc/frontend")
NEEDED = {
    "FRONTEND_ORIGIN": "its own https origin, such as https://app.etl.localhost:8444",
    "OIDC_ISSUER": "the realm's address in tokens, such as https://id.etl.localhost:8443/realms/etl",
    "OIDC_CLIENT": "its client in the realm, such as frontend",
}


class SettingsError(Exception):
    """What is missing or wrong in the settings."""


@dataclass(frozen=True)
class Settings:
    """The server's settings.

    Attributes:
        origin: where people find it; cookies and redirects are for it alone.
        issuer: the realm's address, as browsers and tokens have it.
        inside: the same where this server reaches it.
        client: its client in the realm, a public one: no secret, PKCE instead.
        folder: of tls.crt, tls.key and ca.crt.
    """

    origin: str
    issuer: str
    inside: str
    client: str
    folder: Path

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the environment.

        Raises:
            SettingsError: a variable is missing, or an address is not https.
        """
        if missing := [name for name in NEEDED if not environ.get(name)]:
            listed = "\n".join(f"  {name}: {NEEDED[name]}" for name in missing)
            raise SettingsError(f"the frontend needs these variables:\n{listed}")
        issuer = environ["OIDC_ISSUER"].rstrip("/")
        inside = environ.get("OIDC_INSIDE", issuer).rstrip("/")
        origin = environ["FRONTEND_ORIGIN"].rstrip("/")
        if plain := [address for address in (origin, issuer, inside) if not address.startswith("https://")]:
            raise SettingsError(f"{', '.join(plain)}: an address of a login begins with https://")
        return cls(
            origin,
            issuer,
            inside,
            environ["OIDC_CLIENT"],
            Path(environ.get("FRONTEND_FILES", str(FOLDER))),
        )
