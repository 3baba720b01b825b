"""A run's trace: its phases, and the SQL of its sinks without a value in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.transforms.runtime.jobs import Workshop
from tests.unit.transforms.collector import Collector, attributes, collector
from transforms import telemetry


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collector() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        telemetry.setup()
        yield running
        telemetry.shutdown()


def test_a_run_tells_the_sql_of_each_sink_below_its_phase_and_no_value(shop: Workshop, received: Collector) -> None:
    secret = "Ruritania"
    shop.run(shop.job(steps=[{"name": "some", "filter": {"where": f"country <> '{secret}'"}}]))
    telemetry.shutdown()

    spans = {each.name: each for each in received.spans if each.name == "transforms.sink"}
    phases = {attributes(each)["transforms.phase"]: each for each in received.spans if each.name == "transforms.phase"}
    sink = attributes(spans["transforms.sink"])
    assert sink["transforms.sink"] == "result"
    assert "SELECT" in sink["transforms.sql"]
    assert ":value_1" in sink["transforms.sql"]
    assert spans["transforms.sink"].parent_span_id == phases["stage"].span_id
    assert secret.encode() not in received.raw
