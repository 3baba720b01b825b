"""How far an object is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.plugins.host import Value
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.objects import Object


@dataclass(frozen=True)
class Status:
    """`message` says what is still missing; `failed` that it will never come."""

    ready: bool
    message: str = ""
    failed: bool = False


READY = Status(ready=True)
Check = Callable[[Object, Cluster], Status]


def waiting(message: str) -> Status:
    """Not yet."""
    return Status(ready=False, message=message)


def failed(message: str) -> Status:
    """Not any more."""
    return Status(ready=False, message=message, failed=True)


def condition(obj: Mapping[str, Value], name: str) -> Mapping[str, Value]:
    """A condition of the object's status by its type; empty when it is not there."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((one for one in conditions if one.get("type") == name), {})


def words(found: Mapping[str, Value]) -> str:
    """A condition's or event's reason and message."""
    return ": ".join(part for part in (found.get("reason"), found.get("message")) if part)
