"""The declared configurations with the places of one test in them, and the programs that read them."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from tests.sandbox.authority import Authority
from tests.sandbox.ports import free_port
from tests.unit.program.conftest import recorded

BOUND = 120  # seconds; a bound against hanging, not a measure
LOOPBACK = "127.0.0.1"


def declared(environment: str, workload: str) -> dict[str, Any]:
    """The configuration that an environment declares for the collector or for Jaeger."""
    [found] = [
        each.inputs["data"]["config.yaml"]
        for each in recorded(environment).select(type="ConfigMap")
        if each.inputs["metadata"]["name"] == workload
        and each.inputs["metadata"]["namespace"] == "platform-observability"
    ]
    said: dict[str, Any] = yaml.safe_load(found)
    return said


@dataclass(frozen=True)
class Place:
    """A folder, a certificate of an authority in it, and ports that nothing else has."""

    folder: Path
    authority: Authority
    otlp: int
    health: int
    query: int

    @classmethod
    def made(cls, folder: Path) -> Place:
        authority = Authority()
        certificate, key = authority.issue(LOOPBACK, "localhost")
        for name, text in (("tls.crt", certificate), ("tls.key", key), ("ca.crt", authority.certificate)):
            (folder / name).write_text(text)
        (folder / "queue").mkdir()
        return cls(folder, authority, *(free_port() for _ in range(3)))

    @property
    def url(self) -> str:
        """Where OTLP is taken."""
        return f"https://{LOOPBACK}:{self.otlp}"

    def written(self, configuration: dict[str, Any]) -> Path:
        """The configuration as a file, with the folder's files and these ports for those of a pod."""
        text = yaml.safe_dump(configuration, sort_keys=False)
        text = text.replace("/etc/tls/", f"{self.folder}/").replace("/var/lib/otelcol", f"{self.folder}/queue")
        text = text.replace("/badger/", f"{self.folder}/badger/")
        for pod, here in (("0.0.0.0:4318", self.otlp), ("0.0.0.0:13133", self.health), ("127.0.0.1:16686", self.query)):
            text = text.replace(pod, f"{LOOPBACK}:{here}")
        text = text.replace("127.0.0.1:16685", f"{LOOPBACK}:{free_port()}")
        path = self.folder / "config.yaml"
        path.write_text(text)
        return path

    def send(self, body: bytes, *, as_client: bool = False) -> requests.Response:
        """What an SDK does with a batch of spans, and with a client's certificate an exporter."""
        own = (str(self.folder / "tls.crt"), str(self.folder / "tls.key")) if as_client else None
        headers = {"Content-Type": "application/x-protobuf"}
        trusted = str(self.folder / "ca.crt")
        return requests.post(
            f"{self.url}/v1/traces", data=body, headers=headers, verify=trusted, cert=own, timeout=BOUND
        )


def without_a_cluster(configuration: dict[str, Any], backend: str, *, wait: str = "1s") -> dict[str, Any]:
    """The gateway's configuration where no pod is known, before a backend on loopback.

    Nothing is taken of what it says of pods itself: a test says what the cluster would have said.
    """
    pipeline = configuration["service"]["pipelines"]["traces"]
    for step in ("transform/claims", "k8s_attributes"):
        pipeline["processors"].remove(step)
        del configuration["processors"][step]
    configuration["processors"]["tail_sampling"]["decision_wait"] = wait
    # What a test reads is what was sent.
    plain = {"endpoint": backend, "tls": {"insecure": True}, "compression": "none"}
    configuration["exporters"]["otlp_http/traces"] |= plain
    del configuration["receivers"]["otlp"]["protocols"]["grpc"]
    configuration["service"]["telemetry"]["metrics"] = {"level": "none"}
    return configuration


@contextmanager
def program(binary: Path, place: Place, configuration: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """The program with this configuration, once it is well; it ends as a pod ends, unless the test killed it."""
    log = place.folder / f"{binary.name}.log"
    with log.open("ab") as file:
        process = subprocess.Popen([binary, f"--config={place.written(configuration)}"], stdout=file, stderr=file)
        try:
            path = "/status" if binary.name == "jaeger" else "/"
            wait(lambda: _ok(f"http://{LOOPBACK}:{place.health}{path}"), log)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait(condition: Callable[[], bool], log: Path) -> None:
    """Until the condition holds; a program that never gets there shows its log."""
    until = time.monotonic() + BOUND
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-4000:])


def validated(binary: Path, path: Path) -> str:
    """What the program says of a configuration; empty when nothing is wrong with it."""
    done = subprocess.run(
        [binary, "validate", f"--config={path}"],
        capture_output=True, text=True, timeout=BOUND, check=False, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stdout + done.stderr


def batch(spans: list[Span], **resource: str) -> bytes:
    """Spans of one resource, as an SDK sends them."""
    held = Resource(attributes=attributes({name.replace("__", "."): value for name, value in resource.items()}))
    spans_of = ResourceSpans(resource=held, scope_spans=[ScopeSpans(spans=spans)])
    body: bytes = ExportTraceServiceRequest(resource_spans=[spans_of]).SerializeToString()
    return body


def attributes(values: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in values.items()]


def span(trace: bytes, name: str, *, milliseconds: int = 1, values: dict[str, Any] | None = None) -> Span:
    """A root span that just ended."""
    now = time.time_ns()
    return Span(
        trace_id=trace,
        span_id=os.urandom(8),
        name=name,
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=now - milliseconds * 10**6,
        end_time_unix_nano=now,
        attributes=attributes(values or {}),
    )


def said_in_plain_text(port: int, request: bytes) -> bytes:
    """What a port says to who speaks no TLS."""
    with socket.create_connection((LOOPBACK, port), timeout=BOUND) as connection:
        connection.sendall(request)
        answer: bytes = connection.makefile("rb").read()
        return answer


def shakes_hands(place: Place, newest: ssl.TLSVersion) -> bool:
    """Whether a handshake of at most this version succeeds, with a client's certificate."""
    context = ssl.create_default_context(cafile=str(place.folder / "ca.crt"))
    context.load_cert_chain(place.folder / "tls.crt", place.folder / "tls.key")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.maximum_version = newest
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with (
            socket.create_connection((LOOPBACK, place.otlp), timeout=BOUND) as plain,
            context.wrap_socket(plain, server_hostname="localhost"),
        ):
            return True
    except ssl.SSLError:
        return False


def _value(value: Any) -> AnyValue:
    match value:
        case list():
            return AnyValue(array_value=ArrayValue(values=[_value(each) for each in value]))
        case int():
            return AnyValue(int_value=value)
        case _:
            return AnyValue(string_value=value)


def _ok(url: str) -> bool:
    try:
        return requests.get(url, timeout=BOUND).ok
    except requests.ConnectionError:
        return False
