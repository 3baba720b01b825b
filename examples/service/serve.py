"""A service of a team: it says who is there, with which roles, and which databases it was given.

It trusts the headers that the login in front of it sets: nothing else reaches its port. Each request but the probes'
becomes a span, sent where the platform's OTEL_* variables say.
"""

import html
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PAGE = """<!doctype html>
<html lang="en">
<title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>body {{ font: 1rem/1.5 sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}</style>
<h1>{title}</h1>
<p>You are <strong id="user">{user}</strong>.
<p>Your roles here: <span id="roles">{roles}</span>
<p>Databases of this service: <span id="databases">{databases}</span>
<p><a id="logout" href="/oauth2/sign_out">Log out</a>
</html>
"""


TRACES = TracerProvider()  # its name, team and environment come from the variables, too
TRACER = TRACES.get_tracer("service")


class Handler(BaseHTTPRequestHandler):
    """Answers the one page, and the probes."""

    server_version = "service"

    def do_GET(self) -> None:
        """Answer a request."""
        if self.path == "/healthz":
            self._answer("ok\n", "text/plain")
            return
        # Part of the caller's trace, if it tells of one. Neither query, cookie nor person is in the span.
        # Header names have no case; the propagator's have, and a proxy on the way may write them in capitals.
        caller = TraceContextTextMapPropagator().extract({name.lower(): each for name, each in self.headers.items()})
        said = {"http.request.method": "GET", "http.route": "/", "url.scheme": "https"}
        with TRACER.start_as_current_span("GET /", caller, SpanKind.SERVER, said) as span:
            self._answer(self._page(), "text/html")
            span.set_attribute("http.response.status_code", 200)

    def _page(self) -> str:
        return PAGE.format(
            title=html.escape(os.environ.get("OTEL_SERVICE_NAME", "service")),
            user=html.escape(self.headers.get("X-Forwarded-Preferred-Username", "nobody")),
            roles=html.escape(self.headers.get("X-Forwarded-Groups", "none")),
            databases=html.escape(", ".join(databases()) or "none"),
        )

    def _answer(self, body: str, kind: str) -> None:
        content = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server calls
        """Leave requests to the edge's log."""


def databases() -> list[str]:
    """The databases whose connections lie here as files, as `name at host`."""
    folder = Path(os.environ.get("CONNECTIONS", "/nowhere"))
    if not folder.is_dir():
        return []
    return [f"{each.name} at {(each / 'host').read_text()}" for each in sorted(folder.iterdir()) if each.is_dir()]


if __name__ == "__main__":
    if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ:
        TRACES.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    # The first process of a container has to say itself that it ends when it is told to; what it has not sent yet is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Handler).serve_forever()
