"""What is said about a setting beside its type: the words of its errors, and whether it may change later.

The pieces stand in a field's `Annotated[...]`, so that errors, JSON Schema and reference have one source.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from transforms.documents.problems import Loc


@dataclass(frozen=True)
class Expected:
    """What a person should write, as the object of the sentence "expected …"."""

    phrase: str


@dataclass(frozen=True)
class Immutable:
    """The setting must not change once the environment holds it, for this reason."""

    reason: str


@dataclass(frozen=True)
class GrowsOnly:
    """The setting may only go up once the environment holds it, for this reason."""

    reason: str


@dataclass(frozen=True)
class Setting:
    """One setting as the model declares it: `annotation` without its metadata, and the metadata."""

    annotation: Any
    metadata: tuple[Any, ...]
    required: bool = False

    @property
    def phrase(self) -> str:
        """What a person should write here."""
        given = next((each.phrase for each in self.metadata if isinstance(each, Expected)), None)
        if given:
            return given
        if get_origin(self.annotation) is Literal:
            return "one of " + ", ".join(str(word) for word in get_args(self.annotation))
        if self.annotation is bool:
            return "true or false"
        if get_origin(self.annotation) is tuple:
            return "a list"
        return "a mapping" if self.model else "a text"

    @property
    def model(self) -> type[BaseModel] | None:
        """The model behind a mapping; None for everything else."""
        return self.annotation if isinstance(self.annotation, type) and issubclass(self.annotation, BaseModel) else None

    @property
    def adapter(self) -> TypeAdapter[Any]:
        """What validates a value on its own as this setting."""
        annotation: Any = Annotated[(self.annotation, *self.metadata)]
        return TypeAdapter(annotation)

    @property
    def is_structured(self) -> bool:
        """Whether the value is a mapping or a list."""
        return bool(self.model or self.item)

    def key(self, name: str) -> Setting | None:
        """The setting under a key of a mapping; None for an unknown key and for everything else."""
        return settings_of(self.model).get(name) if self.model else None

    @property
    def item(self) -> Setting | None:
        """An entry of a list; None for everything else."""
        return strip(get_args(self.annotation)[0]) if get_origin(self.annotation) is tuple else None


def strip(annotation: Any, metadata: tuple[Any, ...] = ()) -> Setting:
    """Take `Annotated` and `| None` off a type, keeping the metadata."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            metadata = (*metadata, *more)
        elif get_origin(annotation) in {Union, types.UnionType}:
            annotation = next(each for each in get_args(annotation) if each is not type(None))
        else:
            return Setting(annotation, metadata)


@cache
def settings_of(model: type[BaseModel]) -> Mapping[str, Setting]:
    """A model's settings by the keys of the file, in the order of their declaration."""
    return {_key(name, field): _setting(field) for name, field in model.model_fields.items()}


def setting_at(model: type[BaseModel], loc: Loc) -> Setting | None:
    """The setting that `loc` leads to from `model`, or None when the contract has none there."""
    here: Setting | None = Setting(model, ())
    for part in loc:
        if here is None:
            return None
        here = here.item if isinstance(part, int) else here.key(part)
    return here


def walk(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Setting]]:
    """Every setting below `model` with its path, lists as `teams[]`, parents before children."""
    for key, setting in settings_of(model).items():
        path = f"{prefix}{key}"
        yield path, setting
        inner = setting.item or setting
        if inner.model:
            yield from walk(inner.model, f"{path}[]." if setting.item else f"{path}.")


def _setting(field: FieldInfo) -> Setting:
    bare = strip(field.annotation, tuple(field.metadata))
    return Setting(bare.annotation, bare.metadata, field.is_required())


def _key(name: str, field: FieldInfo) -> str:
    return field.alias or name
