from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.toolchain.commands import Commands
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.parts import Lane, Part, When, select
from sandbox.toolchain.progress import Display
from sandbox.toolchain.scheduler import PLACES, Scheduler
from sandbox.toolchain.timings import Timings


def part(
    folder: Path, name: str, *needs: str, lane: Lane = Lane.OTHER, make: Callable[[], None] | None = None, **more: float
) -> Part:
    """A part that is ready when its file is there."""
    file = folder / name
    return Part(
        name=name, title=f"making {name}", ready=file.exists, make=make or file.touch, needs=needs, lane=lane,
        expected=more.get("expected"),
    )  # fmt: skip


def scheduler(commands: Commands | None = None, **seconds: float) -> Scheduler:
    return Scheduler(Display(io.StringIO()), seconds, stop=commands.stop if commands else lambda: None)


def test_every_part_comes_after_what_it_needs(tmp_path: Path) -> None:
    order: list[str] = []

    def making(name: str) -> Callable[[], None]:
        def make() -> None:
            order.append(name)
            (tmp_path / name).touch()

        return make

    needs = {"image": ("program", "base"), "program": ("modules",), "base": (), "modules": ()}
    scheduler().run([part(tmp_path, name, *below, make=making(name)) for name, below in needs.items()])

    assert sorted(order) == sorted(needs)
    assert all(order.index(below) < order.index(name) for name in needs for below in needs[name])


def test_what_goes_with_the_old_one_is_made_anew_after_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "link").touch()

    def environment() -> None:
        (tmp_path / "link").unlink()  # it lay in the environment that this one takes the place of
        (tmp_path / "environment").touch()

    scheduler().run([part(tmp_path, "environment", make=environment), part(tmp_path, "link", "environment")])

    assert (tmp_path / "link").exists()


def test_what_is_ready_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "there").touch()

    def refuse() -> None:
        raise AssertionError("made again")

    scheduler().run([part(tmp_path, "there", make=refuse), part(tmp_path, "missing", "there")])

    assert (tmp_path / "missing").exists()


def test_one_compiler_runs_at_a_time_and_downloads_run_beside_it(tmp_path: Path) -> None:
    lock = threading.Lock()
    running: dict[Lane, int] = dict.fromkeys(Lane, 0)
    most: dict[Lane, int] = dict.fromkeys(Lane, 0)
    both = threading.Event()

    def making(name: str, lane: Lane) -> Callable[[], None]:
        def make() -> None:
            with lock:
                running[lane] += 1
                most[lane] = max(most[lane], running[lane])
                if all(running.values()):
                    both.set()
            both.wait(10)
            with lock:
                running[lane] -= 1
            (tmp_path / name).touch()

        return make

    parts = [
        part(tmp_path, f"{lane}-{number}", lane=lane, make=making(f"{lane}-{number}", lane))
        for number in range(PLACES[Lane.OTHER] + 2)
        for lane in Lane
    ]
    scheduler().run(parts)

    assert both.is_set()
    assert most[Lane.COMPILER] == 1
    assert most[Lane.OTHER] <= PLACES[Lane.OTHER]


def test_the_part_with_the_longest_way_behind_it_starts_first(tmp_path: Path) -> None:
    order: list[str] = []
    parts = []
    for name, needs in {"short": (), "long": (), "first": (), "last": ("first",)}.items():

        def make(name: str = name) -> None:
            order.append(name)
            (tmp_path / name).touch()

        parts.append(part(tmp_path, name, *needs, lane=Lane.COMPILER, make=make))

    scheduler(short=1, long=50, first=10, last=100).run(parts)

    assert order == ["first", "last", "long", "short"]


def test_a_short_compilation_that_others_wait_for_goes_before_a_long_one_that_ends_its_way(tmp_path: Path) -> None:
    order: list[str] = []

    def making(name: str) -> Callable[[], None]:
        def make() -> None:
            order.append(name)
            (tmp_path / name).touch()

        return make

    parts = [
        part(tmp_path, "engine", lane=Lane.COMPILER, make=making("engine")),
        part(tmp_path, "dns", lane=Lane.COMPILER, make=making("dns")),
        part(tmp_path, "node", "dns", make=making("node")),
    ]
    scheduler(engine=290, dns=20, node=20).run(parts)

    assert order.index("dns") < order.index("engine")


def test_a_failure_stops_what_runs_and_starts_nothing_more(tmp_path: Path) -> None:
    commands = Commands(tmp_path / "logs")
    started = threading.Event()

    def endless() -> None:
        started.set()
        commands.run("endless", ["sleep", "600"])

    def fail() -> None:
        started.wait(10)
        raise ToolchainError("the disk is full")

    parts = [
        part(tmp_path, "endless", make=endless),
        part(tmp_path, "failing", lane=Lane.COMPILER, make=fail, expected=100),
        part(tmp_path, "later", lane=Lane.COMPILER),
    ]
    with pytest.raises(ToolchainError, match=r"^failing: the disk is full$"):
        scheduler(commands).run(parts)

    assert not (tmp_path / "later").exists()


def test_after_a_failure_the_next_run_makes_only_what_is_left(tmp_path: Path) -> None:
    broken = [True]
    made: list[str] = []

    def flaky() -> None:
        if broken:
            raise ToolchainError("no network")
        (tmp_path / "flaky").touch()

    def steady() -> None:
        made.append("steady")
        (tmp_path / "steady").touch()

    parts = [part(tmp_path, "steady", make=steady), part(tmp_path, "flaky", "steady", make=flaky)]
    with pytest.raises(ToolchainError):
        scheduler().run(parts)
    broken.clear()
    scheduler().run(parts)

    assert made == ["steady"]
    assert (tmp_path / "flaky").exists()


def test_a_part_that_was_made_and_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="ghost was made and is still not there"):
        scheduler().run([part(tmp_path, "ghost", make=lambda: None)])


def test_parts_that_need_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="in a circle: a → b → a"):
        scheduler().run([part(tmp_path, "a", "b"), part(tmp_path, "b", "a")])


def test_a_need_that_is_no_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="a needs nothing-known"):
        scheduler().run([part(tmp_path, "a", "nothing-known")])


def test_measured_seconds_are_kept_and_a_damaged_file_of_them_counts_for_nothing(tmp_path: Path) -> None:
    timings = Timings.read(tmp_path)
    runner = Scheduler(Display(io.StringIO()), timings.all, timings.record)
    runner.run([part(tmp_path, "one"), part(tmp_path, "two")])
    assert set(Timings.read(tmp_path).all) == {"one", "two"}

    timings.file.write_text('{"one": ')

    assert Timings.read(tmp_path).all == {}


def test_selecting_a_part_brings_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    parts = [part(tmp_path, "base"), part(tmp_path, "image", "base"), part(tmp_path, "spark-operator")]

    assert [chosen.name for chosen in select(parts, ["image"])] == ["base", "image"]


def test_an_unknown_part_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="no part is called 'immage'; there are: image"):
        select([part(tmp_path, "image")], ["immage"])


def test_parts_are_needed_unless_they_say_otherwise(tmp_path: Path) -> None:
    assert part(tmp_path, "any").when is When.NEEDED
