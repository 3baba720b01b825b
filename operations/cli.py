"""The command line of what is done by hand."""

import argparse
import signal
import sys
from collections.abc import Sequence

from operations import people
from operations.backups import Vault
from operations.errors import OperationError
from operations.jobs import Runner
from operations.recovery import Recovery

INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status: 0 done, 1 failed, 2 bad input."""
    given = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal too ends what was begun, in order
        signal.signal(number, signal.default_int_handler)
    try:
        if given.command == "person":
            print(people.run(given))
            return 0
        runner = Runner.connect(given.context)
        if given.command == "recover":
            Recovery(runner, given.database).run(given.at)
            return 0
        vault = Vault(runner, given.database)
        if given.command == "restore":
            vault.restore(given.at, to=given.to, over=given.over)
        elif given.command == "backups":
            print(vault.table())
        else:
            vault.run(given.command)
    except OperationError as error:
        print(f"{given.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{given.command}: interrupted; what it had begun was stopped", file=sys.stderr)
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations", description="What is done by hand with an environment."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("backup", "make a backup now"),
        ("backups", "list the backups"),
        ("drill", "restore the newest backup on trial, and compare"),
        ("recover", "make a backup of a highly available database as it was at a moment"),
        ("restore", "restore a backup to a new database beside the original, or in its place"),
    ):
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("database", metavar="TEAM/DATABASE", help="such as epidemiology/cases")
        added.add_argument("--context", default=None, help="the kubeconfig context (default: the current one)")
        if name == "recover":
            added.add_argument(
                "--at", required=True, help="a moment such as 2026-11-24T01:15:00Z; UTC where it names no zone"
            )
        if name == "restore":
            added.add_argument(
                "--at",
                default="latest",
                help="a backup's name, or the newest before a moment such as 2026-11-24T01:15Z",
            )
            where = added.add_mutually_exclusive_group()
            where.add_argument(
                "--to", default=None, metavar="NAME", help="the new database (default: DATABASE_restored)"
            )
            where.add_argument(
                "--over", action="store_true", help="take the original's place; the original is kept under another name"
            )
    added = commands.add_parser(
        "person", help="make someone who can log in", description="Make someone who can log in."
    )
    added.add_argument("name", metavar="NAME", help="for the login")
    added.add_argument("--env", required=True, help="the environment")
    added.add_argument("--role", default="Analyst", help="System Administrator, Data Manager or Analyst (default)")
    added.add_argument("--team", default=None, help="the team that they have the role in")
    added.add_argument("--email", default=None, help="their address; without it the first login asks for one")
    added.add_argument("--context", default=None, help="the kubeconfig context (default: the current one)")
    return parser
