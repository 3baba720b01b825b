"""`python -m delivery <command>`: validate, render, compose, diff, review, access, demands. Each answers `--help`."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from delivery import summary
from delivery.program import BadInputError, environments, forget_ambient

OK, FAILED, BAD_INPUT = 0, 1, 2

USAGE = """\
usage: python -m delivery <command> …

  validate FILE…      whether stack files are sound
  render ENV OUT      what an environment declares, as files
  compose ENV OUT     its containers on a Docker engine, as a Compose file
  diff BASE HEAD      what differs between two renders
  review --base REF   what the working tree declares and a commit did not
  access ENV          who can do what on which database, declared and actual
  demands ENV         what it asks for that not every cluster has, such as an operator

`python -m delivery <command> --help` tells more. Exit status: 0 done, 1 failed, 2 bad input.
"""


def validate(arguments: Sequence[str]) -> int:
    """Hand over to the contract's own command."""
    from delivery import validate as command

    return command.main(arguments)


def render(arguments: Sequence[str]) -> int:
    """Write what an environment declares."""
    parser = _parser(
        "render",
        "Write what an environment declares: each Kubernetes object as YAML, all resources in "
        "resources.json, the stack's outputs in outputs.json. Needs no engine, cluster, credential or "
        "network. Secrets are masked; what only apply tells is marked with its source.",
    )
    _source_options(parser)
    parser.add_argument("out", metavar="OUT", type=Path, help="a new or empty folder, or one of an earlier render")
    given = parser.parse_args(arguments)
    forget_ambient()
    from delivery.render import render as write

    count = write(given.environment, given.out, given.stack_file)
    print(f"{given.out}: {given.environment} declares {count} resources")
    return OK


def compose(arguments: Sequence[str]) -> int:
    """Write the containers of an environment as a Compose file."""
    parser = _parser(
        "compose",
        "Write the containers that an environment declares on a Docker engine as a Compose file. Needs no engine, "
        "credential or network. No secret is in it; its head says what must be there before Compose can run it.",
    )
    _source_options(parser)
    parser.add_argument("out", metavar="OUT", type=Path, help="a new file, or one that was generated before")
    given = parser.parse_args(arguments)
    forget_ambient()
    from delivery.compose import compose as write

    count = write(given.environment, given.out, given.stack_file)
    print(f"{given.out}: {given.environment} in {count} services")
    return OK


def diff(arguments: Sequence[str]) -> int:
    """Print what differs between two renders."""
    parser = _parser(
        "diff",
        "Print what differs between two renders of one environment, or between two folders of "
        "renders. The exit status does not depend on whether there is a difference.",
    )
    parser.add_argument("base", metavar="BASE", type=Path)
    parser.add_argument("head", metavar="HEAD", type=Path)
    _page_options(parser)
    given = parser.parse_args(arguments)
    from delivery.diff import compare

    sys.stdout.write(summary.page(compare(given.base, given.head), given.format, given.limit))
    return OK


def review(arguments: Sequence[str]) -> int:
    """Print what the working tree declares and a commit did not."""
    parser = _parser(
        "review",
        "Render a commit and the working tree, and print what the change declares in each "
        "environment. Fails if the working tree does not render; a commit that does not is only reported.",
    )
    parser.add_argument("--base", metavar="REF", required=True, help="the commit to compare with")
    parser.add_argument("environments", metavar="ENV", nargs="*", help=f"by default {', '.join(environments())}")
    _page_options(parser)
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.environments) - set(environments())):
        raise BadInputError(f"no such environment: {', '.join(unknown)}; there are {', '.join(environments())}")
    from delivery.review import review as compare

    findings = compare(given.base, given.environments or environments())
    sys.stdout.write(summary.page(findings, given.format, given.limit))
    broken = any(isinstance(each, summary.Unreadable) and each.side == "head" for each in findings)
    return FAILED if broken else OK


def access(arguments: Sequence[str]) -> int:
    """Print who can do what on which database, by the config and on the live servers."""
    parser = _parser(
        "access",
        "Print who can do what on which database, and hold it against the live servers: declared, actual, difference. "
        "Fails if there is a difference. Needs the engine and the cluster, unless --declared is given.",
    )
    parser.add_argument("environment", metavar="ENV", help=f"one of {', '.join(environments())}")
    parser.add_argument("--declared", action="store_true", help="the config alone; no server is asked")
    given = parser.parse_args(arguments)
    from delivery.access import command
    from delivery.access.live import LiveError

    try:
        text, as_declared = (command.from_config if given.declared else command.from_servers)(given.environment)
    except LiveError as failure:
        print(f"error: {failure}", file=sys.stderr)
        return FAILED
    print(text)
    return OK if as_declared else FAILED


def demands(arguments: Sequence[str]) -> int:
    """Print what an environment's config asks for that not every cluster has, a name on each line."""
    parser = _parser("demands", "Print what a config asks for that not every cluster has, a name on each line.")
    parser.add_argument("environment", metavar="ENV", help=f"one of {', '.join(environments())}")
    given = parser.parse_args(arguments)
    from delivery.demands import asked_for

    for name in asked_for(given.environment):
        print(name)
    return OK


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "validate": validate,
    "render": render,
    "compose": compose,
    "diff": diff,
    "review": review,
    "access": access,
    "demands": demands,
}


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"python -m delivery {command}", description=description)


def _source_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environment", metavar="ENV", help=f"one of {', '.join(environments())}")
    parser.add_argument("--stack-file", type=Path, help="read this config instead of Pulumi.ENV.yaml")


def _page_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("markdown", "text"), default="text")
    parser.add_argument("--limit", type=int, default=summary.LIMIT, metavar="N", help="characters, %(default)s")


def main(arguments: Sequence[str]) -> int:
    """Run one command; return its exit status. Mistakes of the person who calls become one message."""
    if not arguments or arguments[0] not in COMMANDS:
        asked = bool(arguments) and arguments[0] in ("-h", "--help")
        print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
        return OK if asked else BAD_INPUT
    from delivery.recording import DeclarationError

    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except BadInputError as mistake:
        print(mistake, file=sys.stderr)
        return BAD_INPUT
    except (DeclarationError, OSError) as failure:
        print(f"error: {failure}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
