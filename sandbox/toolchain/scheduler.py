"""Makes parts beside each other: compilers one at a time, everything else around them, the longest way first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.parts import Lane, Part
from sandbox.toolchain.progress import REFRESH, Display

PLACES: Mapping[Lane, int] = {Lane.COMPILER: 1, Lane.OTHER: 3}
GUESS = 5.0
"""Seconds assumed for a part that was never measured."""


@dataclass(slots=True)
class Scheduler:
    """Makes what is not there yet.

    Attributes:
        display: shows what runs.
        seconds: what each part took the last time on this machine, by name.
        measured: called with a part's name and seconds when it is made.
        stop: ends the programs that parts have started, when one fails or a person interrupts.
    """

    display: Display
    seconds: Mapping[str, float] = field(default_factory=dict)
    measured: Callable[[str, float], None] = lambda name, seconds: None  # noqa: ARG005
    stop: Callable[[], None] = lambda: None

    def run(self, parts: Sequence[Part]) -> None:
        """Make all parts that are not ready, each after what it needs.

        A part that fails ends the run: nothing new starts, what runs is stopped, the first failure is raised.

        Raises:
            ToolchainError: a part failed, needs one that is not given, or parts need each other in a circle.
        """
        ways = _ways(parts, self._expected)
        done = {part.name for part in parts if part.ready()}
        waiting = sorted(
            (part for part in parts if part.name not in done), key=lambda part: self._urgency(part, ways), reverse=True
        )
        running: dict[Future[None], Part] = {}
        with ThreadPoolExecutor(max_workers=sum(PLACES.values()), thread_name_prefix="part") as pool:
            try:
                while waiting or running:
                    for part in _startable(waiting, done, running.values()):
                        waiting.remove(part)
                        running[pool.submit(self._make, part)] = part
                    ended, _ = wait(running, timeout=REFRESH, return_when=FIRST_COMPLETED)
                    for future in ended:
                        part = running.pop(future)
                        future.result()
                        done.add(part.name)
                        # What lay in the old one is gone with it: an environment takes its links along.
                        lost = [each for each in parts if part.name in each.needs and each.name in done]
                        for each in lost:
                            if not each.ready():
                                done.remove(each.name)
                                waiting.append(each)
                    self.display.tick()
            except BaseException:
                self.stop()
                raise

    def _make(self, part: Part) -> None:
        self.display.start(part.name, part.title, self._expected(part))
        try:
            part.make()
        except ToolchainError as error:
            self.display.end(part.name, "failed")
            raise ToolchainError(f"{part.name}: {error}") from error
        except BaseException:
            self.display.end(part.name, "failed")
            raise
        self.measured(part.name, self.display.end(part.name))
        if not part.ready():
            raise ToolchainError(f"{part.name} was made and is still not there: a mistake in its own definition")

    def _urgency(self, part: Part, ways: Mapping[str, float]) -> tuple[float, float]:
        """Compilers queue for one place, and there what others still wait for goes first, however short it is itself.

        So CoreDNS goes before the engine: the node can start while the engine is compiled.
        """
        own = self._expected(part) or GUESS
        way = ways[part.name]
        return (way - own, own) if part.lane is Lane.COMPILER else (way, own)

    def _expected(self, part: Part) -> float | None:
        return self.seconds.get(part.name, part.expected)


def _startable(waiting: Sequence[Part], done: set[str], running: Iterable[Part]) -> list[Part]:
    """The first waiting parts whose needs are met and whose lane has a place left."""
    busy = [part.lane for part in running]
    free = {lane: places - busy.count(lane) for lane, places in PLACES.items()}
    chosen: list[Part] = []
    for part in waiting:
        if free[part.lane] > 0 and done.issuperset(part.needs):
            free[part.lane] -= 1
            chosen.append(part)
    return chosen


def _ways(parts: Sequence[Part], expected: Callable[[Part], float | None]) -> dict[str, float]:
    """Seconds from a part's start to the end of all that waits for it: the critical path has the largest."""
    known = {part.name: part for part in parts}
    users: dict[str, list[str]] = {name: [] for name in known}
    for part in parts:
        for need in part.needs:
            if need not in known:
                raise ToolchainError(f"{part.name} needs {need}, which is not among the parts")
            users[need].append(part.name)
    ways: dict[str, float] = {}

    def measure(name: str, path: tuple[str, ...]) -> float:
        if name in path:
            raise ToolchainError(f"parts need each other in a circle: {' → '.join((*path, name))}")
        if name not in ways:
            after = max((measure(user, (*path, name)) for user in users[name]), default=0.0)
            ways[name] = (expected(known[name]) or GUESS) + after
        return ways[name]

    for name in known:
        measure(name, ())
    return ways
