"""The host's process; like the plugins it ends with the engine."""

from __future__ import annotations

import sys

import grpc

from sandbox.plugins.host.protocol import language_pb2_grpc
from sandbox.plugins.host.server import serve_until_alone

from .host import LanguageHost


def main() -> None:
    """Serve on a free port of this machine and print that port first; the engine's address is the last argument."""
    host = LanguageHost(sys.argv[-1] if len(sys.argv) > 1 else "")

    def register(server: grpc.Server) -> None:
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)

    serve_until_alone(register, 8, host.stop)
