"""The annotation `pulumi.com/waitFor`: a condition or a value of the program's own choice."""

# Every check has the same signature.
# ruff: noqa: ARG001

from __future__ import annotations

import json
import re

from sandbox.plugins.host import PluginError, lookup
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.objects import Object, annotation

from .status import READY, Check, Status, condition, waiting

ANNOTATION = "pulumi.com/waitFor"
_PATH = re.compile(r"^jsonpath=\{?\.?([\w.\-]+)\}?(?:=(.*))?$")
_CONDITION = re.compile(r"^condition=([\w.\-/]+)(?:=(.*))?$")


def chosen(obj: Object) -> Check | None:
    """The check that the object asks for, None if it asks for none; raises `PluginError` for one it cannot do."""
    text = annotation(obj, ANNOTATION)
    if text is None:
        return None
    wanted = json.loads(text) if text.startswith("[") else [text]
    checks = [_check(str(one)) for one in wanted]

    def all_of(live: Object, cluster: Cluster) -> Status:
        return next((status for check in checks if not (status := check(live, cluster)).ready), READY)

    return all_of


def _check(text: str) -> Check:
    if found := _CONDITION.match(text):
        name, value = found[1], found[2] or "True"

        def has_condition(live: Object, cluster: Cluster) -> Status:
            held = condition(live, name).get("status")
            return READY if held == value else waiting(f"its condition {name} is {held or 'not set'}, not {value}")

        return has_condition
    if found := _PATH.match(text):
        path, wanted = found[1], found[2]

        def has_value(live: Object, cluster: Cluster) -> Status:
            held = lookup(live, tuple(path.split(".")))
            if held is not None and (wanted is None or str(held) == wanted):
                return READY
            return waiting(
                f"its {path} is {'not set' if held is None else held}" + (f", not {wanted}" if wanted else "")
            )

        return has_value
    raise PluginError(
        f'annotation {ANNOTATION}: "{text}" is not understood; expected condition=NAME[=VALUE] or '
        "jsonpath={.a.b}[=VALUE], or a JSON list of these"
    )
