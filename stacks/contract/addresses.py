"""DNS names, e-mail addresses and network ranges."""

from __future__ import annotations

import ipaddress
import re

from transforms.documents.problems import Refused

DOMAIN_PATTERN = (
    r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\.[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"
)
DOMAIN_MAX = 253 - 64
"""A host name has at most 253 characters, and services put one more label in front."""

HOST_PATTERN = r"^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?"
EMAIL_PATTERN = rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+$"
EMAIL_MAX = 254

_HOST_AND_PORT = r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*(:[1-9][0-9]{0,4})?"
HTTPS_URL_PATTERN = rf"^https://{_HOST_AND_PORT}(/[A-Za-z0-9._~%@+/-]*)?$"
HTTPS_URL_MAX = 2000
LDAPS_URL_PATTERN = rf"^ldaps://{_HOST_AND_PORT}$"
LDAPS_PORT = 636


def check_domain(name: str) -> str:
    """A DNS name as it was given. Raises Refused for URLs, addresses, wildcards and what no host can be called."""
    if re.match(DOMAIN_PATTERN, name) and "\n" not in name:
        if len(name) > DOMAIN_MAX:
            raise Refused(f"it has {len(name)} characters, and at most {DOMAIN_MAX} leave room for the services' names")
        return name
    because = ""
    if "://" in name:
        because = "it is a URL"
    elif _is_address(name):
        raise Refused("certificates and logins need a name, not an address")
    elif name.startswith("*"):
        because = "the platform adds the wildcard itself"
    elif re.match(DOMAIN_PATTERN, f"{name}.example"):
        raise Refused("it has only one part")
    bare = re.sub(r"^[a-z]+://", "", name.strip().lower()).lstrip("*.")
    bare = re.split(r"[/:]", bare)[0].rstrip(".").replace("_", "-")
    raise Refused(because, suggestion=bare if bare != name and re.match(DOMAIN_PATTERN, bare) else "")


def check_email(address: str) -> str:
    """An e-mail address as it was given. Raises Refused when alerts could not be sent to it."""
    if len(address) <= EMAIL_MAX and re.match(EMAIL_PATTERN, address) and "\n" not in address:
        return address
    inner = re.search(r"<([^<>]+)>", address)
    bare = (inner[1] if inner else address.strip()).removeprefix("mailto:").replace(" ", "").replace("(at)", "@")
    raise Refused(suggestion=bare if bare != address and re.match(EMAIL_PATTERN, bare) else "")


def check_network(text: str) -> str:
    """A network range in CIDR notation as it was given. Raises Refused, with the range that was probably meant."""
    if "/" not in text:
        raise (
            Refused("it is one address", suggestion=str(ipaddress.ip_network(text))) if _is_address(text) else Refused
        )
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Refused from None
    if str(network) != text.lower() and not text.startswith(f"{network.network_address}/"):
        raise Refused("the address has bits outside its range", suggestion=str(network))
    if str(network) != text.lower():
        raise Refused("the range is not in its usual form", suggestion=str(network))
    return text


def check_node_address(text: str) -> str:
    """A node's host name or IP address as it was given. Raises Refused for URLs, ports and other ornaments."""
    if _is_address(text) or (re.match(HOST_PATTERN, text) and len(text) <= 253 and "\n" not in text):
        return text
    bare = re.split(r"[/:]", re.sub(r"^[a-z]+://", "", text.strip()))[0]
    raise Refused(suggestion=bare if bare != text and (_is_address(bare) or re.match(HOST_PATTERN, bare)) else "")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def check_https_url(url: str) -> str:
    """An https address as it was given. Raises Refused for other schemes, credentials, queries and fragments."""
    return _check_https(url, "logins do not travel in the clear")


def check_webhook_url(url: str) -> str:
    """The same for an address that takes alerts, or shows their pages."""
    return _check_https(url, "what goes wrong here is not told in the clear")


def _check_https(url: str, in_the_clear: str) -> str:
    if re.match(HTTPS_URL_PATTERN, url) and "\n" not in url and len(url) <= HTTPS_URL_MAX:
        return url
    if url.startswith("http://"):
        raise Refused(in_the_clear)
    bare = re.split(r"[?#]", url.strip())[0]
    if "://" not in bare:
        bare = f"https://{bare}"
    raise Refused(suggestion=bare if bare != url and "@" not in bare and re.match(HTTPS_URL_PATTERN, bare) else "")


def check_ldaps_url(url: str) -> str:
    """A directory's address as it was given. Raises Refused for anything but ldaps, a host and perhaps a port."""
    if re.match(LDAPS_URL_PATTERN, url) and "\n" not in url:
        return url
    if url.startswith("ldap://"):
        raise Refused("passwords do not travel in the clear")
    bare = url.strip().rstrip("/")
    bare = bare if "://" in bare else f"ldaps://{bare}"
    raise Refused(suggestion=bare if bare != url and "@" not in bare and re.match(LDAPS_URL_PATTERN, bare) else "")


def port_of(url: str) -> int:
    """The TCP port of a checked address, by its scheme where it names none."""
    scheme, _, rest = url.partition("://")
    _, _, port = rest.partition("/")[0].partition(":")
    return int(port or (LDAPS_PORT if scheme == "ldaps" else 443))
