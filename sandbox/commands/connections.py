"""`make connections`: every address and login of the environment on a Docker engine, as variables."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sandbox.commands.local import Place
from sandbox.toolchain.engine import LOCAL
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import write_whole

MASKED = "********"


def run(given: argparse.Namespace) -> int:
    """Print them, or write them to a file that only its owner reads."""
    place = Place.find()
    if not place.authority.exists():
        raise ToolchainError("the local environment does not run; `make local` starts it")
    shown = ["--show-secrets"] if given.show else []
    outputs = json.loads(place.project.ask("stack", "output", "--stack", LOCAL, "--json", *shown))
    text = "".join(
        f"{name}={shlex.quote(value)}\n" for name, value in variables(outputs, str(place.authority), show=given.show)
    )
    if given.out:
        write_whole(Path(given.out).resolve(), text, 0o600)
    else:
        print(text, end="")
    return 0


def variables(outputs: Mapping[str, Any], authority: str, *, show: bool) -> Iterator[tuple[str, str]]:
    """The variables of a `.env` file, by name.

    Args:
        outputs: the stack's.
        authority: the file with the CA's certificate.
        show: whether passwords are shown.
    """
    keycloak = outputs["keycloak"]
    yield "CA_CERTIFICATE", authority
    yield "FRONTEND_URL", outputs["frontend"]["url"]
    yield "KEYCLOAK_URL", keycloak["url"]
    yield "OIDC_ISSUER", f"{keycloak['url']}/realms/{keycloak['realm']}"
    for each in outputs["databases"]:
        prefix = f"{each['team']}_{each['name']}".upper().replace("-", "_")
        yield f"{prefix}_HOST", each["host"]
        yield f"{prefix}_PORT", str(int(each["port"]))
        yield f"{prefix}_DATABASE", each["database"]
        for kind, login in each["logins"].items():
            password = login["password"] if show else MASKED
            address = f"{each['host']}:{int(each['port'])}/{each['database']}"
            yield f"{prefix}_{kind.upper()}_USER", login["username"]
            yield f"{prefix}_{kind.upper()}_PASSWORD", password
            verified = f"sslmode=verify-full&sslrootcert={authority}"
            url = f"postgresql://{login['username']}:{quote(password, safe='*')}@{address}?{verified}"
            yield f"{prefix}_{kind.upper()}_URL", url
