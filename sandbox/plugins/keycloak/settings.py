"""Which server the provider speaks to, and as whom."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography import x509

from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import UNKNOWN, Value

OPTIONS: Mapping[str, type] = {
    "additionalHeaders": dict,
    "adminUrl": str,
    "basePath": str,
    "clientId": str,
    "clientSecret": str,
    "clientTimeout": int,
    "initialLogin": bool,
    "keycloakVersion": str,
    "password": str,
    "realm": str,
    "rootCaCertificate": str,
    "tlsInsecureSkipVerify": bool,
    "url": str,
    "username": str,
}
"""The options that the offline plugin serves, as the vendor names them; signed tokens for the login are not among."""

VENDOR_TIMEOUT = 5
_VARIABLES = {
    "url": "KEYCLOAK_URL",
    "clientId": "KEYCLOAK_CLIENT_ID",
    "clientSecret": "KEYCLOAK_CLIENT_SECRET",
    "username": "KEYCLOAK_USER",
    "password": "KEYCLOAK_PASSWORD",
    "realm": "KEYCLOAK_REALM",
    "basePath": "KEYCLOAK_BASE_PATH",
    "adminUrl": "KEYCLOAK_ADMIN_URL",
}
"""The variables that fill in for options, as the vendor documents them."""


@dataclass(frozen=True)
class Settings:
    """The provider's options, complete.

    Attributes:
        url: the server's address with the base path, ending in a slash.
        admin_url: the same for the admin API.
        realm: the realm in which the login is.
        client_id: the client that logs in.
        client_secret: its secret, or None for a public client.
        username: who logs in with a password, or None where the client logs in for itself.
        password: that password.
        authority: the only certificates to trust, in PEM, or None for the system's.
        verify: whether the server's certificate is verified.
        timeout: how long one request may take, in seconds.
        login_first: whether the login is tried before any resource needs it.
        headers: more headers for each request.
    """

    url: str
    admin_url: str
    realm: str
    client_id: str
    client_secret: str | None = field(repr=False)
    username: str | None
    password: str | None = field(repr=False)
    authority: str | None
    verify: bool
    timeout: int
    login_first: bool
    headers: Mapping[str, str] = field(repr=False)


def mistakes(config: Mapping[str, Value]) -> list[Failure]:
    """Return what is wrong with the options."""
    found: list[Failure] = []
    given = {name for name in _VARIABLES if _option(config, name) is not None}
    found.extend(
        Failure(name, f"is required (or the variable {_VARIABLES[name]})")
        for name in ("url", "clientId")
        if name not in given
    )
    url = _option(config, "url")
    if isinstance(url, str) and not url.startswith(("https://", "http://")):
        found.append(Failure("url", f"must begin with https:// or http://, not `{url}`"))
    if "clientSecret" not in given and not {"username", "password"} <= given:
        found.append(Failure("password", "a login needs either clientSecret, or username and password"))
    authority = config.get("rootCaCertificate")
    if isinstance(authority, str) and authority:
        try:
            x509.load_pem_x509_certificates(authority.encode())
        except ValueError:
            found.append(Failure("rootCaCertificate", "is no certificate in PEM"))
    return found


def settings_of(config: Mapping[str, Value]) -> Settings:
    """Return the settings of the provider's options; the vendor's variables fill in for them."""
    path = (_option(config, "basePath") or "").strip("/")
    url = str(_option(config, "url")).rstrip("/") + "/" + (f"{path}/" if path else "")
    admin = (_option(config, "adminUrl") or "").rstrip("/")
    return Settings(
        url=url,
        admin_url=f"{admin}/{path}/".replace("//", "/").replace(":/", "://") if admin else url,
        realm=_option(config, "realm") or "master",
        client_id=str(_option(config, "clientId")),
        client_secret=_option(config, "clientSecret"),
        username=_option(config, "username"),
        password=_option(config, "password"),
        authority=config.get("rootCaCertificate") or None,
        verify=not config.get("tlsInsecureSkipVerify"),
        timeout=int(config.get("clientTimeout") or os.environ.get("KEYCLOAK_CLIENT_TIMEOUT") or VENDOR_TIMEOUT),
        login_first=config.get("initialLogin") is not False,
        headers=dict(config.get("additionalHeaders") or {}),
    )


def _option(config: Mapping[str, Value], name: str) -> Value:
    value = config.get(name)
    if value is UNKNOWN:
        return value
    return value or os.environ.get(_VARIABLES[name]) or None
