from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.node.errors import NodeError
from sandbox.node.processes import Component, Processes

SLEEP = ("/bin/sleep", "300")


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    found = Processes(tmp_path, tmp_path / "logs", os.defpath)
    yield found
    found.end(found.living(), patience=0.1)


def test_a_running_component_is_left_alone(processes: Processes) -> None:
    assert processes.ensure(Component("sleeper", SLEEP))
    first = processes.find("sleeper")

    assert not processes.ensure(Component("sleeper", SLEEP))
    assert first is not None
    assert processes.find("sleeper") == first


def test_a_component_can_be_found_as_soon_as_it_was_started(processes: Processes) -> None:
    # Its environment becomes readable a moment after the kernel says that it runs.
    names = [f"sleeper-{number}" for number in range(30)]
    for name in names:
        processes.ensure(Component(name, SLEEP))
        assert processes.find(name) is not None


def test_a_component_with_other_arguments_is_restarted(processes: Processes) -> None:
    processes.ensure(Component("sleeper", SLEEP))
    first = processes.find("sleeper")

    assert processes.ensure(Component("sleeper", ("/bin/sleep", "301")))
    second = processes.find("sleeper")
    assert first is not None
    assert second is not None
    assert first.pid != second.pid
    assert len(processes.living()) == 1


def test_a_component_whose_configuration_changed_is_restarted(processes: Processes, tmp_path: Path) -> None:
    configuration = tmp_path / "configuration"
    configuration.write_text("one")
    processes.ensure(Component("sleeper", SLEEP, (configuration,)))
    configuration.write_text("two")

    assert processes.ensure(Component("sleeper", SLEEP, (configuration,)))


def test_a_killed_component_is_found_dead_although_nobody_waited_for_it(processes: Processes) -> None:
    processes.ensure(Component("sleeper", SLEEP))
    found = processes.find("sleeper")
    assert found is not None

    os.kill(found.pid, 9)
    while processes.find("sleeper"):
        pass
    assert processes.ensure(Component("sleeper", SLEEP))


def test_the_processes_of_another_sandbox_are_not_ours(processes: Processes, tmp_path: Path) -> None:
    # One path is the beginning of the other.
    other = Processes(tmp_path.with_name(tmp_path.name + "-other"), tmp_path / "logs", os.defpath)
    (tmp_path.with_name(tmp_path.name + "-other")).mkdir()
    other.ensure(Component("sleeper", SLEEP))
    try:
        assert processes.living() == []
        processes.end(other.living(), patience=0.1)
        assert other.find("sleeper") is not None
    finally:
        other.end(other.living(), patience=0.1)


def test_a_process_without_the_mark_is_not_ours(processes: Processes) -> None:
    with subprocess.Popen(SLEEP) as foreign:
        try:
            assert foreign.pid not in {p.pid for p in processes.living()}
        finally:
            foreign.kill()


def test_a_child_of_a_component_is_ours_but_not_the_component(processes: Processes) -> None:
    processes.ensure(Component("parent", ("/bin/sh", "-c", "/bin/sleep 300 & wait")))
    while len(processes.living()) < 2:
        pass

    leaders = [p for p in processes.living() if p.leader]
    assert len(leaders) == 1
    found = processes.find("parent")
    assert found == leaders[0]


def test_a_component_that_ignores_a_polite_request_is_killed(processes: Processes) -> None:
    ignore = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"
    )
    processes.ensure(Component("deaf", (sys.executable, "-c", ignore)))
    while "deaf" not in "".join(processes.last_lines("deaf")):
        pass

    processes.end(processes.living(), patience=0.1)
    assert processes.living() == []


def test_a_component_inherits_nothing_of_the_callers_environment(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    processes.ensure(Component("sleeper", SLEEP))
    found = processes.find("sleeper")
    assert found is not None

    assert b"proxy.invalid" not in Path(f"/proc/{found.pid}/environ").read_bytes()


def test_a_program_that_is_not_there_is_named(processes: Processes, tmp_path: Path) -> None:
    with pytest.raises(NodeError) as refusal:
        processes.ensure(Component("ghost", (str(tmp_path / "ghost"),)))

    assert str(refusal.value) == f"ghost cannot be started: {tmp_path}/ghost: No such file or directory"


def test_the_log_before_the_last_start_is_kept(processes: Processes) -> None:
    processes.ensure(Component("speaker", ("/bin/sh", "-c", "echo first")))
    while processes.last_lines("speaker") != ["first"] or processes.find("speaker"):
        pass
    processes.ensure(Component("speaker", ("/bin/sh", "-c", "echo second")))
    while processes.last_lines("speaker") != ["second"]:
        pass

    assert processes.log("speaker").with_suffix(".log.1").read_text() == "first\n"
