"""A span for each request, sent where OTEL_EXPORTER_OTLP_ENDPOINT says; without it nothing is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode

SERVER_ERROR = 500


class Answered:
    """The span of one request."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def status(self, code: int) -> None:
        """How it was answered."""
        self._span.set_attribute("http.response.status_code", code)
        if code >= SERVER_ERROR:
            self._span.set_status(StatusCode.ERROR)


class Telemetry:
    """Names are those of the semantic conventions for HTTP servers; no query, cookie or person is in them."""

    def __init__(self) -> None:
        self._provider = TracerProvider()
        if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
            self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("frontend")

    @contextmanager
    def request(self, method: str, path: str) -> Iterator[Answered]:
        """The span of a request."""
        attributes = {"http.request.method": method, "http.route": path, "url.scheme": "https"}
        with self._tracer.start_as_current_span(
            f"{method} {path}", kind=SpanKind.SERVER, attributes=attributes
        ) as span:
            yield Answered(span)

    def end(self) -> None:
        """Send what is left."""
        self._provider.shutdown()
