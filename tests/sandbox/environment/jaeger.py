"""Jaeger in the dev stack, by its API on the pod's loopback: whoever may forward a port may ask."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tests.sandbox.environment.stack import BOUND

NAMESPACE = "platform-observability"
FORWARDED = re.compile(r"127\.0\.0\.1:(\d+) ->")


@dataclass(frozen=True)
class Span:
    """A span as Jaeger shows it: its own attributes, and those of the resource that told of it."""

    name: str
    attributes: dict[str, Any]
    resource: dict[str, Any]
    events: list[dict[str, Any]]


@dataclass(frozen=True)
class Jaeger:
    """The API, at `url`."""

    url: str

    def trace(self, identity: str) -> list[Span]:
        """The spans of a trace, by its id; none of one that is not there."""
        answer = requests.get(f"{self.url}/api/traces/{identity}", timeout=BOUND)
        return [] if answer.status_code == 404 else _spans(answer.json()["data"])

    def find(self, service: str, **attributes: str) -> list[Span]:
        """The spans of a service's latest traces that have one with these attributes."""
        now = time.time_ns() // 1000
        asked: dict[str, Any] = {"service": service, "limit": 20, "start": now - 3600 * 10**6, "end": now}
        if attributes:
            asked["tags"] = json.dumps({name.replace("__", "."): value for name, value in attributes.items()})
        answer = requests.get(f"{self.url}/api/traces", params=asked, timeout=BOUND)
        assert answer.ok, answer.text
        return _spans(answer.json()["data"])


@contextmanager
def jaeger() -> Iterator[Jaeger]:
    """The API of the pod that runs now, until the block ends."""
    command = ["kubectl", "port-forward", f"--namespace={NAMESPACE}", "deployment/jaeger", ":16686"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        # A pod that never answers ends the wait for the first line.
        guard = threading.Timer(BOUND, process.kill)
        guard.start()
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = FORWARDED.search(line)
            assert found, line + process.stdout.read()
            yield Jaeger(f"http://127.0.0.1:{found[1]}")
        finally:
            guard.cancel()
            process.terminate()


def until(told: Callable[[Jaeger], Sequence[Span]], *, at_least: int = 1) -> list[Span]:
    """What `told` finds in Jaeger, once it finds so many spans."""
    found: Sequence[Span] = []
    with jaeger() as api:
        deadline = time.monotonic() + BOUND
        while time.monotonic() < deadline:
            found = told(api)
            if len(found) >= at_least:
                return list(found)
            time.sleep(1)
    raise AssertionError(f"{len(found)} spans came to Jaeger, and not {at_least}")


def _spans(traces: list[dict[str, Any]]) -> list[Span]:
    return [
        Span(
            name=each["operationName"],
            attributes=_values(each["tags"]),
            resource=_values(trace["processes"][each["processID"]]["tags"])
            | {"service.name": trace["processes"][each["processID"]]["serviceName"]},
            events=[_values(event["fields"]) for event in each["logs"] or ()],
        )
        for trace in traces
        for each in trace["spans"]
    ]


def _values(tags: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in tags}
