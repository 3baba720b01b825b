"""Whom a certificate names: its subject and its alternative names."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509.oid import NameOID

from sandbox.plugins.declared.fields import Field, Table, nested, ordered, string
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import Value

_PARTS = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "postalCode": NameOID.POSTAL_CODE,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}
"""The parts of a subject in the order in which the vendor's certificates hold them."""

SUBJECT: Table = {name: ordered() if name == "streetAddresses" else string() for name in _PARTS}

NAMES: dict[str, Field] = {
    "dnsNames": ordered(replaces=True),
    "ipAddresses": ordered(replaces=True),
    "uris": ordered(replaces=True),
    "subject": nested(SUBJECT, replaces=True),
}
"""The properties that name the holder of a certificate."""


def subject_of(given: Mapping[str, Value]) -> x509.Name:
    """Return the distinguished name of a `subject`."""
    parts: list[x509.NameAttribute[str]] = []
    for name, oid in _PARTS.items():
        values = given.get(name) or []
        for value in values if isinstance(values, list) else [values]:
            try:
                parts.append(x509.NameAttribute(oid, value))
            except ValueError as error:
                raise PluginError(f"subject.{name}: {error}") from None
    return x509.Name(parts)


def alternative_names(inputs: Mapping[str, Value]) -> x509.SubjectAlternativeName | None:
    """Return the alternative names of `dnsNames`, `ipAddresses` and `uris`, or None when there is none."""
    names: list[x509.GeneralName] = []
    for index, dns in enumerate(inputs.get("dnsNames") or []):
        names.append(_general_name(x509.DNSName, dns, f"dnsNames[{index}]"))
    for index, address in enumerate(inputs.get("ipAddresses") or []):
        try:
            names.append(x509.IPAddress(ip_address(address)))
        except ValueError:
            raise PluginError(f"ipAddresses[{index}]: `{address}` is no IP address") from None
    for index, uri in enumerate(inputs.get("uris") or []):
        names.append(_general_name(x509.UniformResourceIdentifier, uri, f"uris[{index}]"))
    return x509.SubjectAlternativeName(names) if names else None


def _general_name(
    kind: type[x509.DNSName | x509.UniformResourceIdentifier], value: str, path: str
) -> x509.DNSName | x509.UniformResourceIdentifier:
    try:
        return kind(value)
    except ValueError:
        raise PluginError(
            f"{path}: `{value}` must be plain ASCII (an international name in its punycode form)"
        ) from None
