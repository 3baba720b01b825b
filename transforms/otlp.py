"""OpenTelemetry's SDK behind `transforms.telemetry`; the only module that imports it."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Counter, Histogram
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode

if TYPE_CHECKING:
    from transforms.runtime.run import Report

SERVICE = "transforms"
PATIENCE = 5.0
"""Seconds that the last delivery may take; a collector that is away must not hold up a pod."""

SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400)
"""The buckets of durations: from a phase that does nothing to a night's job."""

Attributes = Mapping[str, str | float | bool]


@dataclass
class Pipeline:
    """What is sent, until `stop`; a signal that is not wanted has a provider without an exporter."""

    traces: TracerProvider
    metrics: MeterProvider
    logs: LoggerProvider
    handler: logging.Handler | None

    @classmethod
    def start(cls, signals: Sequence[str]) -> Pipeline:
        """Open the exporters, which read the standard variables, and listen to the logger `transforms`.

        The providers stay our own: a program that uses the library keeps its global ones.
        """
        resource = _resource()
        tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
        if "traces" in signals:
            tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if "metrics" in signals else []
        metering = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False)
        records = LoggerProvider(resource=resource, shutdown_on_exit=False)
        handler: logging.Handler | None = None
        if "logs" in signals:
            records.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
            handler = _Handler(records.get_logger(SERVICE))
            logger = logging.getLogger(SERVICE)
            logger.addHandler(handler)
            if logger.level == logging.NOTSET:
                logger.setLevel(logging.INFO)
        return cls(tracing, metering, records, handler)

    @contextmanager
    def span(self, name: str, attributes: Attributes) -> Iterator[None]:
        """A span; see `transforms.telemetry.span`."""
        named = {f"{SERVICE}.{key}": value for key, value in attributes.items()}
        tracer = self.traces.get_tracer(SERVICE)
        with tracer.start_as_current_span(
            name, attributes=named, record_exception=False, set_status_on_exception=False
        ) as opened:
            try:
                yield
            except BaseException as error:
                _mark(opened, error)
                raise

    def record(self, report: Report) -> None:
        """The numbers of a report as metrics; see `docs/transforms/README.md` for their names."""
        meter = self.metrics.get_meter(SERVICE)
        job = {"transforms.job": report.job}
        read = meter.create_counter("transforms.source.rows", "{row}", "Rows that were read.")
        unreadable = meter.create_counter("transforms.source.unreadable", "{row}", "Rows that could not be read.")
        for source in report.sources:
            _count(read, source.rows, {**job, "transforms.source": source.name})
            _count(unreadable, source.unreadable, {**job, "transforms.source": source.name})
        judged = meter.create_counter("transforms.rule.rows", "{row}", "Rows that a rule judged.")
        refused = meter.create_counter("transforms.rule.broken", "{row}", "Rows that broke a rule.")
        for rule in report.rules:
            names = {
                **job,
                "transforms.step": rule.step,
                "transforms.rule": rule.rule,
                "transforms.severity": rule.severity,
            }
            judged.add(rule.rows, names)
            refused.add(rule.broken, names)
        written = meter.create_counter("transforms.sink.rows", "{row}", "Rows that were written.")
        for sink in report.sinks:
            _count(written, sink.rows, {**job, "transforms.sink": sink.name, "transforms.mode": sink.mode})
        took = self._duration("transforms.phase.duration", "How long a phase took.")
        for phase, seconds in report.phases.items():
            took.record(seconds, {**job, "transforms.phase": phase})

    def finished(self, job: str, outcome: str, seconds: float) -> None:
        """One run more of that job, with that outcome."""
        took = self._duration("transforms.job.duration", "How long a run took.")
        took.record(seconds, {"transforms.job": job, "transforms.outcome": outcome})

    def stop(self) -> bool:
        """Send what is left; whether that was done in time."""
        if self.handler:
            logging.getLogger(SERVICE).removeHandler(self.handler)
        # Threads that the end of the program does not wait for: the exporters' own time-outs add up to minutes.
        threads = [
            threading.Thread(target=provider.shutdown, name="telemetry", daemon=True)
            for provider in (self.traces, self.metrics, self.logs)
        ]
        until = time.monotonic() + PATIENCE
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _duration(self, name: str, about: str) -> Histogram:
        return self.metrics.get_meter(SERVICE).create_histogram(
            name, "s", about, explicit_bucket_boundaries_advisory=SECONDS
        )


class _Handler(logging.Handler):
    """Log records with the ids of the trace and span that are open."""

    def __init__(self, logger: Logger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one on; what an exception says stays here, as in spans."""
        try:
            attributes = {"exception.type": _type(record.exc_info[1])} if record.exc_info and record.exc_info[1] else {}
            self._logger.emit(
                LogRecord(
                    timestamp=int(record.created * 1e9),
                    severity_text=record.levelname,
                    severity_number=SeverityNumber(min(record.levelno // 10 * 4 + 1, 21)),
                    body=record.getMessage(),
                    attributes=attributes,
                )
            )
        except Exception:  # noqa: BLE001 - as the standard library's handlers do
            self.handleError(record)


def _count(counter: Counter, rows: int | None, attributes: Attributes) -> None:
    """Add what was counted; what was not is no zero."""
    if rows is not None:
        counter.add(rows, attributes)


def _mark(span: Span, error: BaseException) -> None:
    """Say where the block was left and by what kind of error.

    Not what the error says: Spark's messages repeat values of the data, of parameters and of connections.
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = "".join(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n' for frame in frames)
    span.add_event("exception", {"exception.type": _type(error), "exception.stacktrace": places})
    span.set_attribute("error.type", _type(error))
    span.set_status(Status(StatusCode.ERROR, _type(error)))


def _type(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _resource() -> Resource:
    """Who sends: the variables' service name before ours."""
    try:
        ours = {"service.version": version("etl-transforms")}
    except PackageNotFoundError:
        ours = {}
    if SERVICE_NAME not in OTELResourceDetector().detect().attributes:
        ours[SERVICE_NAME] = SERVICE
    return Resource.create(ours)
