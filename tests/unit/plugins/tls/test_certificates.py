"""Keys, requests and certificates: what is in them, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key, load_ssh_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.plugins.declared.generated import Generated
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.tls.keys import algorithm_of
from sandbox.plugins.tls.resources import CertRequest, LocallySignedCert, PrivateKey, SelfSignedCert


def made(kind: Generated, **given: Any) -> dict[str, Any]:
    checked = kind.check("value", given, None)
    assert not checked.failures
    created = kind.create("urn", checked.inputs, preview=False, timeout=None)
    return {**created.state, "id": created.id}


@cache
def key(algorithm: str = "ECDSA", curve: str = "P256") -> dict[str, Any]:
    return made(PrivateKey(), algorithm=algorithm, ecdsaCurve=curve)


def authority(**given: Any) -> dict[str, Any]:
    defaults = {
        "privateKeyPem": key()["privateKeyPem"],
        "subject": {"commonName": "Authority", "organization": "Tests", "emailAddress": "ca@example.com"},
        "isCaCertificate": True,
        "allowedUses": ["cert_signing", "crl_signing"],
        "validityPeriodHours": 48,
    }
    return made(SelfSignedCert(), **{**defaults, **given})


def certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


@pytest.mark.parametrize(
    ("algorithm", "curve", "first_line"),
    [
        ("RSA", "P256", "-----BEGIN RSA PRIVATE KEY-----"),
        ("ECDSA", "P384", "-----BEGIN EC PRIVATE KEY-----"),
        ("ECDSA", "P521", "-----BEGIN EC PRIVATE KEY-----"),
        ("ED25519", "P256", "-----BEGIN PRIVATE KEY-----"),
    ],
)
def test_a_key_is_the_same_in_every_format(algorithm: str, curve: str, first_line: str) -> None:
    writings = key(algorithm, curve)
    assert writings["privateKeyPem"].startswith(first_line)
    assert writings["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----")
    public = load_pem_public_key(writings["publicKeyPem"].encode())
    for name in ("privateKeyPem", "privateKeyPemPkcs8"):
        assert load_pem_private_key(writings[name].encode(), None).public_key() == public
    assert load_ssh_private_key(writings["privateKeyOpenssh"].encode(), None).public_key() == public
    assert writings["publicKeyFingerprintSha256"].startswith("SHA256:")
    assert len(writings["publicKeyFingerprintMd5"]) == 47
    assert algorithm_of(public) == algorithm


def test_openssh_has_no_format_for_the_curve_p224() -> None:
    writings = key("ECDSA", "P224")
    assert writings["publicKeyOpenssh"] == writings["publicKeyFingerprintMd5"] == ""
    loaded = load_pem_private_key(writings["privateKeyPem"].encode(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert loaded.curve.key_size == 224


def test_private_formats_are_secret_and_public_ones_are_not() -> None:
    assert set(PrivateKey().secret_outputs) == {"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}


def test_an_authority_says_that_it_is_one() -> None:
    made_one = authority()
    loaded = certificate(made_one["certPem"])
    constraints = loaded.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca
    usage = loaded.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert not usage.digital_signature
    assert loaded.issuer == loaded.subject
    assert made_one["keyAlgorithm"] == "ECDSA"
    assert made_one["id"] == str(loaded.serial_number)
    assert loaded.not_valid_after_utc - loaded.not_valid_before_utc == timedelta(hours=48)
    assert datetime.fromisoformat(made_one["validityEndTime"]) == loaded.not_valid_after_utc


def test_a_signed_certificate_holds_the_names_of_its_request() -> None:
    ca = authority()
    request = made(
        CertRequest(),
        privateKeyPem=key("RSA")["privateKeyPem"],
        subject={"commonName": "db", "streetAddresses": ["A", "B"]},
        dnsNames=["db.test"],
        ipAddresses=["10.0.0.1", "::1"],
        uris=["spiffe://test/db"],
    )
    signed = made(
        LocallySignedCert(),
        caCertPem=ca["certPem"],
        caPrivateKeyPem=key()["privateKeyPem"],
        certRequestPem=request["certRequestPem"],
        allowedUses=["digital_signature", "server_auth"],
        validityPeriodHours=24,
        setSubjectKeyId=True,
    )
    loaded, issuer = certificate(signed["certPem"]), certificate(ca["certPem"])
    loaded.verify_directly_issued_by(issuer)
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["db.test"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1", "::1"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://test/db"]
    assert [each.value for each in loaded.subject.get_attributes_for_oid(NameOID.STREET_ADDRESS)] == ["A", "B"]
    extended = loaded.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(extended) == [ExtendedKeyUsageOID.SERVER_AUTH]
    above = loaded.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert above == issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert not loaded.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert signed["caKeyAlgorithm"] == "ECDSA"


def test_a_key_that_is_not_the_authoritys_is_refused() -> None:
    request = made(CertRequest(), privateKeyPem=key()["privateKeyPem"])
    with pytest.raises(PluginError, match="caPrivateKeyPem is not the key of caCertPem"):
        made(
            LocallySignedCert(),
            caCertPem=authority()["certPem"],
            caPrivateKeyPem=key("RSA")["privateKeyPem"],
            certRequestPem=request["certRequestPem"],
            allowedUses=[],
            validityPeriodHours=1,
        )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"privateKeyPem": "secret-text"}, "privateKeyPem is no private key"),
        ({"ipAddresses": ["10.0.0.256"]}, r"ipAddresses\[0\]: `10.0.0.256` is no IP address"),
        ({"dnsNames": ["bücher.test"]}, r"dnsNames\[0\]"),
        ({"subject": {"country": "Germany"}}, "subject.country"),
        ({"subject": {}}, "must have a name"),
    ],
)
def test_what_cannot_be_in_a_certificate_is_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(PluginError, match=reason) as caught:
        authority(**given)
    assert "secret-text" not in str(caught.value)


def test_an_unknown_use_is_refused() -> None:
    failures = SelfSignedCert().check(
        "c", {"allowedUses": ["serving"], "privateKeyPem": "", "validityPeriodHours": 1}, None
    )
    assert [failure.property for failure in failures.failures] == ["allowedUses[0]"]


def test_a_certificate_is_replaced_once_its_renewal_is_due() -> None:
    kind = SelfSignedCert()
    early = authority(earlyRenewalHours=24)
    inputs = {name: value for name, value in early.items() if name in kind.table and not kind.table[name].output}
    assert not kind.diff("1", inputs, early, inputs).changed
    assert early["readyForRenewal"] is False

    soon = datetime.now(UTC) + timedelta(hours=23)
    due = {**early, "validityEndTime": soon.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert kind.diff("1", inputs, due, inputs).changed["readyForRenewal"].replace
    found = kind.read("1", inputs, due)
    assert found is not None
    assert found.state["readyForRenewal"] is True


def test_only_the_hours_of_early_renewal_change_in_place() -> None:
    kind = SelfSignedCert()
    state = authority()
    inputs = {name: value for name, value in state.items() if name in kind.table and not kind.table[name].output}
    assert not kind.diff("1", inputs, state, {**inputs, "earlyRenewalHours": 2}).replaces
    for name, value in {"validityPeriodHours": 9, "allowedUses": [], "isCaCertificate": False}.items():
        assert kind.diff("1", inputs, state, {**inputs, name: value}).replaces
    assert kind.diff("1", inputs, state, {**inputs, "subject": {"commonName": "Other"}}).replaces
