"""The engine's promises: nothing to do twice, drift seen and repaired, an interrupted run completed."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox.environment.stack import BOUND, ROOT, Stack

pytestmark = pytest.mark.sandbox


@pytest.fixture
def with_another_database(stack: Stack) -> Iterator[Path]:
    """The dev stack's config and one database more, which is removed again."""
    yield stack.config({"name": "added"})
    stack.remove({"name": "added"})


def test_a_second_up_changes_nothing_and_its_preview_says_so(stack: Stack) -> None:
    stack.pulumi("up", "--yes", "--expect-no-changes")


@pytest.mark.parametrize("environment", ["test", "prod"])
def test_the_other_environments_preview(stack: Stack, environment: str) -> None:
    other = Stack(environment, stack.folder)
    other.pulumi("stack", "select", "--create")
    said = other.pulumi("preview").stdout
    assert "to create" in said
    assert "error" not in said.lower()


def test_drift_made_by_hand_is_seen_by_refresh_and_repaired_by_up(stack: Stack) -> None:
    name, namespace = "cases-config", "epidemiology-data"
    before = stack.cluster.read_namespaced_config_map(name, namespace).data
    stack.cluster.patch_namespaced_config_map(name, namespace, {"data": {"pg_hba.conf": "hostssl all all all trust\n"}})
    server = stack.secret("epidemiology-data/cases-server")
    with stack.connect("cases", "owner", user="postgres", password=server["superuser-password"]) as superuser:
        superuser.execute("GRANT CONNECT ON DATABASE cases TO PUBLIC")

    seen = stack.pulumi("refresh", "--yes", "--diff").stdout
    assert "epidemiology-cases-config" in seen
    assert "epidemiology-cases-public" in seen

    stack.up()
    assert stack.cluster.read_namespaced_config_map(name, namespace).data == before
    with stack.connect("cases", "owner") as owner:
        granted = owner.execute(
            "SELECT privilege_type FROM pg_database, aclexplode(datacl) WHERE datname = 'cases' AND grantee = 0"
        ).fetchall()
    assert granted == []
    stack.up("--expect-no-changes")


def test_an_up_that_is_killed_half_way_is_completed_by_the_next(stack: Stack, with_another_database: Path) -> None:
    running = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack.name, "--non-interactive",
         "--config-file", str(with_another_database)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for_server(stack, "added", running)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()

    stack.pulumi("cancel", "--yes", check=False)  # the killed run's lock
    stack.up("--config-file", str(with_another_database))
    stack.__dict__.pop("outputs", None)
    with stack.connect("added", "writer") as writer:
        assert writer.execute("SELECT current_database()").fetchall() == [("added",)]
    stack.up("--expect-no-changes", "--config-file", str(with_another_database))


def test_a_removed_database_stops_the_preview_with_the_reason(stack: Stack) -> None:
    asked: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    asked["config"]["etl-platform:teams"][1]["databases"][0]["name"] = "renamed"
    path = stack.folder / "renamed.yaml"
    path.write_text(yaml.safe_dump(asked))
    refused = stack.pulumi("preview", "--config-file", str(path), check=False)
    assert refused.returncode != 0
    assert "database figures of team reporting: deployed, and no longer asked for" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr


def test_a_mistake_in_the_config_stops_the_preview_without_a_traceback(stack: Stack) -> None:
    asked: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    asked["config"]["etl-platform:teams"][0]["databases"][0]["size"] = "smal"
    path = stack.folder / "mistaken.yaml"
    path.write_text(yaml.safe_dump(asked))
    refused = stack.pulumi("preview", "--config-file", str(path), check=False)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "teams[0].databases[0].size" in said
    assert "Did you mean small?" in said
    assert "Traceback" not in said


def wait_for_server(stack: Stack, name: str, running: subprocess.Popen[bytes]) -> None:
    """Return as soon as a pod of the server exists, while the engine still waits for it."""
    deadline = time.monotonic() + BOUND
    selector = f"app.kubernetes.io/name={name},app.kubernetes.io/component=database"
    while time.monotonic() < deadline:
        assert running.poll() is None, "the engine finished before it could be interrupted"
        if stack.cluster.list_namespaced_pod("reporting-data", label_selector=selector).items:
            return
        time.sleep(0.2)
    raise AssertionError(f"no pod of {name} appeared")
