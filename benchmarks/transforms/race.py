"""Several ways to the same result, measured in turn."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WARMING = 2
ROUNDS = 7
PATIENCE = 240  # seconds after which a race of slow runs ends early, but not before LEAST rounds
LEAST = 3


@dataclass(frozen=True)
class Times:
    """Seconds of each run, by the way; those of one index ran one right after the other."""

    seconds: Mapping[str, tuple[float, ...]]

    def median(self, way: str) -> float:
        """The middle one."""
        return statistics.median(self.seconds[way])

    def ratio(self, way: str, to: str) -> float:
        """The middle one of the ratios within each round, so that what else runs on the machine slows both."""
        return statistics.median(one / other for one, other in zip(self.seconds[way], self.seconds[to], strict=True))

    def spread(self, way: str, to: str) -> str:
        """The least and the largest of these ratios."""
        ratios = sorted(one / other for one, other in zip(self.seconds[way], self.seconds[to], strict=True))
        return f"{ratios[0]:.2f} to {ratios[-1]:.2f} in {len(ratios)} rounds"


def race(what: str, ways: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> Times:
    """Run each way in turn, after a few rounds that do not count; every second round in the opposite order."""
    print(f"  {what}: {', '.join(ways)}", file=sys.stderr, flush=True)
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(WARMING):
        for way in ways.values():
            way()
    began = time.monotonic()
    for number in range(rounds):
        for name in list(ways)[:: 1 if number % 2 == 0 else -1]:
            before = time.perf_counter()
            ways[name]()
            seconds[name].append(time.perf_counter() - before)
        if number + 1 >= LEAST and time.monotonic() - began > PATIENCE:
            break
    return Times({name: tuple(each) for name, each in seconds.items()})
