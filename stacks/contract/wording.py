"""The one place where pydantic's errors become sentences. None of its own words, and no URL, reaches a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stacks.contract.model import Settings
from stacks.contract.setting import Setting, setting_at, settings_of, walk
from transforms.documents.problems import Loc, Refused, expected, nearest, one_of, path_of, quoted, shown
from transforms.documents.source import Source


def explain(source: Source, model: type[BaseModel], error: ValidationError) -> None:
    """Report to `source` what `error` says about its tree, the nothings of half-written entries included."""
    details = error.errors(include_url=False, include_input=False)
    unknown = {detail["loc"] for detail in details if detail["type"] == "extra_forbidden"}
    for loc in sorted(unknown, key=path_of):
        parent = setting_at(model, loc[:-1])
        if parent and parent.model and not source.is_covered(loc):
            source.report(loc, unknown_key(parent.model, str(loc[-1]), value_at(source.tree, loc[:-1])))
    for detail in details:
        loc = detail["loc"]
        if loc in unknown or source.is_covered(loc):
            continue
        setting = setting_at(model, loc) or Setting(str, ())
        if detail["type"] == "missing":
            if not any(_meant(model, other) == loc for other in unknown):
                source.report(loc, f"missing; expected {setting.phrase}.")
            continue
        # pydantic counts only the sound items, and says that a list is too short when its one item is wrong.
        if detail["type"] == "too_short" and value_at(source.tree, loc):
            continue
        source.report(loc, _sentence(source, loc, setting, detail))


def report_nothings(source: Source, model: type[BaseModel]) -> None:
    """Report each key of the contract with nothing after its colon: YAML's null, which a person rarely means."""
    for loc, value in _values(source.tree, ()):
        if value is not None or source.is_covered(loc):
            continue
        setting = setting_at(model, loc)
        if setting is None:
            continue
        if isinstance(loc[-1], int):
            advice = "Write the entry after its hyphen, or remove the hyphen."
        elif setting.required:
            advice = "Write the value after the colon."
        elif setting.item:
            advice = "Write [] for none, or remove the key."
        else:
            advice = "Write the value after the colon, or remove the key."
        source.report(loc, expected(setting.phrase, "nothing", advice=advice))


def unknown_key(model: type[BaseModel], key: str, siblings: object, *, prefix: str = "") -> str:
    """What to say of a key that `model` does not have.

    `siblings` is the mapping in which it stands, `prefix` what precedes each key there.
    """
    known = [name for name in settings_of(model) if name != "environment"]
    present = siblings if isinstance(siblings, Mapping) else {}
    if key == "<<":
        return "merge keys are not accepted. Write the entry out."
    misplaced: Mapping[str, str] = getattr(model, "misplaced", {})
    if key in misplaced:
        return misplaced[key]
    homes = [path.rpartition(".")[0] or "config" for path, _ in walk(Settings) if path.rpartition(".")[2] == key]
    if key in known:
        return f"unknown key. Did you mean {prefix}{key}?"
    if homes and key != "environment":
        return f"unknown key here. It belongs under {' or '.join(homes)}."
    absent = [name for name in known if f"{prefix}{name}" not in present]
    near = nearest(key, absent) or nearest(key, known)
    return (
        f"unknown key. Did you mean {prefix}{near}?"
        if near
        else f"unknown key; expected {one_of(prefix + name for name in known)}."
    )


def value_at(tree: object, loc: Loc) -> Any:
    """The value at `loc`, or None when the tree does not reach so far."""
    here: Any = tree
    for part in loc:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def _meant(model: type[BaseModel], loc: Loc) -> Loc:
    """The loc of the key that an unknown one was probably meant to be."""
    parent = setting_at(model, loc[:-1])
    known = tuple(settings_of(parent.model)) if parent and parent.model else ()
    return (*loc[:-1], nearest(str(loc[-1]), known))


def _sentence(source: Source, loc: Loc, setting: Setting, detail: ErrorDetails) -> str:
    value = value_at(source.tree, loc)
    refused = detail.get("ctx", {}).get("error")
    if isinstance(refused, Refused):
        phrase = refused.wanted or setting.phrase
        return expected(phrase, shown(value), because=refused.because, suggestion=refused.suggestion)
    if setting.item:
        return expected(setting.phrase, shown(value), advice=_list_advice(value))
    if setting.model:
        return expected(setting.phrase, _scalar(source, loc, value), advice=_mapping_advice(setting, value))
    choices = get_args(setting.annotation)
    if choices:
        near = "" if isinstance(value, dict | list) else nearest(_spelling(source, loc, value), choices)
        return expected(setting.phrase, _scalar(source, loc, value), suggestion=near)
    if setting.annotation is str:
        return expected(
            setting.phrase, _scalar(source, loc, value), **_text_help(setting, _spelling(source, loc, value), value)
        )
    if isinstance(value, str) and value and detail["type"].endswith("_type"):
        return expected(setting.phrase, f"the text {quoted(value)}", advice=_unquote(setting, value))
    # `pulumi config set` writes a number at the root as text: in its range error it is a number again.
    return expected(setting.phrase, value if isinstance(value, str) and value else _scalar(source, loc, value))


def _list_advice(value: object) -> str:
    if isinstance(value, dict) and value:
        return "Begin each entry with a hyphen."
    if isinstance(value, str) and value.isprintable() and 0 < len(value) <= 40 and "://" not in value:
        return f"Write it as a list: [{value}]."
    return ""


def _mapping_advice(setting: Setting, value: object) -> str:
    if isinstance(value, list) and value:
        return "Remove the hyphen."
    if isinstance(value, str) and value.isidentifier() and setting.key("name"):
        return f"Begin the entry with - name: {value}."
    return ""


def _text_help(setting: Setting, spelling: str, value: object) -> dict[str, str]:
    """Advice for an unquoted scalar where a text belongs: it may be fine in quotes, or near something that is."""
    if not isinstance(value, bool | int | float):
        return {}
    try:
        setting.adapter.validate_python(spelling)
    except ValidationError as error:
        refused = error.errors()[0].get("ctx", {}).get("error")
        return {"suggestion": refused.suggestion} if isinstance(refused, Refused) else {}
    kind = "boolean" if isinstance(value, bool) else "number"
    return {"advice": f'YAML reads it as a {kind}. Put it in quotes: "{spelling}".'}


def _unquote(setting: Setting, value: str) -> str:
    wanted = setting.annotation
    if (wanted is int and value.strip().isdigit()) or (wanted is bool and value.strip().lower() in {"true", "false"}):
        return "Remove the quotes."
    return ""


def _scalar(source: Source, loc: Loc, value: object) -> str:
    """A scalar as it is spelled, so that a person finds their own `no` in the error and not a `false`."""
    if isinstance(value, bool):
        return f"the boolean {_spelling(source, loc, value)}"
    return shown(value)


def _spelling(source: Source, loc: Loc, value: object) -> str:
    written = source.spellings.get(loc)
    if written:
        return written.text
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(tree: object, loc: Loc) -> Iterator[tuple[Loc, object]]:
    if loc:
        yield loc, tree
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _values(value, (*loc, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _values(value, (*loc, index))
