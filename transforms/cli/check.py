"""`transforms check JOB`: every mistake, each with its line."""

from __future__ import annotations

import argparse
import sys

from transforms.analysis import analyse
from transforms.cli.errors import BAD_JOB, OK
from transforms.cli.spark import spark_at_hand
from transforms.job import read_job
from transforms.query.compile import compile_job


def main(given: argparse.Namespace) -> int:
    """Silent and 0 when the job is sound; with --connect its sources and sinks are looked at as well."""
    job = read_job(given.job, given.set)
    compile_job(analyse(job))
    if not given.connect:
        return OK
    with spark_at_hand():
        from transforms.runtime.run import check

        problems = check(job)
    for problem in problems:
        print(problem, file=sys.stderr)
    return BAD_JOB if problems else OK
