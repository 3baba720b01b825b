"""Telemetry against a real receiver of OTLP over HTTP, and its absence."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.transforms import runtime
from tests.unit.transforms.collector import Collector, attributes, collector
from transforms import otlp, telemetry
from transforms.cli.main import main
from transforms.telemetry import signals_wanted

ROOT = Path(__file__).resolve().parents[3]
log = logging.getLogger("transforms.test")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    # The proxy of the machine is not for loopback.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield
    telemetry.shutdown()
    logging.getLogger("transforms").setLevel(logging.NOTSET)


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collector() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        yield running


def points(metric: Any) -> list[tuple[dict[str, Any], Any]]:
    data = metric.sum.data_points or metric.histogram.data_points
    return [
        ({key.removeprefix("transforms."): value for key, value in attributes(point).items()}, point) for point in data
    ]


def test_a_run_is_one_trace_of_its_job_and_phases_with_its_logs(received: Collector) -> None:
    telemetry.setup()
    with telemetry.span("transforms.job", job="covid"):
        with telemetry.span("transforms.phase", phase="write sinks"):
            log.info("sink %s: %d rows", "monthly", 120)
        log.warning("rule not_negative: 2 rows break it")
    telemetry.shutdown()

    phase, job = received.spans
    assert (job.name, attributes(job)) == ("transforms.job", {"transforms.job": "covid"})
    assert (phase.name, attributes(phase)) == ("transforms.phase", {"transforms.phase": "write sinks"})
    assert phase.trace_id == job.trace_id
    assert phase.parent_span_id == job.span_id

    told, warned = received.logs
    assert (told.body.string_value, told.severity_text) == ("sink monthly: 120 rows", "INFO")
    assert (told.trace_id, told.span_id) == (phase.trace_id, phase.span_id)
    assert (warned.severity_number, warned.span_id) == (13, job.span_id)
    assert received.resources
    assert {resource["service.name"] for resource in received.resources} == {"transforms"}


def test_the_variables_name_of_the_service_goes_before_ours(
    received: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "epidemiology-nightly")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "k8s.namespace.name=epidemiology-spark")
    telemetry.setup()
    with telemetry.span("transforms.job", job="covid"):
        pass
    telemetry.shutdown()

    [resource, *_] = received.resources
    assert resource["service.name"] == "epidemiology-nightly"
    assert resource["k8s.namespace.name"] == "epidemiology-spark"


def test_a_report_becomes_metrics(received: Collector) -> None:
    telemetry.setup()
    telemetry.record(runtime.REPORT)  # type: ignore[arg-type]
    telemetry.finished("monthly", "ok", 12.34)
    telemetry.shutdown()

    found = received.metrics
    assert {name: metric.unit for name, metric in found.items()} == {
        "transforms.source.rows": "{row}",
        "transforms.source.unreadable": "{row}",
        "transforms.rule.rows": "{row}",
        "transforms.rule.broken": "{row}",
        "transforms.sink.rows": "{row}",
        "transforms.phase.duration": "s",
        "transforms.job.duration": "s",
    }
    [(names, point)] = points(found["transforms.rule.broken"])
    assert names == {"job": "monthly", "step": "judged", "rule": "not_negative", "severity": "quarantine"}
    assert point.as_int == 12
    read = {names["source"]: point.as_int for names, point in points(found["transforms.source.rows"])}
    assert read == {"cases": 1234567}, "what was not counted is no zero"
    [(names, point)] = points(found["transforms.job.duration"])
    assert (names, point.count, point.sum) == ({"job": "monthly", "outcome": "ok"}, 1, 12.34)
    assert [(names["phase"], point.sum) for names, point in points(found["transforms.phase.duration"])] == [
        ("bind sources", 0.81),
        ("write sinks", 10.06),
    ]


def test_an_error_marks_its_span_without_repeating_what_it_says(received: Collector) -> None:
    telemetry.setup()

    def fails() -> None:
        with telemetry.span("transforms.phase", phase="bind sources"):
            raise ValueError("jdbc:postgresql://db/cases?user=etl&password=hunter2")

    with pytest.raises(ValueError, match="hunter2"):
        fails()
    try:
        fails()
    except ValueError:
        log.exception("the run failed")
    telemetry.shutdown()

    [event] = received.spans[0].events
    assert event.name == "exception"
    assert attributes(event)["exception.type"] == "builtins.ValueError"
    assert "in fails" in attributes(event)["exception.stacktrace"]
    assert received.spans[0].status.code == 2
    assert attributes(received.logs[0]) == {"exception.type": "builtins.ValueError"}
    assert b"user=etl" not in received.raw


def test_the_command_tells_of_a_run_and_nothing_of_its_parameters(
    received: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(
        "name: monthly\nparameters: {token: {}}\n"
        "sources: {cases: {csv: {path: '${token}.csv'}, columns: {a: int}}}\n"
        "sinks: {out: {parquet: {path: out}}}\n"
    )

    def run(job: Any, progress: Any) -> Any:  # noqa: ARG001
        progress("write sinks")
        raise runtime.DataError("rule x: hunter2", runtime.REPORT)

    runtime.install(monkeypatch, run)
    assert main(["run", str(file), "--set", "token=hunter2"]) == 3

    [job] = received.spans
    assert attributes(job)["transforms.job"] == "monthly"
    assert job.status.code == 2
    [(names, _)] = points(received.metrics["transforms.job.duration"])
    assert names == {"job": "monthly", "outcome": "data"}
    assert "transforms.sink.rows" in received.metrics
    [told] = received.logs
    assert (told.body.string_value, told.trace_id) == ("write sinks", job.trace_id)
    assert b"hunter2" not in received.raw


def test_without_the_variables_opentelemetry_is_not_even_imported() -> None:
    program = (
        "import sys\nfrom transforms import telemetry\ntelemetry.setup()\n"
        "with telemetry.span('transforms.job', job='x'): pass\n"
        "telemetry.record(None)\ntelemetry.finished('x', 'ok', 1)\ntelemetry.shutdown()\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'transforms.otlp'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_without_the_package_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError")
    program = "from transforms import telemetry\ntelemetry.setup()\nwith telemetry.span('transforms.job'): print('ran')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ
        | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout == "ran\n"
    assert "pip install 'etl-transforms[telemetry]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "signals"),
    [
        ({}, ()),
        ({"OTEL_SERVICE_NAME": "x"}, ()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, ("traces", "metrics", "logs")),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c"}, ("traces",)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_LOGS_EXPORTER": "none"}, ("traces", "metrics")),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, ()),
    ],
)
def test_the_standard_variables_say_what_is_sent(variables: dict[str, str], signals: tuple[str, ...]) -> None:
    assert signals_wanted(variables) == signals


def test_another_protocol_than_ours_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "none")
    monkeypatch.setenv("OTEL_LOGS_EXPORTER", "none")

    telemetry.setup()

    assert caplog.messages == [
        "no traces are sent: the OTLP protocol grpc is not supported, only http/protobuf is"
    ]  # fmt: skip


def test_a_collector_that_is_away_or_asleep_holds_up_no_job(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otlp, "PATIENCE", 0.5)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{free.getsockname()[1]}"
    wake = threading.Event()
    with collector(wake) as asleep:
        for url in (away, asleep.url):
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
            began = time.monotonic()
            telemetry.setup()
            with telemetry.span("transforms.job", job="covid"):
                pass
            telemetry.finished("covid", "ok", 1)
            telemetry.shutdown()
            assert time.monotonic() - began < 3
        wake.set()
        for thread in threading.enumerate():
            if thread.name == "telemetry":
                thread.join()
    assert "not all telemetry could be delivered" in caplog.messages
