"""What a Dockerfile builds on: nothing can be pulled, so each base is brought before the build."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.plugins.host import PluginError

_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\}|(?P<plain>\w+))")


def bases(dockerfile: str, arguments: Mapping[str, str]) -> list[str]:
    """The images that the FROM lines name, each once, without earlier stages and `scratch`.

    Args:
        dockerfile: its text.
        arguments: of the build; they win over the defaults of the ARG lines above the first FROM.

    Raises:
        PluginError: a FROM line names an argument that has no value.
    """
    values: dict[str, str] = {}
    found: list[str] = []
    stages: set[str] = set()
    for line in _lines(dockerfile):
        word, *rest = line.split()
        if word.upper() == "ARG" and not found and not stages:
            values |= _argument(rest[0], arguments)
        elif word.upper() == "FROM":
            names = [_filled(part, values, line) for part in rest if not part.startswith("--")]
            if names[0] not in stages | {"scratch"}:
                found.append(names[0])
            stages.add(names[2] if len(names) > 2 else "")
    return list(dict.fromkeys(found))


def _lines(dockerfile: str) -> list[str]:
    kept = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\s*\n", " ", "\n".join(kept))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def _argument(declared: str, arguments: Mapping[str, str]) -> dict[str, str]:
    name, equals, default = declared.partition("=")
    if name in arguments:
        return {name: arguments[name]}
    return {name: default.strip("\"'")} if equals else {}


def _filled(part: str, values: Mapping[str, str], line: str) -> str:
    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["plain"]
        found = values.get(name) or match["default"]
        if not found:
            raise PluginError(f"`{line}`: the build gives no value for {name}; add it to build.args")
        return found

    return _VARIABLE.sub(value, part)
