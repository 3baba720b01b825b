"""What every entry of the config has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    """A mapping of the file: unknown keys are refused, and no error repeats what was written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    misplaced: ClassVar[Mapping[str, str]] = {}
    """Keys that people put here by mistake, and what they are told."""
