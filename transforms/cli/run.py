"""`transforms run JOB`: progress on stderr while it runs, a summary on stdout at its end."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from transforms import telemetry
from transforms.cli.errors import BAD_DATA, FAILED, OK
from transforms.cli.progress import Progress
from transforms.cli.spark import spark_at_hand
from transforms.cli.summary import summary
from transforms.reading import read_job

log = logging.getLogger("transforms.run")
# A person reads the same on the terminal; this is for the collector alone.
log.addHandler(logging.NullHandler())


def main(given: argparse.Namespace) -> int:
    """Run the job. The file is checked first, for a mistake in it is found before Spark has even started."""
    job = read_job(given.job, given.set)
    with spark_at_hand():
        from transforms.runtime.run import DataError, RunError, run
    telemetry.setup()
    report, problem, status, outcome = None, "", FAILED, "failed"
    began = time.monotonic()
    try:
        with Progress(sys.stderr) as progress, telemetry.span("transforms.job", job=job.name), spark_at_hand():

            def tell(phase: str) -> None:
                progress.phase(phase)
                log.info("%s", phase)

            report = run(job, tell)
            for warning in report.warnings:
                log.warning("%s", warning)
        status, outcome = OK, "ok"
    except DataError as error:
        report, problem, status, outcome = error.report, str(error), BAD_DATA, "data"
    except RunError as error:
        report, problem = error.report, str(error)
    finally:
        if report is not None:
            telemetry.record(report)
        telemetry.finished(job.name, outcome, time.monotonic() - began)
        telemetry.shutdown()
    if report is not None:
        print(summary(report), flush=True)
    if problem:
        print(f"transforms run: {problem}", file=sys.stderr)
    return status
