"""What a team's service says of itself: its image, its paths, its environment."""

from __future__ import annotations

import re

from transforms.documents.problems import Refused

# Source: github.com/distribution/reference; a tag or a digest is demanded here, since without one a restart could
# bring another program.
_HOST = r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*(:[0-9]{1,5})?"
_COMPONENT = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_NAME = rf"({_HOST}/)?{_COMPONENT}(/{_COMPONENT})*"
_TAG = r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"@sha256:[0-9a-f]{64}"
IMAGE_PATTERN = rf"^{_NAME}({_TAG}|({_TAG})?{_DIGEST})$"
IMAGE_MAX = 400
MOVING = ("latest", "main", "master", "edge", "nightly")
"""Tags that mean another image every week."""

CONTEXT_PATTERN = r"^([A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*$"
CONTEXT_MAX = 200

PATH_PATTERN = r"^/[A-Za-z0-9._~/-]*$"
PATH_MAX = 200

VARIABLE_PATTERN = r"^[A-Z][A-Z0-9_]*$"
VARIABLE_MAX = 100
RESERVED_VARIABLES = ("OTEL_", "KUBERNETES_")
"""Beginnings of variables that the platform or Kubernetes sets."""

_SECRET_WORDS = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "PRIVATE_KEY", "API_KEY", "CREDENTIAL")


def check_image(reference: str) -> str:
    """An image as it was given. Raises Refused for one without a tag or a digest, or with a tag that moves."""
    if len(reference) > IMAGE_MAX:
        raise Refused(f"it has {len(reference)}", wanted=f"at most {IMAGE_MAX} characters")
    if re.match(IMAGE_PATTERN, reference) and "\n" not in reference:
        tag = reference.partition("@")[0].rpartition("/")[2].partition(":")[2]
        if tag in MOVING and "@" not in reference:
            raise Refused(f"the tag {tag} is another image tomorrow; name a version or a digest")
        return reference
    if re.match(rf"^{_NAME}$", reference):
        raise Refused("it has neither a tag nor a digest, so a restart could bring another program")
    bare = re.sub(r"^[a-z]+://", "", reference.strip())
    raise Refused(suggestion=bare if bare != reference and re.match(IMAGE_PATTERN, bare) else "")


def check_context(path: str) -> str:
    """A folder as it was given. Raises Refused for one that leads out of the stack file's folder."""
    if re.match(CONTEXT_PATTERN, path) and "\n" not in path and ".." not in path.split("/"):
        if len(path) > CONTEXT_MAX:
            raise Refused(f"it has {len(path)}", wanted=f"at most {CONTEXT_MAX} characters")
        return path
    if path.startswith(("/", "~")) or re.match(r"^[A-Za-z]:", path):
        raise Refused("it is a path of one machine alone")
    if ".." in path.split("/"):
        raise Refused("it leads out of the folder")
    bare = path.strip().replace("\\", "/").removeprefix("./").rstrip("/")
    raise Refused(suggestion=bare if bare != path and re.match(CONTEXT_PATTERN, bare) else "")


def check_path(path: str) -> str:
    """A path of a URL as it was given. Raises Refused for one with a host, a query or a step upwards."""
    if re.match(PATH_PATTERN, path) and "\n" not in path and ".." not in path.split("/"):
        if len(path) > PATH_MAX:
            raise Refused(f"it has {len(path)}", wanted=f"at most {PATH_MAX} characters")
        return path
    if "://" in path:
        raise Refused("it is a URL; only its path belongs here")
    bare = f"/{path.strip().lstrip('/')}"
    raise Refused(suggestion=bare if bare != path and re.match(PATH_PATTERN, bare) and ".." not in bare else "")


def check_variable(name: str) -> str:
    """An environment variable's name as it was given. Raises Refused for what the platform sets, and for secrets."""
    if not re.match(VARIABLE_PATTERN, name) or "\n" in name:
        upper = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
        raise Refused(suggestion=upper if upper != name and re.match(VARIABLE_PATTERN, upper) else "")
    if len(name) > VARIABLE_MAX:
        raise Refused(f"it has {len(name)}", wanted=f"at most {VARIABLE_MAX} characters")
    if reserved := next((each for each in RESERVED_VARIABLES if name.startswith(each)), None):
        raise Refused(f"those that begin with {reserved} are set for every service", wanted="a variable that is free")
    if any(word in name for word in _SECRET_WORDS) and not name.endswith("_FILE"):
        raise Refused("everyone can read this file; databases' logins come as files", wanted="no secret here")
    return name
