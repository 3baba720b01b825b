"""One environment of this checkout, run through the recorder."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from delivery.recording import Outputs, Recording, is_known

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "etl-platform"
# Vendor packages take defaults from these (kubeconfig, credentials, modes): what an environment declares must not
# depend on who renders it.
AMBIENT = ("KEYCLOAK_", "KUBE", "PG", "POSTGRES", "PULUMI_")


class BadInputError(Exception):
    """What a person asked for cannot be done; `str()` says what, where and how to fix it."""


def environments(root: Path = ROOT) -> list[str]:
    """The stacks that have a config file."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in root.glob("Pulumi.?*.yaml"))


def stack_file(environment: str) -> Path:
    """The config file of an environment.

    Raises:
        BadInputError: there is none.
    """
    known = environments()
    if environment in known:
        return ROOT / f"Pulumi.{environment}.yaml"
    near = difflib.get_close_matches(environment, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise BadInputError(
        f"no environment {environment!r}: there is a Pulumi.<environment>.yaml for {', '.join(known)}.{meant}"
    )


def identified(kind: str, _name: str, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The id of a Kubernetes object, which is its place in the API and thus known before it exists."""
    metadata = inputs.get("metadata")
    if not kind.startswith("kubernetes:") or not isinstance(metadata, Mapping):
        return None
    parts = [metadata[key] for key in ("namespace", "name") if key in metadata]
    return {"id": "/".join(parts)} if parts and all(map(is_known, parts)) else None


def forget_ambient() -> None:
    """Take from this process's environment all that the vendor packages would read into what they declare."""
    for name in [name for name in os.environ if name.startswith(AMBIENT)]:
        del os.environ[name]


def declare(environment: str, file: Path | None = None, outputs: Outputs = identified) -> Recording:
    """What `environment` declares by its config file, or by another one.

    Args:
        outputs: what is known of a resource before it exists; see `delivery.record.record`.

    Raises:
        BadInputError: no such environment or file, or the config breaks the contract.
        RecordingError: the program does what no engine would allow.
    """
    path = file or stack_file(environment)
    if not path.is_file():
        raise BadInputError(f"{path}: there is no such file")
    # The vendor packages take a second to import: not for a file that is wrong.
    from stacks.settings import SettingsError, load_file

    try:
        settings = load_file(path, environment)
    except SettingsError as mistakes:
        raise BadInputError(str(mistakes)) from None

    from delivery.record import record
    from stacks import environment as program

    return record(lambda: program.export(settings), project=PROJECT, stack=environment, outputs=outputs)
