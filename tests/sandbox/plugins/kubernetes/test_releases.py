"""Helm releases on the real engine, by the real Helm."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.toolchain.paths import Paths
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.charts import GROUP, write_chart
from tests.sandbox.plugins.kubernetes.sandbox import PREAMBLE, Namespace

pytestmark = pytest.mark.sandbox

RELEASE = """
release = k8s.helm.v3.Release("note", name="note", namespace=namespace, chart="note", version={version!r},
    repository_opts=k8s.helm.v3.RepositoryOptsArgs(repo="https://charts.example.org"), timeout=60,
    values={values}, {more}opts=inside)
pulumi.export("status", release.status)
"""
MEMO = f"""
k8s.apiextensions.CustomResource("memo", api_version="{GROUP}/v1", kind="Memo",
    metadata=dict(name="memo", namespace=namespace), spec=dict(text="hello"),
    opts=ResourceOptions(depends_on=[release]))
"""


def declared(values: str = '{"text": "one"}', version: str = "1.0.0", more: str = "") -> str:
    return PREAMBLE + RELEASE.format(values=values, version=version, more=more)


@pytest.fixture(autouse=True)
def charts(project: Project, tmp_path: Path, namespace: Namespace) -> Iterator[None]:
    """A cache whose charts are ours; its programs are the real ones."""
    assert (Paths.find().bin / "helm").exists(), "Helm is not built: `make build PART=helm`"
    cache = tmp_path / "cache"
    for version in ("1.0.0", "1.1.0"):
        write_chart(cache / "charts", version)
    (cache / "bin").symlink_to(Paths.find().bin)
    project.environment["ETL_PLATFORM_CACHE"] = str(cache)
    yield
    api = namespace.cluster.api("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    assert api
    if namespace.cluster.get(api, None, f"memos.{GROUP}"):
        namespace.cluster.connection.request("DELETE", api.path(None, f"memos.{GROUP}"))


def helm(project: Project, namespace: Namespace, *words: str) -> str:
    command = [str(Paths.find().bin / "helm"), *words, f"--namespace={namespace.name}"]
    done = subprocess.run(command, env=project.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def text_of(namespace: Namespace) -> Any:
    found = namespace.get("v1", "ConfigMap", "note")
    return found and found["data"]["text"]


def test_a_release_comes_changes_and_goes(project: Project, namespace: Namespace) -> None:
    project.write(declared() + MEMO)
    # Nothing of it is there: no namespace, and the kind of the custom resource is not known yet.
    assert project.preview().changes == {"create": 3}
    assert project.up().changes == {"create": 3}
    assert project.outputs()["status"]["status"] == "deployed"
    assert text_of(namespace) == "one"
    assert namespace.get(f"{GROUP}/v1", "Memo", "memo")
    assert project.up().changes == {}

    project.write(declared('{"text": "two"}') + MEMO)
    preview = project.preview()
    assert preview.changes == {"update": 1}
    [step] = [step for step in preview.steps if step["op"] == "update"]
    assert set(step["detailedDiff"]) == {"values.text"}
    assert project.up().changes == {"update": 1}
    assert text_of(namespace) == "two"

    project.write(declared('{"text": "two"}', "1.1.0") + MEMO)
    result = project.up()
    assert result.changes == {"update": 1}
    assert "custom resource definitions as they were first installed" in result.text
    assert project.outputs()["status"]["version"] == "1.1.0"

    project.destroy()
    assert namespace.get("v1", "ConfigMap", "note") is None


@pytest.mark.parametrize(
    ("values", "more", "message"),
    [
        ("{}", "keyring='x', ", "the offline plugin knows no such property; it knows atomic, chart"),
        ('{"text": 7}', "", "got number, want string"),
    ],
)
def test_what_the_chart_or_the_plugin_does_not_take_is_refused_in_the_preview(
    project: Project, values: str, more: str, message: str
) -> None:
    project.write(declared(values, more=more))
    text = project.preview(fails=True).text
    assert message in text
    assert "Traceback" not in text


def test_a_chart_that_is_not_there_is_named_beside_those_that_are(project: Project) -> None:
    project.write(declared(version="2.0.0"))
    text = project.preview(fails=True).text
    assert "chart note 2.0.0: repositories cannot be reached from here" in text
    assert "note-1.0.0, note-1.1.0" in text


def test_what_somebody_changed_by_hand_is_seen_and_put_right(project: Project, namespace: Namespace) -> None:
    project.write(declared())
    project.up()
    chart = f"{project.environment['ETL_PLATFORM_CACHE']}/charts/note-1.0.0"
    helm(project, namespace, "upgrade", "note", chart, "--set=text=other")
    assert text_of(namespace) == "other"
    assert project.refresh().changes == {"update": 1}
    assert project.up().changes == {"update": 1}
    assert text_of(namespace) == "one"

    helm(project, namespace, "uninstall", "note")
    assert project.refresh().changes == {"delete": 1}
    assert project.up().changes == {"create": 1}
    assert text_of(namespace) == "one"


def test_a_secret_value_is_nowhere_in_clear(project: Project, namespace: Namespace) -> None:
    project.write(declared('{"text": pulumi.Output.secret("correct horse")}'))
    result = project.up()
    assert text_of(namespace) == "correct horse"
    assert "correct horse" not in project.state_text()
    assert "correct horse" not in result.text


def test_an_atomic_release_that_fails_leaves_nothing_and_is_tried_again(project: Project, namespace: Namespace) -> None:
    project.write(declared('{"broken": True}', more="atomic=True, ").replace("timeout=60", "timeout=5"))
    text = project.up(fails=True).text
    assert "helm upgrade" in text
    assert text_of(namespace) is None
    project.write(declared(more="atomic=True, "))
    assert project.up().changes == {"create": 1}
    assert text_of(namespace) == "one"


def test_a_release_that_fails_is_kept_and_repaired(project: Project, namespace: Namespace) -> None:
    project.write(declared('{"text": "one", "broken": True}').replace("timeout=60", "timeout=5"))
    project.up(fails=True)
    assert text_of(namespace) == "one"
    project.write(declared())
    assert project.up().changes == {"update": 1}
    assert project.outputs()["status"]["status"] == "deployed"


def test_a_release_of_somebody_else_is_left_alone(project: Project, namespace: Namespace) -> None:
    project.write(PREAMBLE)
    project.up()
    chart = f"{project.environment['ETL_PLATFORM_CACHE']}/charts/note-1.0.0"
    helm(project, namespace, "install", "note", chart, "--set=text=theirs")
    project.write(declared())
    assert "exists already and is not this resource's" in project.up(fails=True).text
    assert text_of(namespace) == "theirs"
    project.run(
        "import",
        "--yes",
        "kubernetes:helm.sh/v3:Release",
        "note",
        f"{namespace.name}/note",
        "--protect=false",
        "--generate-code=false",
    )
    project.up()
    assert text_of(namespace) == "one"


def test_a_run_that_is_killed_is_simply_run_again(project: Project, namespace: Namespace) -> None:
    project.write(declared())
    project.up()
    chart = f"{project.environment['ETL_PLATFORM_CACHE']}/charts/note-1.0.0"
    # Killed outright, Helm leaves the release under way.
    program = [str(Paths.find().bin / "helm"), "upgrade", "note", chart, "--set=broken=true", "--wait", "--timeout=60s"]
    process = subprocess.Popen([*program, f"--namespace={namespace.name}"], env={**os.environ, **project.environment})
    try:
        while "pending-upgrade" not in helm(project, namespace, "list", "--pending"):
            assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    project.write(declared('{"text": "two"}'))
    result = project.up()
    assert "was left pending-upgrade by an interrupted run: cleared" in result.text
    assert text_of(namespace) == "two"
