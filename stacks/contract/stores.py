"""S3-compatible stores: endpoints, buckets, regions, prefixes and certificates."""

from __future__ import annotations

import re
import ssl

from transforms.documents.problems import Refused

_HOST = r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*"
ENDPOINT_PATTERN = rf"^https://{_HOST}(:[1-9][0-9]{{0,4}})?$"
ENDPOINT_MAX = 253 + len("https://:65535")
HIGHEST_PORT = 65535

# Source: docs.aws.amazon.com, "General purpose bucket naming rules"; other stores take these names too.
BUCKET_PATTERN = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$"
BUCKET_MAX = 63
BUCKET_MIN = 3

REGION_PATTERN = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
PREFIX_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$"
PREFIX_MAX = 200
"""A key has at most 1024 bytes, and what the platform appends is less than half of the rest."""

CERTIFICATE_PATTERN = r"^\s*-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"
CERTIFICATES_MAX = 100_000
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


def check_endpoint(url: str) -> str:
    """A store's address as it was given. Raises Refused for anything but https, a host and perhaps a port."""
    if re.match(ENDPOINT_PATTERN, url) and "\n" not in url and len(url) <= ENDPOINT_MAX:
        if port_of(url) > HIGHEST_PORT:
            raise Refused(f"ports end at {HIGHEST_PORT}")
        return url
    bare = re.sub(r"^([A-Za-z]+://)?", "https://", url.strip(), count=1)
    bare = re.sub(r"^(https://[^/?#]*).*", r"\1", bare, flags=re.DOTALL)
    because = ""
    if url.startswith("http://"):
        because = "backups and credentials do not travel in the clear"
    elif url.startswith("https://") and re.match(ENDPOINT_PATTERN, bare):
        because = "bucket and prefix have keys of their own"
    suggestion = bare if bare != url and "@" not in bare and re.match(ENDPOINT_PATTERN, bare) else ""
    raise Refused(because, suggestion="" if url.startswith("http://") else suggestion)


def port_of(endpoint: str) -> int:
    """The TCP port of a checked endpoint."""
    _, _, port = endpoint.removeprefix("https://").partition(":")
    return int(port or 443)


def check_bucket(name: str) -> str:
    """A bucket's name as it was given. Raises Refused when no S3-compatible store is sure to take it."""
    if len(name) < BUCKET_MIN or len(name) > BUCKET_MAX:
        raise Refused(f"it has {len(name)}", wanted=f"{BUCKET_MIN} to {BUCKET_MAX} characters")
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name):
        raise Refused("it looks like an address")
    if not re.match(BUCKET_PATTERN, name) or "\n" in name:
        because = "a prefix has a key of its own" if "/" in name and "://" not in name else ""
        bare = name.removeprefix("s3://").split("/")[0].lower().replace("_", "-")
        sound = bare != name and re.match(BUCKET_PATTERN, bare) and BUCKET_MIN <= len(bare) <= BUCKET_MAX
        raise Refused(because, suggestion=bare if sound else "")
    return name


def check_region(name: str) -> str:
    """A region's name as it was given. Raises Refused when requests could not be signed for it."""
    if not re.match(REGION_PATTERN, name) or "\n" in name or len(name) > BUCKET_MAX:
        bare = name.strip().lower().replace("_", "-")
        raise Refused(suggestion=bare if bare != name and re.match(REGION_PATTERN, bare) else "")
    return name


def check_prefix(text: str) -> str:
    """The beginning of object names as it was given. Raises Refused for slashes around it and what needs escapes."""
    if not re.match(PREFIX_PATTERN, text) or "\n" in text or len(text) > PREFIX_MAX:
        bare = text.strip().strip("/")
        raise Refused(suggestion=bare if bare != text and re.match(PREFIX_PATTERN, bare) else "")
    return text


def check_certificates(text: str) -> str:
    """Certificates in PEM as they were given. Raises Refused for private keys and for what is no certificate."""
    kinds = _BLOCK.findall(text)
    if any("PRIVATE KEY" in kind for kind in kinds):
        raise Refused("a private key does not belong here; it must be considered known now")
    if not kinds or set(kinds) != {"CERTIFICATE"} or len(text) > CERTIFICATES_MAX:
        raise Refused
    try:
        ssl.create_default_context(cadata=text)
    except (ValueError, ssl.SSLError):
        raise Refused("it cannot be read") from None
    return text
