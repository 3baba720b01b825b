"""Several ways to the same result, measured in turn."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WARMING = 2
ROUNDS = 7
PATIENCE = 45  # seconds after which a race of slow runs ends early, but not before LEAST rounds
LEAST = 2  # one in each order
LONG = 10  # seconds of a round in which a virtual machine warms up by itself: none is run for that alone


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
    """Run each way in turn, every second round in the opposite order.

    Of the first rounds none counts, unless they are long ones.
    """
    print(f"  {what}: {', '.join(ways)}", file=sys.stderr, flush=True)
    found: list[dict[str, float]] = []
    warm = 0
    began = time.monotonic()
    while len(found) < rounds and not (len(found) >= LEAST and time.monotonic() - began > PATIENCE):
        seconds = _round(ways, backwards=len(found) % 2 == 1)
        if warm < WARMING and sum(seconds.values()) < LONG:
            warm += 1
            continue
        found.append(seconds)
        print(f"    {', '.join(f'{each:.2f} s' for each in seconds.values())}", file=sys.stderr, flush=True)
    return Times({name: tuple(seconds[name] for seconds in found) for name in ways})


def _round(ways: Mapping[str, Callable[[], object]], *, backwards: bool) -> dict[str, float]:
    """Seconds of each way, in the order in which the ways were given."""
    seconds = dict.fromkeys(ways, 0.0)
    for name in list(ways)[:: -1 if backwards else 1]:
        before = time.perf_counter()
        ways[name]()
        seconds[name] = time.perf_counter() - before
    return seconds
