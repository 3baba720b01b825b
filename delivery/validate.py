"""`python -m delivery validate FILE…`: whether stack files are sound, without an engine, a cluster or a credential."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from stacks.settings import SettingsError, load_file

UNSOUND = 2


def main(argv: Sequence[str]) -> int:
    """Check each file: silent and 0 when all are sound, else 2 and every mistake of every file on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m delivery validate", description="Check stack files against the contract."
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a Pulumi.<stack>.yaml")
    parser.add_argument("--stack", help="the stack's name, where the file's name does not tell it")
    arguments = parser.parse_args(argv)
    result = 0
    for file in arguments.files:
        try:
            load_file(file, arguments.stack)
        except SettingsError as mistakes:
            print(mistakes, file=sys.stderr)
            result = UNSOUND
    return result
