"""A run's traces, metrics and logs: sent over OTLP where the standard variables say so, and otherwise not there at all.

Nothing of OpenTelemetry is imported unless one of the endpoints is set, so the library needs the package only where it
is used. Telemetry never fails a job: what cannot be sent is given up after a while.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.otlp import Pipeline
    from transforms.runtime.run import Report

log = logging.getLogger("transforms")

SIGNALS = ("traces", "metrics", "logs")
_PROTOCOLS = {"", "http/protobuf"}

_pipeline: Pipeline | None = None


def signals_wanted(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Which of SIGNALS the standard variables ask for."""
    environ = os.environ if environ is None else environ
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return ()
    everywhere = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    return tuple(
        signal
        for signal in SIGNALS
        if (everywhere or environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT"))
        and environ.get(f"OTEL_{signal.upper()}_EXPORTER", "otlp").strip().lower() == "otlp"
    )


def setup() -> None:
    """Begin to send what the variables ask for; a second call changes nothing."""
    global _pipeline
    wanted = tuple(signal for signal in signals_wanted() if _spoken(signal))
    if _pipeline is not None or not wanted:
        return
    try:
        from transforms.otlp import Pipeline
    except ImportError:
        log.warning(
            "an OTLP endpoint is set, but OpenTelemetry is not installed: pip install 'etl-transforms[telemetry]'"
        )
        return
    try:
        _pipeline = Pipeline.start(wanted)
    except Exception as error:  # noqa: BLE001 - a variable that the SDK refuses is no reason to end a job
        log.warning("no telemetry is sent: %s", error)


@contextmanager
def span(name: str, **attributes: str | float | bool) -> Iterator[None]:
    """A span around the block, of the trace that is open; an exception that leaves the block marks it.

    Args:
        attributes: `job="covid"` becomes `transforms.job`. Never a secret, nor the value of a parameter.
    """
    if _pipeline is None:
        yield
        return
    with _pipeline.span(name, attributes):
        yield


def record(report: Report) -> None:
    """Count what a run read, refused and wrote, and how long its phases took."""
    if _pipeline is not None:
        _pipeline.record(report)


def finished(job: str, outcome: str, seconds: float) -> None:
    """Count a run by its outcome: `ok`, `data` when rules ended it, `failed`; also one that left no report."""
    if _pipeline is not None:
        _pipeline.finished(job, outcome, seconds)


def shutdown() -> None:
    """Send what is left, for a few seconds at most."""
    global _pipeline
    pipeline, _pipeline = _pipeline, None
    if pipeline is not None and not pipeline.stop():
        log.warning("not all telemetry could be delivered")


def _spoken(signal: str) -> bool:
    """Whether the protocol that is asked for is the one that we speak."""
    asked = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL") or os.environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", ""
    )
    if asked.strip() in _PROTOCOLS:
        return True
    log.warning("no %s are sent: the OTLP protocol %s is not supported, only http/protobuf is", signal, asked)
    return False
