"""From a realm's properties to the server's representation of a realm, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.plugins.declared.fields import Table
from sandbox.plugins.host.values import Value
from sandbox.plugins.keycloak.attributes import duration, seconds, word
from sandbox.plugins.keycloak.realm_table import (
    BRUTE_FORCE,
    BRUTE_FORCE_NAMES,
    DURATIONS,
    HEADERS,
    OTP,
    PLAIN,
    SMTP,
    WEB_AUTHN,
    WEB_AUTHN_NAMES,
    WEB_AUTHN_PASSWORDLESS,
)

MASK = "**********"
"""What the server shows of a secret."""

_SMTP_TEXTS = ("envelopeFrom", "from", "fromDisplayName", "host", "port", "replyTo", "replyToDisplayName")
_SMTP_FLAGS = {"allowUtf8": "allowutf8", "ssl": "ssl", "starttls": "starttls"}
_TOKEN_AUTH = {
    "username": "user",
    "url": "authTokenUrl",
    "clientId": "authTokenClientId",
    "clientSecret": "authTokenClientSecret",
    "scope": "authTokenScope",
}


def written(inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Return the representation that sets these properties; what the server may choose is left out of it."""
    found: dict[str, Value] = {}
    for name, rule in PLAIN.items():
        if inputs.get(name) is not None:
            found[name] = inputs[name]
        elif not rule.computed:
            found[name] = False if rule.default is False or name == "adminPermissionsEnabled" else ""
    for name in DURATIONS:
        if inputs.get(name):
            found[name] = seconds(inputs[name])
    found["userManagedAccessAllowed"] = bool(inputs.get("userManagedAccess"))
    if inputs.get("internalId"):
        found["id"] = inputs["internalId"]
    locales = inputs.get("internationalization")
    found["internationalizationEnabled"] = locales is not None
    if locales is not None:
        found |= {"supportedLocales": locales["supportedLocales"], "defaultLocale": locales["defaultLocale"]}
    found["smtpServer"] = _smtp_written(inputs.get("smtpServer"))
    return found | dict(_defenses_written(inputs)) | dict(_policies_written(inputs))


def _defenses_written(inputs: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    defenses = inputs.get("securityDefenses") or {}
    force, headers = defenses.get("bruteForceDetection"), defenses.get("headers")
    yield "bruteForceProtected", force is not None
    for name, rule in BRUTE_FORCE.items():
        yield BRUTE_FORCE_NAMES.get(name, name), (force or {}).get(name, rule.default)
    values = {name: (headers or {}).get(name, rule.default or "") for name, rule in HEADERS.items()}
    yield "browserSecurityHeaders", {_header(name): value for name, value in values.items()}


def _policies_written(inputs: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    for prefix, table, policy in (
        ("otpPolicy", OTP, inputs.get("otpPolicy")),
        ("webAuthnPolicy", WEB_AUTHN, inputs.get("webAuthnPolicy")),
        ("webAuthnPolicyPasswordless", WEB_AUTHN_PASSWORDLESS, inputs.get("webAuthnPasswordlessPolicy")),
    ):
        if policy is None:
            continue
        for name, rule in table.items():
            if policy.get(name) is not None:
                yield prefix + _ending(name), policy[name]
            elif not rule.computed:
                yield prefix + _ending(name), [] if name in ("acceptableAaguids", "extraOrigins") else ""


def _smtp_written(smtp: Mapping[str, Value] | None) -> dict[str, str]:
    if smtp is None:
        return {}
    found = {name: smtp[name] for name in _SMTP_TEXTS if smtp.get(name)}
    found |= {key: word(bool(smtp.get(name))) for name, key in _SMTP_FLAGS.items()}
    plain, token = smtp.get("auth"), smtp.get("tokenAuth")
    found["auth"] = word(bool(plain or token))
    if plain:
        found |= {"authType": "basic", "user": plain["username"], "password": plain["password"]}
    if token:
        found |= {"authType": "token", **{key: token[name] for name, key in _TOKEN_AUTH.items()}}
    return found


def read(realm: Mapping[str, Value], known: Mapping[str, Value]) -> dict[str, Value]:
    """Return a realm's properties.

    Args:
        realm: the server's representation.
        known: the properties as last known, for the secrets that the server masks, and for the parts of which only
            those that the program declares are looked at, as the vendor's package does.
    """
    found: dict[str, Value] = {name: realm[name] for name in PLAIN if realm.get(name) is not None}
    for name in DURATIONS:
        if realm.get(name) is not None:
            found[name] = duration(realm[name])
    found["userManagedAccess"] = bool(realm.get("userManagedAccessAllowed"))
    found["internalId"] = realm["id"]
    found["terraformDeletionProtection"] = bool(known.get("terraformDeletionProtection", False))
    if realm.get("internationalizationEnabled"):
        locales = {"supportedLocales": realm.get("supportedLocales", []), "defaultLocale": realm.get("defaultLocale")}
        found["internationalization"] = locales
    if realm.get("smtpServer"):
        found["smtpServer"] = _smtp_read(realm["smtpServer"], known.get("smtpServer") or {})
    defenses = _defenses_read(realm, known)
    if defenses is not None:
        found["securityDefenses"] = defenses
    attributes = {
        name: realm["attributes"][name] for name in known.get("attributes") or {} if name in realm["attributes"]
    }
    if attributes:
        found["attributes"] = attributes
    found["otpPolicy"] = _policy_read(realm, "otpPolicy", OTP)
    found["webAuthnPolicy"] = _policy_read(realm, "webAuthnPolicy", WEB_AUTHN)
    found["webAuthnPasswordlessPolicy"] = _policy_read(realm, "webAuthnPolicyPasswordless", WEB_AUTHN_PASSWORDLESS)
    return found


def _policy_read(realm: Mapping[str, Value], prefix: str, table: Table) -> dict[str, Value]:
    found = {name: realm.get(prefix + _ending(name)) for name in table}
    policy = {name: value for name, value in found.items() if value is not None}
    for name, rule in table.items():
        if rule.default == "not specified" and not policy.get(name):
            policy[name] = rule.default
    return policy


def _defenses_read(realm: Mapping[str, Value], known: Mapping[str, Value]) -> dict[str, Value] | None:
    """Return the defences that the program declares; of a realm that is imported, those that are not the default."""
    imported, declared = "realm" not in known, known.get("securityDefenses")
    if declared is None and not imported:
        return None
    found: dict[str, Value] = {}
    if realm.get("bruteForceProtected"):
        values = {name: realm.get(BRUTE_FORCE_NAMES.get(name, name)) for name in BRUTE_FORCE}
        found["bruteForceDetection"] = {name: value for name, value in values.items() if value is not None}
    actual = realm.get("browserSecurityHeaders") or {}
    headers = {name: actual.get(_header(name), "") for name in HEADERS}
    # A header that the server does not hold at all is as usual as one with the default.
    unusual = any(_header(name) in actual and headers[name] != (each.default or "") for name, each in HEADERS.items())
    if unusual if imported else (declared or {}).get("headers") is not None:
        found["headers"] = headers
    return found or (None if imported else found)


def _smtp_read(smtp: Mapping[str, str], known: Mapping[str, Value]) -> dict[str, Value]:
    found: dict[str, Value] = {name: smtp[name] for name in SMTP if name in _SMTP_TEXTS and smtp.get(name)}
    found |= {name: smtp.get(key) == "true" for name, key in _SMTP_FLAGS.items()}
    if smtp.get("auth") != "true":
        return found
    if smtp.get("authType") == "token":
        token = {name: smtp.get(key, "") for name, key in _TOKEN_AUTH.items()}
        found["tokenAuth"] = _unmasked(token, "clientSecret", known.get("tokenAuth") or {})
    else:
        plain = {"username": smtp.get("user", ""), "password": smtp.get("password", "")}
        found["auth"] = _unmasked(plain, "password", known.get("auth") or {})
    return found


def _unmasked(found: dict[str, str], secret: str, known: Mapping[str, str]) -> dict[str, str]:
    return {**found, secret: known.get(secret, found[secret])} if found[secret] == MASK else found


def _ending(name: str) -> str:
    return WEB_AUTHN_NAMES.get(name, name[0].upper() + name[1:])


def _header(name: str) -> str:
    return "xXSSProtection" if name == "xXssProtection" else name
