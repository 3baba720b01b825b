"""Programs run as under the vendor's language host, seen through the real engine."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.sandbox.plugins.harness import Project

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("language"), "words")


def test_a_program_sees_its_project_config_arguments_and_folder(project: Project) -> None:
    project.run("config", "set", "plain", "a")
    project.run("config", "set", "--secret", "hidden", "Unguessable-3")
    (project.folder / "neighbour.py").write_text("WORD = 'found'\n")
    project.write(
        """
import os, sys
import pulumi
import neighbour

config = pulumi.Config()
print("printed by the program")
pulumi.export("word", neighbour.WORD)
pulumi.export("plain", config.require("plain"))
pulumi.export("hidden", config.require_secret("hidden"))
pulumi.export("names", [pulumi.get_project(), pulumi.get_stack()])
pulumi.export("folder", os.path.basename(os.getcwd()))
pulumi.export("environment", [value for value in os.environ.values() if "Unguessable-3" in value])
pulumi.export("dry", pulumi.runtime.is_dry_run())
pulumi.export("shadowed", [name for name in ("program", "host", "server") if name in sys.modules])
"""
    )
    result = project.up()
    assert "printed by the program" in result.text
    assert "Unguessable-3" not in result.text
    assert project.outputs() == {
        "word": "found",
        "plain": "a",
        "hidden": "Unguessable-3",
        "names": ["words", "test"],
        "folder": "words",
        "environment": [],
        "dry": False,
        "shadowed": [],
    }


def test_an_error_of_the_program_is_shown_from_its_own_first_line_on(project: Project) -> None:
    project.write("def fail():\n    raise ValueError('no such size')\n\n\nfail()\n")
    result = project.up(fails=True)
    assert "Program failed with an unhandled exception:" in result.text
    assert "ValueError: no such size" in result.text
    assert "runpy" not in result.text, "the host's own frames help nobody"
    assert "non-zero exit code" not in result.text, "the person has been told already"


def test_a_run_error_is_a_message_without_a_traceback(project: Project) -> None:
    project.write("import pulumi\nraise pulumi.RunError('teams[0].name: expected a word')\n")
    text = project.up(fails=True).text
    assert "error: teams[0].name: expected a word" in text
    assert "Traceback" not in text


def test_a_program_that_ends_by_itself_gives_its_exit_code(project: Project) -> None:
    project.write("import os\nos._exit(3)\n")
    assert "Program exited with non-zero exit code: 3" in project.up(fails=True).text


def test_a_program_that_is_not_there_is_named(project: Project) -> None:
    main = project.folder / "__main__.py"
    main.unlink()
    text = project.up(fails=True).text
    assert "unable to find main python program `__main__.py`" in text
    assert "Traceback" not in text


def test_an_interrupted_program_ends_without_a_traceback(project: Project) -> None:
    mark = project.folder / "started"
    project.write(f"import pathlib, time\npathlib.Path({str(mark)!r}).touch()\ntime.sleep(600)\n")
    engine = project.start("up", "--yes", "--skip-preview")
    end = time.monotonic() + 120
    while not mark.exists():
        assert time.monotonic() < end, "the program never started"
        time.sleep(0.1)
    os.kill(engine.pid, signal.SIGINT)
    text, _ = engine.communicate(timeout=120)
    assert engine.returncode != 0
    assert "Traceback" not in text
    assert "KeyboardInterrupt" not in text
    alive = [entry for entry in Path("/proc").glob("[0-9]*/cwd") if entry.resolve() == project.folder]
    assert not alive, "the program outlives its engine"
