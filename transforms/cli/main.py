"""The command line: one entry, one module per command, one way to fail."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from transforms.cli import check, explain, new, run, schema
from transforms.cli.errors import BAD_JOB, FAILED, INTERRUPTED, CommandError, logged
from transforms.documents.problems import DocumentError
from transforms.steps.registry import PluginError

Command = Callable[[argparse.Namespace], int]
STATUSES = "Exit status: 0 done, 1 the run failed, 2 the job file or the usage is wrong, 3 the data broke rules."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status.

    Mistakes in the job file are one line each, everything else that can be foreseen is one message; a traceback is
    shown with `--debug` alone.
    """
    given = _parser().parse_args(arguments)
    try:
        status: int = given.run(given)
        sys.stdout.flush()
    except (DocumentError, PluginError) as error:
        print(error, file=sys.stderr)
        return BAD_JOB
    except CommandError as error:
        print(f"transforms {given.command}: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print(f"\ntransforms {given.command}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read what is printed has seen enough; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if given.debug:
            raise
        print(f"transforms {given.command}: {logged(error)}", file=sys.stderr)
        return FAILED
    return status


class Setting(argparse.Action):
    """`--set name=value`, gathered into one mapping."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - the signature is argparse's
        namespace: argparse.Namespace,
        values: object,
        option: str | None = None,  # noqa: ARG002
    ) -> None:
        """Take one apart, which a second of the same name would silently override."""
        name, sign, value = str(values).partition("=")
        if not sign or not name:
            raise argparse.ArgumentError(self, f"expected name=value; got {values!r}")
        settings = getattr(namespace, self.dest)
        if name in settings:
            raise argparse.ArgumentError(self, f"{name} is set twice")
        setattr(namespace, self.dest, {**settings, name: value})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="transforms", description="Spark jobs that are declared in a file.", epilog=STATUSES
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    job = argparse.ArgumentParser(add_help=False)
    job.add_argument("job", type=Path, metavar="JOB", help="a job file")
    job.add_argument("--set", action=Setting, default={}, metavar="NAME=VALUE", help="the value of a parameter")

    def command(name: str, run: Command, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=text, description=text[0].upper() + text[1:] + ".", epilog=STATUSES, parents=[*parents, common]
        )
        added.set_defaults(run=run)
        return added

    command("run", run.main, "run a job", job)
    command("explain", explain.main, "print a job's SQL with its parameters and the columns after each step", job)
    added = command("check", check.main, "print every mistake of a job file; silent when there is none", job)
    added.add_argument("--connect", action="store_true", help="look at the sources and sinks too, which starts Spark")
    added = command("new", new.main, "write a job file to begin with")
    added.add_argument("file", type=Path, metavar="FILE", help="the job file; an existing one is left alone")
    added.add_argument(
        "--from", type=Path, dest="data", metavar="DATA", help="take the columns from a CSV, JSON or Parquet file"
    )
    command("schema", schema.main, "print the JSON Schema of job files, with the steps that are installed here")
    return parser
