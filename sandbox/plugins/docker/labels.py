"""Labels: a list of names and values in the package, a map in the engine."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.plugins.declared.fields import Table, string
from sandbox.plugins.host import Inputs, Value

LABEL: Table = {"label": string(required=True), "value": string(required=True)}


def labels_of(inputs: Inputs) -> dict[str, str]:
    """As the engine takes them."""
    return {each["label"]: each["value"] for each in inputs.get("labels") or ()}


def listed(found: Mapping[str, str] | None) -> list[Value]:
    """As the package has them."""
    return [{"label": name, "value": value} for name, value in sorted((found or {}).items())]
