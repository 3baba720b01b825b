from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.agent import store as store_module
from sandbox.agent.api import Api, ApiError
from sandbox.agent.objects import Namespace, parse_namespace
from sandbox.agent.store import Store
from tests.unit.agent.server import Script, listing, namespace, serving


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "FIRST_PAUSE", 0.01)


@contextmanager
def watching(script: Script, folder: Path, removed: list[str] | None = None) -> Iterator[Callable[..., None]]:
    """A store that follows a script; yields a way to wait for the names that it should come to hold."""
    with serving(script, folder) as kubeconfig:
        gone = [] if removed is None else removed

        def note(namespace: Namespace) -> None:
            gone.append(namespace.name)

        store = Store(Api(kubeconfig), "/api/v1/namespaces", parse_namespace, lambda: None, note)
        store.start()

        def holds(*names: str) -> None:
            deadline = time.monotonic() + 5
            while sorted(found.name for found in store.objects()) != sorted(names) or script.watches:
                assert time.monotonic() < deadline, (store.objects(), script.asked)
                time.sleep(0.005)

        yield holds
        store.stop()


def test_a_store_holds_what_was_listed_and_what_happened_since(tmp_path: Path) -> None:
    script = Script(
        [listing(5, namespace("a", 1), namespace("b", 2))],
        [
            [
                {"type": "ADDED", "object": namespace("c", 6)},
                {"type": "DELETED", "object": namespace("a", 7)},
                {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}},
            ]
        ],
    )
    removed: list[str] = []
    with watching(script, tmp_path, removed) as holds:
        holds("b", "c")
    assert removed == ["a"]


def test_after_a_watch_that_ended_the_next_goes_on_where_it_was(tmp_path: Path) -> None:
    script = Script(
        [listing(5)],
        [
            [{"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}}],
            [{"type": "ADDED", "object": namespace("a", 10)}],
        ],
    )
    with watching(script, tmp_path) as holds:
        holds("a")
    assert [path for path in script.asked if "watch=1" not in path] == ["/api/v1/namespaces?limit=500"]
    assert "resourceVersion=9" in script.asked[2]


def test_a_version_that_is_too_old_means_to_list_again(tmp_path: Path) -> None:
    gone = {"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}
    script = Script([listing(5, namespace("a", 1)), listing(50, namespace("b", 40))], [[gone], []])
    removed: list[str] = []
    with watching(script, tmp_path, removed) as holds:
        holds("b")
    assert removed == ["a"]


def test_a_connection_that_breaks_in_the_middle_of_an_event_means_to_list_again(tmp_path: Path) -> None:
    script = Script([listing(5), listing(6, namespace("a", 6))], [[None], []])
    with watching(script, tmp_path) as holds:
        holds("a")


def test_a_server_that_refuses_is_asked_again_until_it_answers(tmp_path: Path) -> None:
    script = Script([503, 500, listing(5, namespace("a", 1))], [[]])
    with watching(script, tmp_path) as holds:
        holds("a")


def test_a_list_in_pages_is_read_to_its_end(tmp_path: Path) -> None:
    script = Script([listing(5, namespace("a", 1), more="next"), listing(5, namespace("b", 2))], [[]])
    with watching(script, tmp_path) as holds:
        holds("a", "b")
    assert script.asked[1] == "/api/v1/namespaces?limit=500&continue=next"


def test_a_refusal_says_what_was_asked_and_why_not(tmp_path: Path) -> None:
    script = Script([403], [])
    with serving(script, tmp_path) as kubeconfig, pytest.raises(ApiError, match="GET /api/v1/pods: not now") as refused:
        Api(kubeconfig).call("GET", "/api/v1/pods")
    assert refused.value.status == 403
