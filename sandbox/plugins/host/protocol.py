"""The engine's protocol: the SDK's generated messages and services, without the rest of the SDK.

`import pulumi.runtime.proto` runs `pulumi/__init__.py` first, which imports all that a program may need; in a plugin
that is half of the processor time of a run without changes. So the packages around the protocol are put in place
empty while it is imported. Whoever imports `pulumi` later gets it whole.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def _alone() -> Iterator[None]:
    """While this lasts, importing from `pulumi.runtime` runs the named module alone."""
    found = None if "pulumi" in sys.modules else importlib.util.find_spec("pulumi")
    if found is None or not found.submodule_search_locations:
        yield
        return
    places = list(found.submodule_search_locations)
    empty = {"pulumi": places, "pulumi.runtime": [f"{place}/runtime" for place in places]}
    for name, path in empty.items():
        module = ModuleType(name)
        module.__path__ = path
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in empty:
            del sys.modules[name]


with _alone():
    from pulumi.runtime import proto
    from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS as CHANNEL_OPTIONS
    from pulumi.runtime.proto import (
        engine_pb2,
        engine_pb2_grpc,
        language_pb2,
        language_pb2_grpc,
        provider_pb2_grpc,
        status_pb2,
    )

__all__ = [
    "CHANNEL_OPTIONS",
    "engine_pb2",
    "engine_pb2_grpc",
    "language_pb2",
    "language_pb2_grpc",
    "proto",
    "provider_pb2_grpc",
    "status_pb2",
]
