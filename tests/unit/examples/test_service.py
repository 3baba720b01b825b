"""The sample service as a process: what it answers, and what it tells of its requests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.unit.transforms.collector import Collector, attributes, collector

PROGRAM = Path(__file__).resolve().parents[3] / "examples/service/serve.py"
CALLER = "0af7651916cd43dd8448eb211c80319c"
BOUND = 30  # seconds; a bound against hanging, not a measure


@pytest.fixture
def told() -> Iterator[Collector]:
    with collector() as found:
        yield found


@contextmanager
def service(**variables: str) -> Iterator[str]:
    """The running service, until the block ends as a pod ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    process = subprocess.Popen([sys.executable, PROGRAM], env={**environment, **variables, "PORT": str(port)})
    url = f"http://127.0.0.1:{port}"
    try:
        answering(url)
        yield url
        process.terminate()
        assert process.wait(BOUND) == 0
    finally:
        process.kill()
        process.wait()


def answering(url: str) -> None:
    for _ in range(BOUND * 10):
        try:
            assert requests.get(f"{url}/healthz", timeout=BOUND).text == "ok\n"
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} does not answer")


@pytest.mark.parametrize("header", ["traceparent", "Traceparent"])
def test_a_request_is_a_span_of_the_callers_trace_and_a_probe_is_none(told: Collector, header: str) -> None:
    said = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": told.url,
        "OTEL_SERVICE_NAME": "dashboard",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=dev,service.namespace=epidemiology",
    }
    with service(**said) as url:
        headers = {header: f"00-{CALLER}-b7ad6b7169203331-01", "X-Forwarded-Preferred-Username": "ada"}
        page = requests.get(f"{url}/?code=hunter2", headers=headers, timeout=BOUND)
        assert '<strong id="user">ada</strong>' in page.text

    [span] = told.spans
    assert (span.name, span.trace_id.hex()) == ("GET /", CALLER)
    assert attributes(span) == {
        "http.request.method": "GET", "http.route": "/", "url.scheme": "https", "http.response.status_code": 200,
    }  # fmt: skip
    [resource] = told.resources
    assert resource["service.name"] == "dashboard"
    assert resource["service.namespace"] == "epidemiology"
    assert b"ada" not in told.raw
    assert b"hunter2" not in told.raw


def test_without_a_collector_it_answers_and_tells_nobody(told: Collector) -> None:
    with service() as url:
        assert requests.get(url, timeout=BOUND).status_code == 200
    assert told.spans == []
