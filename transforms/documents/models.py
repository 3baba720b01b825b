"""From a file's values to pydantic models: every mistake at once, each with its place, none in pydantic's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from transforms.documents.problems import Loc, Refused, expected, nearest, one_of, quoted, shown
from transforms.documents.source import Source

M = TypeVar("M", bound=BaseModel)

_KINDS = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "a text",
}


class Entry(BaseModel):
    """A part of a file: frozen, its types taken literally, its unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read_model(model: type[M], source: Source, loc: Loc, value: object) -> M | None:
    """`value`, which stands at `loc` of the file, as that model; None when it is none, and `source` was told why."""
    if source.is_covered(loc):
        return None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=True):
            _report(model, source, loc, detail)
    return None


def fields_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a model, as they stand in a file."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _report(model: type[BaseModel], source: Source, loc: Loc, detail: ErrorDetails) -> None:
    place = (*loc, *_without_branches(source, loc, detail["loc"]))
    if source.is_covered(place):
        return
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        source.report(place, unknown_key(str(detail["loc"][-1]), _known(model, detail["loc"][:-1])))
    elif kind == "missing":
        source.report(place, "missing.", cover=False)
    elif isinstance(refused := context.get("error"), Refused):
        wanted = refused.wanted or "something else"
        source.report(
            place,
            expected(wanted, shown(given), because=refused.because, suggestion=refused.suggestion)
            if refused.wanted
            else f"{shown(given)}: {refused.because}" + ("" if refused.because.endswith("?") else "."),
        )
    elif kind == "literal_error":
        choices = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        source.report(place, expected(one_of(choices), shown(given), suggestion=nearest(str(given), choices)))
    else:
        source.report(place, expected(_KINDS.get(kind) or _bounds(kind, context), shown(given)))


def _bounds(kind: str, context: dict[str, Any]) -> str:
    bounds = {
        "greater_than_equal": "a number of at least {ge}",
        "greater_than": "a number above {gt}",
        "less_than_equal": "a number of at most {le}",
        "less_than": "a number below {lt}",
        "too_short": "{min_length} or more entries",
        "too_long": "{max_length} or fewer entries",
        "string_too_short": "a text of at least {min_length} characters",
        "string_too_long": "a text of at most {max_length} characters",
        "string_pattern_mismatch": "a text of the form {pattern}",
    }
    return bounds.get(kind, "something else").format(**context)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """What to say of a key that is not known."""
    known = tuple(known)
    near = nearest(key, known)
    return (
        f"unknown key {quoted(key)}. Did you mean {near}?"
        if near
        else f"unknown key {quoted(key)}; expected {one_of(known)}."
    )


def _known(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys of the model at `loc` below `model`, as far as its annotations tell."""
    here: Any = model
    for part in loc:
        fields = {(field.alias or name): field for name, field in getattr(here, "model_fields", {}).items()}
        if part in fields:
            here = fields[str(part)].annotation
        here = _model_in(here)
    found = _model_in(here)
    return fields_of(found) if found else ()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if found := _model_in(part):
            return found
    return None


def _without_branches(source: Source, loc: Loc, below: tuple[int | str, ...]) -> Loc:
    """Without what stands nowhere in the file: the branches of a union, and the place in a list that a model made."""
    place: list[str | int] = []
    for part in below[:-1] if below[-1:] == ("[key]",) else below:
        if (*loc, *place, part) in source.lines or (part == below[-1] and isinstance(part, str)):
            place.append(part)
    return tuple(place)


Complain = Callable[..., None]
"""`complain(message, *path)`: what is wrong at a path below the entry that is being checked."""
