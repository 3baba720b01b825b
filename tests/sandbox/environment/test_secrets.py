"""No secret in plain text: not in the state, not in what the engine prints, not in logs, not in `ps`."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.sandbox.environment.stack import Stack

pytestmark = pytest.mark.sandbox
NAMESPACES = ("platform-identity", "epidemiology-data", "reporting-data")


@pytest.fixture(scope="session")
def secrets(stack: Stack) -> dict[str, str]:
    """Every password and key of the environment: where it lies, and a piece of it that nothing else contains."""
    found: dict[str, str] = {}
    for namespace in NAMESPACES:
        for each in stack.cluster.list_namespaced_secret(namespace).items:
            reference = f"{namespace}/{each.metadata.name}"
            for key, value in stack.secret(reference).items():
                if key.endswith(("password", "-secret")):
                    found[f"{reference}:{key}"] = value
                elif key.endswith(".key"):
                    found[f"{reference}:{key}"] = value.splitlines()[1]
                elif key == "keycloak.conf":
                    found |= {
                        f"{reference}:{line.split('=')[0]}": line.split("=", 1)[1]
                        for line in value.splitlines()
                        if line.partition("=")[0].endswith(("-password", "-secret"))
                    }
    assert len(found) > 12
    assert all(len(value) >= 32 for value in found.values())
    return found


def absent(secrets: dict[str, str], text: str, where: str) -> None:
    leaked = [name for name, value in secrets.items() if value in text]
    assert not leaked, f"{where} holds {leaked}"


def state_files() -> Iterator[Path]:
    location = urlsplit(os.environ["PULUMI_BACKEND_URL"])
    assert location.scheme == "file"
    yield from (path for path in Path(unquote(location.path)).rglob("*") if path.is_file())


def test_the_state_holds_none(secrets: dict[str, str]) -> None:
    files = list(state_files())
    assert any(path.name.startswith("dev.json") for path in files)
    for path in files:
        raw = path.read_bytes()
        absent(secrets, (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode(errors="replace"), path.name)


def test_previews_and_outputs_show_none(stack: Stack, secrets: dict[str, str]) -> None:
    absent(secrets, stack.pulumi("preview", "--diff", "--show-sames", "--refresh").stdout, "the preview")
    absent(secrets, stack.pulumi("stack", "output", "--json").stdout, "the outputs")
    absent(secrets, stack.pulumi("stack", "export").stdout, "the exported stack")


def test_logs_of_the_servers_hold_none(stack: Stack, secrets: dict[str, str]) -> None:
    read = 0
    for namespace in NAMESPACES:
        for pod in stack.cluster.list_namespaced_pod(namespace).items:
            for container in [*(pod.spec.init_containers or []), *pod.spec.containers]:
                log = stack.cluster.read_namespaced_pod_log(pod.metadata.name, namespace, container=container.name)
                absent(secrets, log, f"the log of {pod.metadata.name}/{container.name}")
                read += bool(log)
    assert read >= 4


def test_no_process_shows_one_in_its_arguments(secrets: dict[str, str]) -> None:
    shown = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            shown.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has just ended
    assert any("postgres" in line for line in shown)
    assert any("keycloak" in line for line in shown)
    absent(secrets, "\n".join(shown), "the process list")
