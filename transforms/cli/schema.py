"""`transforms schema`: the JSON Schema of job files."""

from __future__ import annotations

import argparse
import sys

from transforms.cli.errors import OK
from transforms.spec.schema import text


def main(given: argparse.Namespace) -> int:  # noqa: ARG001
    """Print it."""
    sys.stdout.write(text())
    return OK
