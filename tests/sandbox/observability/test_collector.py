"""The gateway's real program with the declared configuration: what it refuses, masks, keeps and brings on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from sandbox.toolchain.session import Session
from stacks.profiles import PROFILES
from tests.sandbox.observability.lab import (
    BOUND,
    Place,
    attributes,
    batch,
    declared,
    program,
    said_in_plain_text,
    span,
    validated,
    wait,
    without_a_cluster,
)
from tests.unit.program.conftest import ENVIRONMENTS
from tests.unit.transforms.collector import Collector, collector
from tests.unit.transforms.collector import attributes as plain

pytestmark = pytest.mark.sandbox


@pytest.fixture
def otelcol(session: Session) -> Path:
    return session.paths.bin / "otelcol"


@pytest.fixture
def backend() -> Iterator[Collector]:
    """What stands in Jaeger's place, and shows what it was sent."""
    with collector() as found:
        yield found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environments_configuration_is_one_that_the_program_takes(
    otelcol: Path, place: Place, environment: str
) -> None:
    assert validated(otelcol, place.written(declared(environment, "otel-collector"))) == ""


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda it: it["processors"]["tail_sampling"].update(decision_wait="soon"), "decision_wait"),
        (
            lambda it: it["processors"]["transform/whose"]["trace_statements"].append(
                {"statements": ["mask(span.name)"]}
            ),
            "mask",
        ),
        (lambda it: it["processors"]["redaction"].update(blocked_kyes=[]), "blocked_kyes"),
        (lambda it: it["service"]["pipelines"]["traces"]["processors"].append("batch/other"), "batch/other"),
    ],
)
def test_a_mistake_in_it_would_be_found(otelcol: Path, place: Place, broken: Any, said: str) -> None:
    configuration = declared("dev", "otel-collector")
    broken(configuration)
    assert said in validated(otelcol, place.written(configuration))


def arrived(backend: Collector, place: Place, spans: int) -> None:
    wait(lambda: len(backend.spans) >= spans, place.folder / "otelcol.log")


SECRET, MAIL, PERSON = "hunter2", "ada@example.com", "Lovelace"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"


def test_secrets_and_personal_data_leave_from_nowhere(otelcol: Path, place: Place, backend: Collector) -> None:
    told = span(
        os.urandom(16),
        f"GET /people/{MAIL}",
        values={
            "db.password": SECRET,
            "auth_token": SECRET,
            "http.request.header.cookie": [f"session={SECRET}"],
            "http.request.header.authorization": [f"Basic {SECRET}"],
            "patient.last_name": PERSON,
            "enduser.id": MAIL,
            "pin.code.secret": 4711,
            "url.full": f"https://ada:{SECRET}@example.com/cb?code={SECRET}&next=1",
            "note": f"write to {MAIL}, or send {TOKEN}",
            "recipients": ["Grace", MAIL],
            "db.query.text": f"SELECT * FROM people WHERE mail = '{MAIL}' AND name = '{PERSON}' AND age > 4711",
            "http.route": "/people/{mail}",
            "rows": 12,
        },
    )
    told.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=f"login with password={SECRET} refused"))
    event = Span.Event(name=f"mail to {MAIL}", time_unix_nano=told.end_time_unix_nano)
    event.attributes.extend(attributes({"exception.message": f"no such person: {MAIL}", "api_key": SECRET}))
    told.events.append(event)
    sent = batch([told], service__name="dashboard", process__command_line=f"serve --password {SECRET}")
    with program(otelcol, place, without_a_cluster(declared("dev", "otel-collector"), backend.url)):
        assert place.send(sent).ok
        arrived(backend, place, 1)

    for secret in (SECRET, MAIL, PERSON, TOKEN, "4711"):
        assert secret.encode() not in backend.raw, f"{secret} left the collector"
    [left] = backend.spans
    kept = plain(left)
    assert (kept["http.route"], kept["rows"]) == ("/people/{mail}", 12)
    assert kept["note"] == "write to ****, or send ****"
    assert kept["db.query.text"].startswith("SELECT * FROM people WHERE mail = ")
    assert left.status.message == "login with **** refused"
    assert left.name == "GET /people/****"
    assert (left.trace_id, left.span_id) == (told.trace_id, told.span_id)


def test_a_span_without_an_event_is_masked_as_well(otelcol: Path, place: Place, backend: Collector) -> None:
    told = span(os.urandom(16), f"GET /people/{MAIL}", values={"db.statement": f"SELECT '{SECRET}'"})
    told.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=f"password={SECRET}"))
    with program(otelcol, place, without_a_cluster(declared("dev", "otel-collector"), backend.url)):
        assert place.send(batch([told])).ok
        arrived(backend, place, 1)
    [left] = backend.spans
    assert (left.name, left.status.message) == ("GET /people/****", "****")
    assert MAIL.encode() not in backend.raw
    assert SECRET.encode() not in backend.raw


def test_environment_and_name_are_put_right_and_an_unknown_pod_is_nobodys(
    otelcol: Path, place: Place, backend: Collector
) -> None:
    claims = {"deployment__environment__name": "prod", "service__namespace": "reporting", "service__name": "dashboard"}
    with program(otelcol, place, without_a_cluster(declared("dev", "otel-collector"), backend.url)):
        assert place.send(batch([span(os.urandom(16), "GET /")], **claims)).ok
        arrived(backend, place, 1)
        known = {"k8s__namespace__name": "epidemiology-spark", "etl_platform__name": "covid", "service__name": ""}
        assert place.send(batch([span(os.urandom(16), "run")], **known | {"service__name": "unknown_service"})).ok
        arrived(backend, place, 2)
    stranger, job = backend.resources
    assert stranger["deployment.environment.name"] == job["deployment.environment.name"] == "dev"
    assert (stranger["service.namespace"], stranger["service.name"]) == ("unknown", "dashboard")
    assert (job["service.namespace"], job["service.name"]) == ("epidemiology", "covid")
    assert "etl_platform.name" not in job


def trace(number: int) -> bytes:
    """The same ids in each run, so that the same share of them is kept."""
    return (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).to_bytes(16, "big")


def test_production_keeps_errors_slow_traces_and_jobs_and_a_share_of_the_rest(
    otelcol: Path, place: Place, backend: Collector
) -> None:
    kinds = 40
    failed, slow, jobs, others = ([trace(kind * 1000 + number) for number in range(kinds)] for kind in range(1, 5))
    others += [trace(9000 + number) for number in range(400)]
    error = Status(code=Status.STATUS_CODE_ERROR)
    spans = [span(each, "failed") for each in failed]
    for each in spans:
        each.status.CopyFrom(error)
    spans += [span(each, "slow", milliseconds=PROFILES["prod"].sampling.slow + 500) for each in slow]
    spans += [span(each, "other") for each in others]
    with program(otelcol, place, without_a_cluster(declared("prod", "otel-collector"), backend.url)):
        assert place.send(batch(spans, k8s__namespace__name="epidemiology-services")).ok
        assert place.send(batch([span(each, "run") for each in jobs], k8s__namespace__name="epidemiology-spark")).ok
        # All are decided in the same second, and what is kept of one kind leaves with the rest.
        wait(
            lambda: {each.name for each in backend.spans} == {"failed", "slow", "run", "other"},
            place.folder / "otelcol.log",
        )
        time.sleep(3)
    kept = {each.trace_id for each in backend.spans}
    assert kept >= {*failed, *slow, *jobs}
    share = len(kept & set(others)) / len(others)
    wanted = PROFILES["prod"].sampling.percentage / 100
    assert wanted / 2 < share < wanted * 2


def test_late_spans_share_the_decision_on_their_trace(otelcol: Path, place: Place, backend: Collector) -> None:
    mine = os.urandom(16)
    with program(otelcol, place, without_a_cluster(declared("dev", "otel-collector"), backend.url)):
        assert place.send(batch([span(mine, "first")])).ok
        arrived(backend, place, 1)
        assert place.send(batch([span(mine, "late")])).ok
        arrived(backend, place, 2)
    assert {each.name for each in backend.spans} == {"first", "late"}


def on_disk(queue: Path) -> bytes:
    """All that the queue's files hold."""
    return b"".join(path.read_bytes() for path in queue.iterdir())


def test_what_was_taken_outlives_a_killed_collector_while_the_backend_is_away(otelcol: Path, place: Place) -> None:
    configuration = without_a_cluster(declared("dev", "otel-collector"), "http://127.0.0.1:1")
    sent = [os.urandom(16) for _ in range(50)]
    queue = place.folder / "queue"
    with program(otelcol, place, configuration) as process:
        for each in sent:
            assert place.send(batch([span(each, "waiting")])).ok
        wait(lambda: all(each in on_disk(queue) for each in sent), place.folder / "otelcol.log")
        process.kill()
        process.wait()
    with ExitStack() as running:
        backend = running.enter_context(collector())
        running.enter_context(
            program(otelcol, place, without_a_cluster(declared("dev", "otel-collector"), backend.url))
        )
        arrived(backend, place, len(sent))
    assert {each.trace_id for each in backend.spans} == set(sent)


def test_what_still_waits_for_its_decision_is_decided_when_the_collector_is_told_to_end(
    otelcol: Path, place: Place, backend: Collector
) -> None:
    configuration = without_a_cluster(declared("dev", "otel-collector"), backend.url, wait=f"{BOUND}s")
    with program(otelcol, place, configuration):
        assert place.send(batch([span(os.urandom(16), "early")])).ok
        assert backend.spans == []
    # What left no time to be sent waits in the queue for the next start.
    if not backend.spans:
        with program(otelcol, place, without_a_cluster(declared("dev", "otel-collector"), backend.url)):
            arrived(backend, place, 1)
    assert [each.name for each in backend.spans] == ["early"]


def test_plain_http_an_old_tls_and_too_large_a_request_are_refused(
    otelcol: Path, place: Place, backend: Collector
) -> None:
    large = span(os.urandom(16), "large", values={"note": "x" * 5 * 2**20})
    with program(otelcol, place, without_a_cluster(declared("dev", "otel-collector"), backend.url)):
        head = f"POST /v1/traces HTTP/1.1\r\nHost: {place.url}\r\nContent-Length: 0\r\n\r\n"
        answer = said_in_plain_text(place.otlp, head.encode())
        assert answer.startswith(b"HTTP/1.0 400")
        assert b"HTTPS server" in answer
        assert 400 <= place.send(batch([large])).status_code < 500
        assert place.send(batch([span(os.urandom(16), "good")])).ok
        arrived(backend, place, 1)
    assert [each.name for each in backend.spans] == ["good"]
