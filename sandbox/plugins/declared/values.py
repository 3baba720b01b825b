"""Checking, completing and comparing the values of a table's properties."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from sandbox.plugins.declared.fields import Field, Kind, Table
from sandbox.plugins.host.names import suggestion
from sandbox.plugins.host.values import UNKNOWN, Value, contains_unknown


def mistakes(table: Table, values: Mapping[str, Value], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every mistake in the values of a table's properties.

    Yields:
        The path of the property, such as `subject.commonName`, and the reason.
    """
    for name, value in values.items():
        rule = table.get(name)
        if name.startswith("__") or value is None:
            continue
        if rule is None:
            yield path + name, unknown_property(name, table)
        elif rule.output:
            yield path + name, "is a result of the resource and cannot be given"
        else:
            yield from _mistakes_of(rule, value, path + name)
    for name, rule in table.items():
        if rule.required and values.get(name) is None:
            yield path + name, "is required and was not given"


def unknown_property(name: str, table: Table) -> str:
    """Return the reason why a property that the table does not hold is refused, with the nearest one that it holds."""
    known = [known for known, rule in table.items() if not rule.output]
    hint = suggestion(name, known) or f"; it knows {', '.join(sorted(known))}"
    return f"the offline plugin knows no such property{hint}"


def _mistakes_of(rule: Field, value: Value, path: str) -> Iterator[tuple[str, str]]:
    if value is UNKNOWN:
        return
    if rule.kind is Kind.OBJECT:
        if isinstance(value, Mapping):
            yield from mistakes(rule.fields, value, path + ".")
        else:
            yield path, f"must be {rule.kind.value}, not {_described(value)}"
    elif rule.kind in {Kind.LIST, Kind.SET}:
        yield from _mistakes_of_list(rule, value, path)
    elif not _fits(rule.kind, value):
        yield path, f"must be {rule.kind.value}, not {_described(value)}"
    else:
        yield from _mistakes_of_scalar(rule, value, path)


def _mistakes_of_list(rule: Field, value: Value, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield path, f"must be {rule.kind.value}, not {_described(value)}"
        return
    for index, item in enumerate(value):
        if item is UNKNOWN:
            continue
        if rule.fields:
            if isinstance(item, Mapping):
                yield from mistakes(rule.fields, item, f"{path}[{index}].")
            else:
                yield f"{path}[{index}]", f"must be an object, not {_described(item)}"
        elif not _fits(rule.item, item):
            yield f"{path}[{index}]", f"must be {rule.item.value}, not {_described(item)}"
        else:
            yield from _mistakes_of_scalar(rule, item, f"{path}[{index}]")


def _mistakes_of_scalar(rule: Field, value: Value, path: str) -> Iterator[tuple[str, str]]:
    if rule.choices and value not in rule.choices:
        shown = "this value" if rule.secret else f"`{value}`"
        yield path, f"cannot be {shown}; expected one of {', '.join(rule.choices)}"
    if rule.minimum is not None and _fits(Kind.INTEGER, value) and value < rule.minimum:
        yield path, f"must be at least {rule.minimum}, not {value:g}"
    if rule.maximum is not None and _fits(Kind.INTEGER, value) and value > rule.maximum:
        yield path, f"must be at most {rule.maximum}, not {value:g}"


def _fits(kind: Kind, value: Value) -> bool:
    if kind is Kind.STRING:
        return isinstance(value, str)
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind is Kind.INTEGER:
        return not isinstance(value, bool) and isinstance(value, int | float) and value == int(value)
    if kind is Kind.FREE:
        return isinstance(value, Mapping)
    return isinstance(value, Mapping) and all(isinstance(item, str) or item is UNKNOWN for item in value.values())


def _described(value: Value) -> str:
    """Name what a value is without showing it, for it may be a secret."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")


def completed(table: Table, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values with whole numbers as integers and the defaults of the properties that were not given."""
    whole = {name: _completed(table[name], value) if name in table else value for name, value in values.items()}
    whole = {name: value for name, value in whole.items() if value is not None}
    for name, rule in table.items():
        if rule.default is not None and name not in whole:
            whole[name] = rule.default
    return whole


def _completed(rule: Field, value: Value) -> Value:
    if isinstance(value, float) and rule.kind is Kind.INTEGER and value == int(value):
        return int(value)
    if isinstance(value, Mapping) and rule.kind is Kind.OBJECT:
        return completed(rule.fields, value)
    if isinstance(value, list) and rule.fields:
        return [completed(rule.fields, item) if isinstance(item, Mapping) else item for item in value]
    return value


def differs(rule: Field, wanted: Value, actual: Value) -> bool:
    """Say whether what the program wants of a property is not what the resource has.

    A property that the server may choose never differs when the program does not give it. An empty text, zero,
    false and an empty list count as not given, as they do for the vendor's plugins.
    """
    if rule.at_creation or (wanted is None and rule.computed):
        return False
    if contains_unknown(wanted):
        return True
    if _empty(wanted) and _empty(actual):
        return False
    if rule.same is not None and wanted is not None and actual is not None:
        return not rule.same(wanted, actual)
    if rule.kind is Kind.OBJECT and isinstance(wanted, Mapping) and isinstance(actual, Mapping):
        return any(differs(part, wanted.get(name), actual.get(name)) for name, part in rule.fields.items())
    if rule.kind is Kind.SET and isinstance(wanted, list) and isinstance(actual, list):
        return sorted(map(_canonical, wanted)) != sorted(map(_canonical, actual))
    if rule.kind is Kind.MAP and isinstance(wanted, Mapping) and isinstance(actual, Mapping):
        return dict(wanted) != dict(actual)
    return bool(wanted != actual)


def _empty(value: Value) -> bool:
    return value is None or value in ("", 0, [], {}) or value is False


def _canonical(value: Value) -> str:
    return json.dumps(value, sort_keys=True)
