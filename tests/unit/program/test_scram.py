"""Verifiers are what PostgreSQL itself would have stored."""

import base64
import hashlib
import hmac

from components.databases.scram import verifier


def parts(text: str) -> tuple[int, bytes, bytes, bytes]:
    mechanism, parameters, keys = text.split("$")
    assert mechanism == "SCRAM-SHA-256"
    iterations, salt = parameters.split(":")
    stored, server = keys.split(":")
    return int(iterations), *(base64.b64decode(part) for part in (salt, stored, server))  # type: ignore[return-value]


def test_a_client_that_knows_the_password_can_prove_it() -> None:
    """The client's and the server's side of RFC 5802, step by step."""
    iterations, salt, stored_key, server_key = parts(verifier("correct horse"))
    salted = hashlib.pbkdf2_hmac("sha256", b"correct horse", salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    message = b"n=user,r=nonce,r=nonce,s=salt,i=4096,c=biws,r=nonce"
    signature = hmac.digest(stored_key, message, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    recovered = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    assert hashlib.sha256(recovered).digest() == stored_key
    assert hmac.digest(salted, b"Server Key", "sha256") == server_key


def test_the_same_password_gives_the_same_verifier_and_another_gives_another_salt() -> None:
    assert verifier("first") == verifier("first")
    assert parts(verifier("first"))[1] != parts(verifier("second"))[1]


def test_the_password_is_not_in_it() -> None:
    assert "secret-word" not in verifier("secret-word")
