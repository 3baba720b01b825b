"""The base of every offline provider: its name, its options, its resource types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .codec import decode_nested
from .difference import compare
from .errors import PluginError
from .names import suggestion
from .resource import Diff, Failure, ResourceType
from .values import UNKNOWN, Value

_NAMES = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a map",
}
_ENGINE_OPTIONS = frozenset({"version", "pluginDownloadURL", "__internal"})


class Provider:
    """Subclass with the class attributes set; one object serves one process.

    `options` lists the provider's configuration: name to type (str, bool, int, float, list, dict). The host reads
    them from the engine's encoding (JSON inside strings), refuses unknown ones and hands over plain values.
    """

    name: str
    version: str
    types: Mapping[str, ResourceType] = {}
    options: Mapping[str, type] = {}

    def check_config(self, config: Mapping[str, Value]) -> Sequence[Failure]:  # noqa: ARG002
        """What is wrong with the options; values may be `UNKNOWN` in a preview."""
        return ()

    def diff_config(self, olds: Mapping[str, Value], news: Mapping[str, Value]) -> Diff:
        """What changes when the options do. By default nothing is replaced."""
        return Diff(compare(olds, news))

    def configure(self, config: Mapping[str, Value]) -> None:
        """Take the options; called once before any resource, never with an `UNKNOWN` among them."""

    def resource_type(self, token: str) -> ResourceType:
        """The type behind a token; raises `PluginError` for one that this plugin does not serve."""
        found = self.types.get(token)
        if found is None:
            raise PluginError(
                f"{token}: the offline {self.name} plugin has no such resource type{suggestion(token, self.types)}"
            )
        return found

    def invoke(self, token: str, args: Mapping[str, Value]) -> Mapping[str, Value]:  # noqa: ARG002
        """Answer a function call of the program; refused unless a provider knows the function."""
        raise PluginError(f"{token}: the offline {self.name} plugin has no functions; only resources")

    def decode_config(self, raw: Mapping[str, Value]) -> tuple[dict[str, Value], list[Failure]]:
        """The options as plain values, and those that are unknown or of the wrong type."""
        config: dict[str, Value] = {}
        failures: list[Failure] = []
        for key, value in raw.items():
            if key in _ENGINE_OPTIONS or value is None:
                continue
            expected = self.options.get(key)
            if expected is None:
                hint = suggestion(key, self.options)
                failures.append(Failure(key, f"the offline {self.name} provider has no option {key}{hint}"))
                continue
            try:
                config[key] = _typed(value, expected)
            except ValueError:
                failures.append(Failure(key, f"expected {_NAMES[expected]}"))
        return config, failures


def _typed(value: Value, expected: type) -> Any:
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, str) and expected is not str:
        try:
            value = decode_nested(value)
        except json.JSONDecodeError:
            raise ValueError from None
    elif expected is str and isinstance(value, bool | int | float):
        value = json.dumps(value)
    if value is UNKNOWN:
        return UNKNOWN
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, expected) or (expected is not bool and isinstance(value, bool)):
        raise ValueError
    return value
