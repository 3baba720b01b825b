"""`python3 -m sandbox.node start|stop|status`: the node alone, for those who work on it."""

from __future__ import annotations

import sys

from sandbox.node import NodeError, start, status, stop
from sandbox.toolchain.paths import Paths

_USAGE = "usage: python3 -m sandbox.node start|stop|status"


def main(arguments: list[str]) -> int:
    """Run one of the three; 0 when all is well, 1 with the problem on standard error, 2 for a wrong word."""
    paths = Paths.find()
    try:
        match arguments:
            case ["start"]:
                start(paths, _say)
            case ["stop"]:
                stop(paths)
            case ["status"]:
                found = status(paths)
                for part in found.parts:
                    print(f"{part.name:24} {part.pid or '-':>8} {part.memory >> 20:5} MiB  {part.problem or 'well'}")
                print(f"all, without pods: {found.memory >> 20} MiB")
                for problem in found.problems:
                    print(problem, file=sys.stderr)
                return 0 if found.healthy else 1
            case _:
                print(_USAGE, file=sys.stderr)
                return 2
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _say(message: str) -> None:
    print(message, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
