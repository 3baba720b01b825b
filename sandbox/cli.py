"""The command line: one entry, one module per command, one way to fail."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from sandbox.commands import (
    access,
    build,
    check,
    connections,
    doctor,
    down,
    env,
    local,
    person,
    python,
    shell,
    test,
    up,
)
from sandbox.images import ImageError
from sandbox.node import NodeError
from sandbox.toolchain.engine import LOCAL, STACKS
from sandbox.toolchain.errors import Terminated, ToolchainError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status.

    A mistake of the person or the machine ends with one message on stderr and status 1, never with a traceback.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    # What follows `python` is that Python's own, options first of all.
    passed_on = words[1:] if words[:1] == ["python"] and words[1:] not in (["-h"], ["--help"]) else []
    given = _parser().parse_args(words[: len(words) - len(passed_on)])
    given.arguments = passed_on
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        status: int = given.run(given)
    except (ToolchainError, NodeError, ImageError) as error:
        print(f"\n{given.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{given.command}: interrupted; `make {given.command}` goes on from here", file=sys.stderr)
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m sandbox", description="A real environment on one machine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: object, help_text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, description=help_text)
        added.set_defaults(run=run)
        return added

    for name, run, text in (
        ("up", up.run, "build what is missing, start the sandbox and deploy the environment"),
        ("shell", shell.run, "a shell for pulumi and kubectl"),
        ("env", env.run, "print the export lines of that shell"),
        ("access", access.run, "who can do what on which database: declared, actual, difference"),
    ):
        added = command(name, run, text)
        added.add_argument("--context", default=None, help="a kubeconfig context of yours instead of the sandbox")
        added.add_argument("--env", default="dev", choices=STACKS, help="the environment (default: dev)")
    command("local", local.up, "the environment on a Docker engine, for work on this machine")
    command("local-down", local.down, "remove that environment")
    added = command("connections", connections.run, "addresses and logins of that environment, as variables")
    added.add_argument("--show", action="store_true", help="with the passwords")
    added.add_argument("--out", default=None, help="a file for them, which its owner alone may read")
    added = command("person", person.run, "someone who can log in to an environment")
    added.add_argument("name", help="for the login")
    added.add_argument("--env", default="dev", choices=[*STACKS, LOCAL], help="the environment (default: dev)")
    added.add_argument("--context", default=None, help="a kubeconfig context of yours instead of the sandbox")
    added.add_argument("--role", default="Analyst", help="System Administrator, Data Manager or Analyst (default)")
    added.add_argument("--team", default=None, help="the team that they have the role in")
    added.add_argument("--email", default=None, help="their address; without it the first login asks for one")
    command("down", down.run, "stop the sandbox and remove all that it left")
    added = command("doctor", doctor.run, "what was found, where, which version, what is missing")
    added.add_argument("--context", default=None, help="look at this kubeconfig context")
    added.add_argument(
        "--probe", action="store_true", help="test in that cluster whether network policies are enforced"
    )
    added = command("test", test.run, "unit tests, the transform core on Spark, then the real environment")
    added.add_argument("--keep", action="store_true", help="leave a sandbox running that the tests started")
    added.add_argument("--docker", action="store_true", help="test the environment on a Docker engine too")
    added.add_argument("--faults", action="store_true", help="kill and stop the sandbox's node too, in every way")
    added.add_argument("--context", default=None, help="test in this kubeconfig context instead of the sandbox")
    command("check", check.run, "lint, types and unit tests")
    added = command("build", build.run, "make parts of the toolchain by name")
    added.add_argument("parts", nargs="*", metavar="PART", help="parts; without any, list them")
    added.add_argument("--background", action="store_true", help="make the parts that can wait")
    command("python", python.run, "run the project's Python, made when it is missing, with the arguments that follow")
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    # The same way out as Ctrl-C: everything that was started is stopped, in order.
    raise Terminated
