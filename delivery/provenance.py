"""Which resources an unknown value will come from.

On the wire an unknown is one anonymous constant, and dependencies are told per top-level input: of a pod template
with three unknowns nobody could say which is which, and a diff would call all of them changed when one is. While
`traced` is active, the SDK's serializer appends the sources to the constant, and keeps the known entries of a mapping
that has unknown ones. Only the recorder ever sees this form.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime import rpc

from delivery import wire


@contextmanager
def traced() -> Iterator[None]:
    """Let unknowns name their sources. Not reentrant: the serializer is the process's own."""
    original = rpc.serialize_property

    async def serialize(value: Any, deps: list[pulumi.Resource] | None, *args: Any, **kwargs: Any) -> Any:
        result = await original(value, deps, *args, **kwargs)
        if not isinstance(value, pulumi.Output):
            return result
        data = await value._data  # noqa: SLF001 - no public way tells known entries from unknown ones
        if data.is_known:
            return result
        named: Any = wire.sentinel(
            [f"{each.pulumi_resource_type} {each.pulumi_resource_name}" for each in data.resources]
        )
        if isinstance(data.value, Mapping) and data.value and all(isinstance(key, str) for key in data.value):
            named = {
                wire.SIGNATURE: wire.PARTIAL_SIGNATURE,
                "value": {
                    key: named if each is None or rpc.contains_unknowns(each) else await original(each, [], None)
                    for key, each in data.value.items()
                },
            }
        return wire.secret(named) if data.is_secret else named

    rpc.serialize_property = serialize
    try:
        yield
    finally:
        rpc.serialize_property = original
