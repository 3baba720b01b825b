"""What must not change once it is applied, read from the marks of the model."""

from __future__ import annotations

from pydantic import BaseModel

from stacks.contract.model.settings import Settings
from stacks.contract.setting import GrowsOnly, Immutable, walk


def immutable_fields(model: type[BaseModel] = Settings) -> dict[str, str]:
    """The settings that must not change once they are applied: path (`teams[].databases[].name`) to the reason."""
    return {
        path: mark.reason for path, setting in walk(model) for mark in setting.metadata if isinstance(mark, Immutable)
    }


def growing_fields(model: type[BaseModel] = Settings) -> dict[str, str]:
    """The settings that may only go up: path (`teams[].databases[].size`) to the reason."""
    return {
        path: mark.reason for path, setting in walk(model) for mark in setting.metadata if isinstance(mark, GrowsOnly)
    }
