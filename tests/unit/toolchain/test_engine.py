from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.toolchain.engine import PROJECT, Project
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.plugins import Origin, install_ours, installed
from sandbox.toolchain.salt import OwnSalt
from sandbox.toolchain.versions import Versions

CONFIG = "config:\n  etl-platform:domain: dev.example.com\n"
SALT = "encryptionsalt: v1:abc:v1:def\n"


def stack_file(root: Path, text: str) -> Path:
    file = root / "Pulumi.dev.yaml"
    file.write_text(text)
    return file


def test_a_salt_that_the_engine_writes_does_not_stay(tmp_path: Path) -> None:
    file = stack_file(tmp_path, CONFIG)

    with OwnSalt(tmp_path, tmp_path / "state"):
        file.write_text(SALT + CONFIG)

    assert file.read_text() == CONFIG


def test_a_foreign_salt_is_put_aside_and_comes_back(tmp_path: Path) -> None:
    file = stack_file(tmp_path, SALT + CONFIG)

    with OwnSalt(tmp_path, tmp_path / "state"):
        assert file.read_text() == CONFIG
        file.write_text("encryptionsalt: v1:ours\n" + CONFIG)

    assert file.read_text() == SALT + CONFIG


def test_a_salt_of_our_own_that_a_killed_run_left_goes(tmp_path: Path) -> None:
    file = stack_file(tmp_path, CONFIG + SALT)
    state = tmp_path / "state/.pulumi/stacks" / PROJECT
    state.mkdir(parents=True)
    (state / "dev.json").write_text(json.dumps({"secrets_providers": {"state": {"salt": SALT.split()[1]}}}))

    with OwnSalt(tmp_path, tmp_path / "state"):
        assert file.read_text() == CONFIG

    assert file.read_text() == CONFIG


def test_a_person_who_edits_the_file_meanwhile_keeps_their_edit(tmp_path: Path) -> None:
    file = stack_file(tmp_path, CONFIG)

    with OwnSalt(tmp_path, tmp_path / "state"):
        file.write_text(SALT + CONFIG + "  etl-platform:teams: []\n")

    assert file.read_text() == CONFIG + "  etl-platform:teams: []\n"


def test_a_salt_that_secrets_depend_on_is_left_alone(tmp_path: Path) -> None:
    text = SALT + CONFIG + "  etl-platform:token:\n    secure: v1:xyz\n"
    file = stack_file(tmp_path, text)

    with OwnSalt(tmp_path, tmp_path / "state"):
        assert file.read_text() == text

    assert file.read_text() == text


def test_the_file_of_a_stack_that_another_run_works_with_is_left_alone(tmp_path: Path) -> None:
    file = stack_file(tmp_path, SALT + CONFIG)

    with OwnSalt(tmp_path, tmp_path / "state", ["local"]):
        assert file.read_text() == SALT + CONFIG
        file.write_text(SALT + CONFIG + "  etl-platform:teams: []\n")

    assert file.read_text() == SALT + CONFIG + "  etl-platform:teams: []\n"


@pytest.fixture
def engine(tmp_path: Path) -> Project:
    """An engine that writes down what it is asked, which is all that this module's decisions can be seen by."""
    program = tmp_path / "pulumi"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    program.chmod(0o755)
    return Project(tmp_path, program, dict(os.environ), tmp_path / "state")


def asked(project: Project) -> list[str]:
    file = project.root / "asked"
    return file.read_text().splitlines() if file.exists() else []


def lock(project: Project, content: object) -> None:
    assert project.state is not None
    folder = project.state / ".pulumi/locks/organization" / PROJECT / "dev"
    folder.mkdir(parents=True)
    (folder / "0.json").write_text(json.dumps(content))


def test_the_lock_of_a_killed_run_is_cancelled(engine: Project) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lock(engine, {"pid": ended.pid, "hostname": socket.gethostname()})

    assert engine.recover("dev") == ["a run that was killed had left its lock"]
    assert asked(engine) == ["cancel dev --yes --non-interactive --color=never"]


def test_the_lock_of_another_machine_is_respected(engine: Project) -> None:
    lock(engine, {"pid": 4711, "hostname": "another-machine"})

    with pytest.raises(ToolchainError, match="is being changed by process 4711"):
        engine.recover("dev")
    assert asked(engine) == []


def test_a_lock_whose_number_was_given_to_another_program_is_cancelled(engine: Project) -> None:
    lock(engine, {"pid": os.getpid(), "hostname": socket.gethostname()})

    assert engine.recover("dev") == ["a run that was killed had left its lock"]


def test_after_an_orderly_run_nothing_is_cleared(engine: Project) -> None:
    assert engine.recover("dev") == []
    assert asked(engine) == []


def test_what_the_engine_refuses_is_told_in_its_own_words(engine: Project) -> None:
    engine.program.write_text("#!/bin/sh\necho 'error: incorrect passphrase' >&2; exit 255\n")

    with pytest.raises(ToolchainError, match=r"^pulumi stack output --stack dev --json: error: incorrect passphrase$"):
        engine.outputs("dev")


def test_every_plugin_of_the_table_and_the_language_host_start_from_the_engines_home(tmp_path: Path) -> None:
    paths, versions = Paths(tmp_path), Versions.read()
    (tmp_path / "venv/bin").mkdir(parents=True)
    paths.python.symlink_to(sys.executable)
    assert not installed(paths, versions, Origin.OURS)

    install_ours(paths, versions)

    assert installed(paths, versions, Origin.OURS)
    for package, version in versions.plugins.items():
        launcher = paths.pulumi_home / f"plugins/resource-{package}-v{version}/pulumi-resource-{package}"
        assert os.access(launcher, os.X_OK)
        assert str(paths.root) in launcher.read_text()
    assert (paths.pulumi_home / "plugins/language-python-v0.0.1/pulumi-language-python").exists()


def test_a_newer_plugin_version_takes_the_place_of_the_older(tmp_path: Path) -> None:
    paths, versions = Paths(tmp_path), Versions.read()
    old = paths.pulumi_home / "plugins/resource-tls-v0.0.1"
    old.mkdir(parents=True)

    install_ours(paths, versions)

    assert not old.exists()


def test_stacks_that_exist_are_not_asked_for_and_missing_ones_are_made(engine: Project) -> None:
    assert engine.state is not None
    stacks = engine.state / ".pulumi/stacks" / PROJECT
    stacks.mkdir(parents=True)
    for name in ("dev.json", "dev.json.bak", "prod.json"):
        (stacks / name).touch()

    engine.select("dev")

    assert [line.replace(" --non-interactive --color=never", "") for line in asked(engine)] == [
        "stack init test --no-select",
        "stack select dev",
    ]
