"""`transforms check JOB`: every mistake, each with its line."""

from __future__ import annotations

import argparse
import sys

from transforms.cli.errors import BAD_JOB, OK
from transforms.cli.spark import spark_at_hand
from transforms.query.compile import compile_job
from transforms.reading import read_analysis


def main(given: argparse.Namespace) -> int:
    """Silent and 0 when the job is sound; with --connect its sources and sinks are looked at as well."""
    analysis = read_analysis(given.job, given.set)
    compile_job(analysis)
    if not given.connect:
        return OK
    with spark_at_hand():
        from transforms.runtime.run import check

        problems = check(analysis.job)
    for problem in problems:
        print(problem, file=sys.stderr)
    return BAD_JOB if problems else OK
