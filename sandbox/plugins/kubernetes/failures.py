"""What the API server refuses, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.plugins.host import PluginError

_IMMUTABLE = (
    "immutable",
    "forbidden: updates to",
    "may not change",
    "may not be changed",
    "cannot change",
    "cannot be changed",
)


@dataclass(frozen=True)
class Cause:
    """One detail of a refusal: the field (`spec.template`), the machine's reason and the message."""

    field: str
    reason: str
    message: str


class ApiError(PluginError):
    """An answer of the API server with a status of 400 or more."""

    def __init__(self, status: int, reason: str, message: str, causes: Sequence[Cause] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.causes = tuple(causes)

    @classmethod
    def parse(cls, status: int, body: bytes) -> ApiError:
        """Read a `Status` object; a body that is none is quoted."""
        try:
            answer: Any = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or "message" not in answer:
            text = body.decode(errors="replace").strip()[:300]
            return cls(status, "", f"the API server answered {status}: {text or '(nothing)'}")
        details = answer.get("details") or {}
        causes = [
            Cause(cause.get("field", "").lstrip("."), cause.get("reason", ""), cause.get("message", ""))
            for cause in details.get("causes") or ()
        ]
        return cls(status, answer.get("reason", ""), answer["message"], causes)

    @property
    def not_found(self) -> bool:
        """The object, its namespace or its kind does not exist."""
        return self.status == 404

    @property
    def over_quota(self) -> bool:
        """The namespace's quota is used up as it is now; the same program may be about to raise it."""
        return self.status == 403 and "exceeded quota" in self.message

    @property
    def conflicts(self) -> list[Cause]:
        """The fields that another manager holds with another value."""
        return [cause for cause in self.causes if cause.reason == "FieldManagerConflict"]

    @property
    def immutable_fields(self) -> list[str]:
        """The fields (or their parents) that cannot change after creation, as far as the server named them."""
        if self.status != 422:
            return []
        return [cause.field for cause in self.causes if any(word in cause.message.lower() for word in _IMMUTABLE)]

    @property
    def transient(self) -> bool:
        """Whether the same request may well succeed a moment later."""
        if self.status in (429, 500, 502, 503, 504):
            return True
        young = ("status unknown for quota", "error looking up service account")
        return self.status == 403 and any(word in self.message for word in young)


class Unreachable(PluginError):  # noqa: N818 - it describes the server
    """No answer at all."""
