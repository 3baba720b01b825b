"""SCRAM-SHA-256 verifiers: what PostgreSQL stores of a password, so that the password itself never travels in SQL."""

import base64
import hashlib
import hmac

ITERATIONS = 4096  # PostgreSQL's own default (scram_iterations)


def verifier(password: str) -> str:
    """The verifier of `password` in PostgreSQL's notation, which `CREATE ROLE … PASSWORD` takes as it is.

    The salt comes from the password, so that the same password gives the same verifier and a second `pulumi up` has
    nothing to do. That is sound for generated passwords of full entropy only: a salt protects guessable ones.

    Source: RFC 5802 and RFC 7677; the notation is that of pg_authid.rolpassword.
    """
    secret = password.encode("ascii")  # SASLprep changes nothing in ASCII, and generated passwords are ASCII
    salt = hashlib.sha256(b"etl-platform scram salt\0" + secret).digest()[:16]
    salted = hashlib.pbkdf2_hmac("sha256", secret, salt, ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ITERATIONS}:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
