"""PrivateKey, CertRequest, SelfSignedCert and LocallySignedCert."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.plugins.declared.fields import Field, Kind, Table, boolean, integer, ordered, result, string
from sandbox.plugins.declared.generated import Generated
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Change, Diff, Failure
from sandbox.plugins.host.resource import Kind as Happens
from sandbox.plugins.host.values import UNKNOWN, Inputs, State, Value
from sandbox.plugins.tls.certificates import Holder, Issuer, PublicKey, issue, renewal_is_due
from sandbox.plugins.tls.keys import (
    ALGORITHMS,
    CURVES,
    algorithm_of,
    identity_of,
    new_key,
    read_key,
    signing_hash,
    writings,
)
from sandbox.plugins.tls.names import NAMES, alternative_names, subject_of
from sandbox.plugins.tls.usages import USAGES

SMALLEST_RSA = 1024
"""What the cryptography library still makes; below it no key is safe anyway."""


class PrivateKey(Generated):
    """A private key that lives in the state."""

    table: ClassVar[Table] = {
        "algorithm": string(required=True, replaces=True, choices=ALGORITHMS),
        "ecdsaCurve": string(default="P224", replaces=True, choices=tuple(CURVES)),
        "rsaBits": integer(default=2048, replaces=True, minimum=SMALLEST_RSA),
        "privateKeyOpenssh": result(Kind.STRING, secret=True),
        "privateKeyPem": result(Kind.STRING, secret=True),
        "privateKeyPemPkcs8": result(Kind.STRING, secret=True),
        "publicKeyFingerprintMd5": result(),
        "publicKeyFingerprintSha256": result(),
        "publicKeyOpenssh": result(),
        "publicKeyPem": result(),
    }

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the key in every format."""
        key = new_key(inputs["algorithm"], bits=inputs["rsaBits"], curve=inputs["ecdsaCurve"])
        return identity_of(key), writings(key)


class CertRequest(Generated):
    """A request for a certificate, signed by the key that it is for."""

    table: ClassVar[Table] = {
        **NAMES,
        "privateKeyPem": string(required=True, replaces=True, secret=True),
        "certRequestPem": result(),
        "keyAlgorithm": result(),
    }

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the request."""
        key = read_key(inputs["privateKeyPem"], "privateKeyPem")
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject_of(inputs.get("subject") or {}))
        names = alternative_names(inputs)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        pem = builder.sign(key, signing_hash(key)).public_bytes(Encoding.PEM).decode()
        identity = hashlib.sha1(pem.strip().encode(), usedforsecurity=False).hexdigest()
        return identity, {"certRequestPem": pem, "keyAlgorithm": algorithm_of(key)}


CERTIFICATE: dict[str, Field] = {
    "allowedUses": ordered(required=True, replaces=True, choices=USAGES),
    "earlyRenewalHours": integer(default=0, minimum=0),
    "isCaCertificate": boolean(default=False, replaces=True),
    "maxPathLength": integer(replaces=True, computed=True, minimum=-1),
    "setSubjectKeyId": boolean(default=False, replaces=True),
    "validityPeriodHours": integer(required=True, replaces=True, minimum=0),
    "certPem": result(),
    "readyForRenewal": result(Kind.BOOLEAN),
    "validityEndTime": result(),
    "validityStartTime": result(),
}
"""The properties that both kinds of certificate share."""


class Certificate(Generated):
    """A certificate that is made anew when its renewal is due."""

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the certificate."""
        issuer, holder, algorithm = self.parties(inputs)
        if inputs["isCaCertificate"] and not list(holder.subject):
            raise PluginError("subject: a certificate authority must have a name; give at least one part of it")
        serial, outputs = issue(inputs, holder, issuer)
        return serial, {**outputs, **algorithm}

    @abstractmethod
    def parties(self, inputs: Inputs) -> tuple[Issuer, Holder, dict[str, Value]]:
        """Return who signs, for whom, and the output that names the algorithm of the key."""

    def planned(self, inputs: Inputs) -> dict[str, Value]:
        """Return what a preview can say: a new certificate is never ready for renewal."""
        return {**super().planned(inputs), "readyForRenewal": False, "maxPathLength": inputs.get("maxPathLength")}

    def diff(self, id: str, olds: Inputs, old_state: State, news: Inputs) -> Diff:  # noqa: A002
        """Add the renewal to what changed."""
        diff = super().diff(id, olds, old_state, news)
        early = news["earlyRenewalHours"]
        if early is not UNKNOWN and renewal_is_due(old_state, early):
            due = Change(Happens.UPDATE, replace=True, input=False)
            return Diff({**diff.changed, "readyForRenewal": due})
        return diff

    def look(self, id: str, known: State) -> dict[str, Value] | None:  # noqa: A002
        """Return what the state holds, and whether the renewal has become due."""
        state = super().look(id, known)
        if state is not None and renewal_is_due(state, state.get("earlyRenewalHours", 0)):
            state["readyForRenewal"] = True
        return state


class SelfSignedCert(Certificate):
    """A certificate signed by the key that it is for."""

    table: ClassVar[Table] = {
        **NAMES,
        **CERTIFICATE,
        "privateKeyPem": string(required=True, replaces=True, secret=True),
        "setAuthorityKeyId": boolean(default=False, replaces=True),
        "keyAlgorithm": result(),
    }

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse an authority key identifier where there is no subject key identifier to repeat."""
        wanted = inputs["setAuthorityKeyId"] is True
        if wanted and inputs["setSubjectKeyId"] is False and inputs["isCaCertificate"] is False:
            yield Failure("setAuthorityKeyId", "needs setSubjectKeyId or isCaCertificate: it repeats that identifier")

    def parties(self, inputs: Inputs) -> tuple[Issuer, Holder, dict[str, Value]]:
        """Return the key's holder in both roles."""
        key = read_key(inputs["privateKeyPem"], "privateKeyPem")
        subject = subject_of(inputs.get("subject") or {})
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
        issuer = Issuer(subject, key, identifier if inputs["setAuthorityKeyId"] else None)
        return issuer, Holder(subject, alternative_names(inputs), key.public_key()), {"keyAlgorithm": algorithm_of(key)}


class LocallySignedCert(Certificate):
    """A certificate signed by an authority whose key is at hand."""

    table: ClassVar[Table] = {
        **CERTIFICATE,
        "caCertPem": string(required=True, replaces=True),
        "caPrivateKeyPem": string(required=True, replaces=True, secret=True),
        "certRequestPem": string(required=True, replaces=True),
        "caKeyAlgorithm": result(),
    }

    def parties(self, inputs: Inputs) -> tuple[Issuer, Holder, dict[str, Value]]:
        """Return the authority and the request's holder."""
        key = read_key(inputs["caPrivateKeyPem"], "caPrivateKeyPem")
        authority = _read_authority(inputs["caCertPem"])
        if authority.public_key() != key.public_key():
            raise PluginError("caPrivateKeyPem is not the key of caCertPem")
        issuer = Issuer(authority.subject, key, _key_identifier(authority))
        return issuer, _read_request(inputs["certRequestPem"]), {"caKeyAlgorithm": algorithm_of(key)}


def _read_authority(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise PluginError("caCertPem is no certificate in PEM") from None


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _read_request(pem: str) -> Holder:
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        valid = request.is_signature_valid
    except (ValueError, InvalidSignature):
        raise PluginError("certRequestPem is no request for a certificate in PEM") from None
    key = request.public_key()
    if not valid or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        raise PluginError(f"certRequestPem must be signed by its own key, of {', '.join(ALGORITHMS)}")
    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = None
    public: PublicKey = key
    return Holder(request.subject, names, public)
