"""Telling whether a password, or a verifier of one, is what the server holds."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode

_SCRAM = re.compile(r"SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
_MD5 = re.compile(r"md5[0-9a-f]{32}")


def is_verifier(text: str) -> bool:
    """Say whether a text is a verifier, which the server stores as it is."""
    return bool(_SCRAM.fullmatch(text) or _MD5.fullmatch(text))


def same_password(known: str, stored: str, role: str) -> bool:
    """Say whether what the program gave for a password is what the server stores.

    Args:
        known: a password or a verifier.
        stored: the server's verifier; empty when it has none.
        role: the role's name, which the older kind of verifier holds too.
    """
    if known.upper() == "NULL":
        return not stored
    if is_verifier(known) or not stored:
        return known == stored
    if _MD5.fullmatch(stored):
        return stored == "md5" + hashlib.md5((known + role).encode(), usedforsecurity=False).hexdigest()
    found = _SCRAM.fullmatch(stored)
    # The names' preparation (SASLprep) leaves plain ASCII as it is; for the rest the stored verifier is believed.
    if found is None or not known.isascii():
        return True
    iterations, salt, stored_key = int(found[1]), b64decode(found[2]), b64decode(found[3])
    salted = hashlib.pbkdf2_hmac("sha256", known.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return hmac.compare_digest(hashlib.sha256(client_key).digest(), stored_key)
