"""The plugin's process: it serves until the engine ends it, or is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import grpc

from . import context
from .protocol import CHANNEL_OPTIONS, engine_pb2, engine_pb2_grpc, provider_pb2_grpc
from .provider import Provider
from .servicer import Servicer

# A waiting resource holds a thread; more than the engine ever runs at once on a machine of ordinary size.
_THREADS = 256
_SEVERITIES = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING, "error": engine_pb2.ERROR}


class _EngineLog:
    """The engine's log service. Messages are a courtesy: one that cannot be delivered is dropped."""

    def __init__(self) -> None:
        self._stub: engine_pb2_grpc.EngineStub | None = None

    def attach(self, address: str) -> None:
        """Send to the engine at `address` (host:port) from now on."""
        if address:
            channel = grpc.insecure_channel(address, options=CHANNEL_OPTIONS)
            self._stub = engine_pb2_grpc.EngineStub(channel)

    def send(self, urn: str, severity: str, message: str, ephemeral: bool) -> None:
        """One message; see `context.send_logs_to`."""
        if self._stub is None:
            return
        request = engine_pb2.LogRequest(
            severity=_SEVERITIES[severity], message=message, urn=urn, streamId=0, ephemeral=ephemeral
        )
        try:
            self._stub.Log(request, timeout=5)
        except grpc.RpcError:
            return


def serve(provider: Provider, args: list[str] | None = None) -> None:
    """Serve `provider` on a free port of this machine and print that port first; returns when told to stop.

    `args`: the command line without the program's name; the engine's address is its first word, if any.
    """
    words = [word for word in (sys.argv[1:] if args is None else args) if not word.startswith("-")]
    log = _EngineLog()
    log.attach(words[0] if words else "")
    context.send_logs_to(log.send)

    def register(server: grpc.Server) -> None:
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, log.attach), server)

    serve_until_alone(register, _THREADS, context.cancel)


def serve_until_alone(register: Callable[[grpc.Server], None], threads: int, finish: Callable[[], None]) -> NoReturn:
    """Serve on a free port of this machine, print that port first, and end with the engine or at its signal.

    Args:
        register: adds the service.
        threads: how many requests are served at once.
        finish: told before the server stops.
    """
    server = grpc.server(ThreadPoolExecutor(threads), options=CHANNEL_OPTIONS)
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    wait_until_alone(stop)
    finish()
    server.stop(grace=2).wait(3)
    # A thread may still sit in a request to a server that does not answer; nothing is left to wait for it.
    os._exit(0)


def wait_until_alone(stop: threading.Event) -> None:
    """Wait until `stop` is set or the process that started this one is gone (an engine that was killed)."""
    parent = os.getppid()
    while not stop.wait(1.0):
        if os.getppid() != parent:
            return
