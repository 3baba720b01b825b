from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.node.errors import NodeError
from sandbox.node.processes import Component, Processes
from sandbox.node.waiting import wait_for


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    found = Processes(tmp_path, tmp_path / "logs", os.defpath)
    yield found
    found.end(found.living(), patience=0.1)


def test_waiting_ends_when_the_thing_is_there(processes: Processes) -> None:
    answers = iter(["not yet", None])

    wait_for("the thing", lambda: next(answers), processes, (), 10)

    assert next(answers, "asked no further") == "asked no further"


def test_waiting_for_a_process_that_ended_shows_its_last_words(processes: Processes) -> None:
    processes.ensure(Component("etcd", ("/bin/sh", "-c", "echo address already in use; exit 1")))
    while processes.find("etcd"):
        pass

    with pytest.raises(NodeError) as refusal:
        wait_for("the store", lambda: "no answer", processes, ("etcd",), 10)

    log = processes.log("etcd")
    assert str(refusal.value) == f"the store: etcd ended. Last lines of {log}:\n    address already in use"


def test_waiting_too_long_says_what_was_missing(processes: Processes) -> None:
    processes.ensure(Component("kubelet", ("/bin/sh", "-c", "echo looking around; sleep 300")))
    while not processes.last_lines("kubelet"):
        pass

    with pytest.raises(NodeError) as refusal:
        wait_for("the node", lambda: "it is not ready", processes, ("kubelet",), 0)

    assert str(refusal.value) == (
        "the node did not come within 0 s: it is not ready. "
        f"Last lines of {processes.log('kubelet')}:\n    looking around"
    )


def test_a_probe_that_fails_is_asked_again(processes: Processes) -> None:
    refusals = [NodeError("connection refused")]

    def probe() -> str | None:
        if refusals:
            raise refusals.pop()
        return None

    wait_for("the thing", probe, processes, (), 10)

    assert refusals == []
