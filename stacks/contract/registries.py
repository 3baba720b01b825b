"""Registries of images, and names in them."""

from __future__ import annotations

import re

from transforms.documents.problems import Refused

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
# Without a dot or a port the first part of an image's name would be one on Docker Hub.
SERVER_PATTERN = rf"^{_LABEL}((\.{_LABEL})+(:[1-9][0-9]{{0,4}})?|:[1-9][0-9]{{0,4}})$"
SERVER_MAX = 253 + len(":65535")

# Source: github.com/distribution/reference, path-component.
_COMPONENT = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
PREFIX_PATTERN = rf"^{_COMPONENT}(/{_COMPONENT})*$"
PREFIX_MAX = 100


def check_server(name: str) -> str:
    """A registry's host name as it was given. Raises Refused for URLs, paths and names without a dot or a port."""
    if re.match(SERVER_PATTERN, name) and "\n" not in name and len(name) <= SERVER_MAX:
        return name
    bare = re.sub(r"^[a-z]+://", "", name.strip().lower()).split("/")[0]
    because = "it is a URL" if "://" in name else "what follows the host belongs into prefix" if "/" in name else ""
    suggestion = bare if bare != name and "@" not in bare and re.match(SERVER_PATTERN, bare) else ""
    raise Refused(because, suggestion=suggestion)


def check_prefix(text: str) -> str:
    """The beginning of an image's name as it was given. Raises Refused for what no registry takes."""
    if re.match(PREFIX_PATTERN, text) and "\n" not in text:
        if len(text) > PREFIX_MAX:
            raise Refused(f"it has {len(text)}", wanted=f"at most {PREFIX_MAX} characters")
        return text
    bare = text.strip().lower().strip("/")
    raise Refused(suggestion=bare if bare != text and re.match(PREFIX_PATTERN, bare) else "")
