"""What is installed and running is what the table of versions says."""

from __future__ import annotations

import json
import subprocess
from importlib import metadata

import pytest

from sandbox.images.catalogue import catalogue
from sandbox.toolchain.paths import ROOT, Paths
from sandbox.toolchain.reported import reported
from sandbox.toolchain.session import Session
from sandbox.toolchain.versions import Versions

pytestmark = pytest.mark.sandbox

PATHS, VERSIONS = Paths.find(), Versions.read()


def make(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--silent", *arguments],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_program_says_that_it_is_of_the_version_of_the_table() -> None:
    built = {part.name for part in Session.open().parts if part.ready()}
    programs = [one for one in reported(PATHS, VERSIONS) if one.part in built]

    assert {one.program: one.actual for one in programs} == {one.program: one.expected for one in programs}
    assert len(programs) > 10


def test_every_python_package_is_of_its_locked_version() -> None:
    lines = [line.split()[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line]
    locked = dict(line.split(";")[0].split("==") for line in lines)

    assert {name: metadata.version(name) for name in locked} == locked


def test_the_node_holds_every_image_that_is_built_for_it() -> None:
    socket = PATHS.run / "containerd/containerd.sock"
    command = [str(PATHS.bin / "ctr"), "--address", str(socket), "--namespace", "k8s.io", "images", "list", "--quiet"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    wanted = {one.reference for one in catalogue(ROOT).values() if (PATHS.images / one.archive).exists()}
    assert wanted <= set(listed)


def test_the_engine_finds_every_plugin_of_the_table() -> None:
    answer = make("shell", stdin="pulumi plugin ls --json\nexit\n")
    found = {plugin["name"]: plugin.get("version") for plugin in json.loads(answer.stdout[answer.stdout.index("[") :])}

    assert {name: found.get(name) for name in VERSIONS.plugins} == dict(VERSIONS.plugins)


def test_nothing_is_left_to_build_after_make_up() -> None:
    session = Session.open()

    assert [part.name for part in session.parts if part.name in session.needed() and not part.ready()] == []


def test_the_exported_lines_set_up_a_shell_in_which_the_engine_and_kubectl_answer() -> None:
    script = 'eval "$(make -s env)" && pulumi stack --show-name && kubectl get node -o name'
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)

    assert done.stdout.splitlines() == ["dev", "node/etl-sandbox"]


def test_each_environment_has_a_stack() -> None:
    listed = make("shell", stdin="pulumi stack ls --json\nexit\n").stdout
    names = {stack["name"].rpartition("/")[2] for stack in json.loads(listed[listed.index("[") :])}

    assert {"dev", "test", "prod"} <= names


def test_a_run_by_hand_in_the_shell_leaves_no_salt_in_the_committed_files() -> None:
    make("shell", stdin="pulumi preview --stack test\nexit\n")

    for stack in ("dev", "test", "prod"):
        assert "encryptionsalt" not in (ROOT / f"Pulumi.{stack}.yaml").read_text()


def test_doctor_finds_everything_and_sees_the_policies_enforced() -> None:
    done = make("doctor")

    assert done.returncode == 0, done.stdout
    assert "Everything is there." in done.stdout
    [policies] = [line for line in done.stdout.splitlines() if "network policies" in line]
    assert policies.split()[:4] == ["ok", "network", "policies", "enforced"]


def test_a_probe_of_two_pods_sees_a_policy_take_effect_and_leaves_nothing() -> None:
    done = make("doctor", "PROBE=1")

    assert "two pods asked each other" in done.stdout
    assert "NOT enforced" not in done.stdout


def test_another_context_with_the_same_cluster_is_taken_as_a_cluster_of_ones_own() -> None:
    """`CONTEXT=` with the sandbox's own context name: the same way that any other cluster takes."""
    script = f"KUBECONFIG={PATHS.kubeconfig} make -s env CONTEXT=etl-sandbox"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    settings = dict(line.removeprefix("export ").split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    assert done.returncode == 0, done.stderr
    assert "/contexts/etl-sandbox-" in settings["KUBECONFIG"]
    assert "/contexts/etl-sandbox-" in settings["PULUMI_BACKEND_URL"]
