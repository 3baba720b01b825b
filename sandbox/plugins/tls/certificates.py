"""Certificates: building one, and when it is due for renewal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.plugins.host.values import Value
from sandbox.plugins.tls.keys import Key, signing_hash
from sandbox.plugins.tls.usages import extended_key_usage, key_usage

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
SERIAL_BITS = 128


@dataclass(frozen=True)
class Holder:
    """Whom a certificate is for."""

    subject: x509.Name
    names: x509.SubjectAlternativeName | None
    key: PublicKey


@dataclass(frozen=True)
class Issuer:
    """Who signs it: their name, key and the identifier that the certificate holds of that key."""

    subject: x509.Name
    key: Key
    key_identifier: bytes | None


def issue(inputs: Mapping[str, Value], holder: Holder, issuer: Issuer) -> tuple[str, dict[str, Value]]:
    """Return a new certificate's serial number, which is its id, and its outputs.

    Args:
        inputs: the properties that both kinds of certificate share.
        holder: whom it is for.
        issuer: who signs it.
    """
    start = datetime.now(UTC).replace(microsecond=0)
    end = start + timedelta(hours=inputs["validityPeriodHours"])
    serial = x509.random_serial_number() >> (159 - SERIAL_BITS)
    builder = (
        x509.CertificateBuilder()
        .subject_name(holder.subject)
        .issuer_name(issuer.subject)
        .public_key(holder.key)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )
    for extension, critical in _extensions(inputs, holder, issuer):
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(issuer.key, signing_hash(issuer.key))
    return str(serial), {
        "certPem": certificate.public_bytes(Encoding.PEM).decode(),
        "readyForRenewal": False,
        "validityStartTime": _written(start),
        "validityEndTime": _written(end),
    }


def _extensions(inputs: Mapping[str, Value], holder: Holder, issuer: Issuer) -> list[tuple[x509.ExtensionType, bool]]:
    authority = bool(inputs["isCaCertificate"])
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if usage := key_usage(inputs["allowedUses"]):
        extensions.append((usage, True))
    if extended := extended_key_usage(inputs["allowedUses"]):
        extensions.append((extended, False))
    # A limit of zero reads as none in the vendor's certificates too, which write only limits above it.
    limit = inputs.get("maxPathLength") or -1
    extensions.append((x509.BasicConstraints(authority, limit if authority and limit > 0 else None), True))
    if authority or inputs["setSubjectKeyId"]:
        extensions.append((x509.SubjectKeyIdentifier.from_public_key(holder.key), False))
    if issuer.key_identifier is not None:
        extensions.append((x509.AuthorityKeyIdentifier(issuer.key_identifier, None, None), False))
    if holder.names is not None:
        # The names are all that says whom an empty subject stands for, so they must not be skipped then (RFC 5280).
        extensions.append((holder.names, not list(holder.subject)))
    return extensions


def renewal_is_due(state: Mapping[str, Value], early_renewal_hours: int) -> bool:
    """Say whether a certificate has expired, or is within the hours before that in which it may be renewed."""
    end = state.get("validityEndTime")
    if not isinstance(end, str):
        return False
    return datetime.now(UTC) >= datetime.fromisoformat(end) - timedelta(hours=early_renewal_hours)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
