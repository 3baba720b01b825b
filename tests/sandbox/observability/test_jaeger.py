"""Jaeger's real program with the declared configuration: who brings traces, and what it still has after its end."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.toolchain.session import Session
from tests.sandbox.observability.lab import (
    BOUND,
    LOOPBACK,
    Place,
    batch,
    declared,
    program,
    shakes_hands,
    span,
    validated,
    wait,
)
from tests.unit.program.conftest import ENVIRONMENTS

pytestmark = pytest.mark.sandbox


@pytest.fixture
def jaeger(session: Session) -> Path:
    return session.paths.bin / "jaeger"


@pytest.fixture
def configuration() -> dict[str, Any]:
    """The declared one, without a port that two tests at once would want."""
    said = declared("dev", "jaeger")
    said["service"]["telemetry"]["metrics"] = {"level": "none"}
    return said


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environments_configuration_is_one_that_the_program_takes(
    jaeger: Path, place: Place, environment: str
) -> None:
    assert validated(jaeger, place.written(declared(environment, "jaeger"))) == ""


def test_a_mistake_in_it_would_be_found(jaeger: Path, place: Place, configuration: dict[str, Any]) -> None:
    configuration["extensions"]["jaeger_storage"]["backends"]["traces"]["badger"]["ephemral"] = False
    assert "ephemral" in validated(jaeger, place.written(configuration))


def kept(place: Place, trace: bytes) -> list[str]:
    """The names of a trace's spans, by Jaeger's API."""
    answer = requests.get(f"http://{LOOPBACK}:{place.query}/api/traces/{trace.hex()}", timeout=BOUND)
    if answer.status_code == 404:
        return []
    return [each["operationName"] for trace in answer.json()["data"] for each in trace["spans"]]


def test_a_trace_that_it_was_told_outlives_its_killed_process(
    jaeger: Path, place: Place, configuration: dict[str, Any]
) -> None:
    traces = [os.urandom(16) for _ in range(20)]
    with program(jaeger, place, configuration) as process:
        for each in traces:
            assert place.send(batch([span(each, "GET /")], service__name="dashboard"), as_client=True).ok
        process.kill()
        process.wait()
    with program(jaeger, place, configuration):
        wait(lambda: all(kept(place, each) == ["GET /"] for each in traces), place.folder / "jaeger.log")
        services = requests.get(f"http://{LOOPBACK}:{place.query}/api/services", timeout=BOUND).json()["data"]
        assert "dashboard" in services


def test_who_shows_no_certificate_brings_nothing(jaeger: Path, place: Place, configuration: dict[str, Any]) -> None:
    trace = os.urandom(16)
    with program(jaeger, place, configuration):
        with pytest.raises(requests.exceptions.ConnectionError):
            place.send(batch([span(trace, "GET /")], service__name="dashboard"))
        assert kept(place, trace) == []


def test_an_old_tls_is_refused(jaeger: Path, place: Place, configuration: dict[str, Any]) -> None:
    with program(jaeger, place, configuration):
        assert shakes_hands(place, ssl.TLSVersion.TLSv1_2)
        assert not shakes_hands(place, ssl.TLSVersion.TLSv1_1)
