"""`transforms explain JOB`: what the job becomes, without data and without Spark."""

from __future__ import annotations

import argparse
import sys

from transforms.cli.errors import OK
from transforms.preview import explain
from transforms.query.compile import compile_job
from transforms.reading import read_analysis


def main(given: argparse.Namespace) -> int:
    """Print the SQL of each sink with its parameters, after the columns of each step."""
    sys.stdout.write(explain(compile_job(read_analysis(given.job, given.set))))
    return OK
