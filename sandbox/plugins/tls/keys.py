"""Private keys: made, read and written in the formats that the vendor's package puts out."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import Value

Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
ALGORITHMS = ("RSA", "ECDSA", "ED25519")


def new_key(algorithm: str, *, bits: int, curve: str) -> Key:
    """Return a new private key; `bits` counts for RSA alone, `curve` for ECDSA alone."""
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(CURVES[curve]())
    return ed25519.Ed25519PrivateKey.generate()


def read_key(pem: str, name: str) -> Key:
    """Read a private key.

    Args:
        pem: the key in PEM.
        name: the property that it comes from, for the error; the key itself is never shown.
    """
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise PluginError(f"{name} is no private key in PEM without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise PluginError(f"{name} must be a key of {', '.join(ALGORITHMS)}")
    return key


def algorithm_of(key: object) -> str:
    """Return the vendor's word for the algorithm of a private or public key."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return "RSA"
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return "ECDSA"
    return "ED25519"


def signing_hash(key: Key) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """Return the hash that a signature by this key uses: as strong as its curve; Ed25519 has its own."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.key_size == ec.SECP521R1.key_size:
            return hashes.SHA512()
        if key.curve.key_size == ec.SECP384R1.key_size:
            return hashes.SHA384()
    return hashes.SHA256()


def writings(key: Key) -> dict[str, Value]:
    """Return the outputs of a PrivateKey: the key and its public part in every format, and fingerprints."""
    pkcs8 = _private(key, PrivateFormat.PKCS8)
    traditional = (
        pkcs8 if isinstance(key, ed25519.Ed25519PrivateKey) else _private(key, PrivateFormat.TraditionalOpenSSL)
    )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return {
        "privateKeyPem": traditional,
        "privateKeyPemPkcs8": pkcs8,
        "publicKeyPem": public,
        **_ssh_writings(key),
    }


def identity_of(key: Key) -> str:
    """Return the vendor's id of a key: a hash of its public part."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha1(public, usedforsecurity=False).hexdigest()


def _private(key: Key, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def _ssh_writings(key: Key) -> dict[str, Value]:
    """Return the formats of OpenSSH, which knows no curve P224: they are empty for such a key, as the vendor's are."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1):
        names = ("privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256")
        return dict.fromkeys(names, "")
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    content = b64decode(public.split()[1])
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    sha256 = b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return {
        "privateKeyOpenssh": _private(key, PrivateFormat.OpenSSH),
        "publicKeyOpenssh": public + "\n",
        "publicKeyFingerprintMd5": ":".join(md5[at : at + 2] for at in range(0, len(md5), 2)),
        "publicKeyFingerprintSha256": f"SHA256:{sha256}",
    }
