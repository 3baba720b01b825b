"""A provider with one type, which does what its inputs say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.plugins.host import (
    UNKNOWN,
    Change,
    Checked,
    Created,
    Diff,
    Failure,
    Found,
    InitFailed,
    Inputs,
    Kind,
    PluginError,
    Provider,
    State,
    Value,
    compare,
)


class Thing:
    secret_outputs = ("password",)

    def check(self, name: str, news: Inputs, olds: Inputs | None) -> Checked:
        if "colour" in news:
            return Checked(news, [Failure("colour", "unknown property")])
        return Checked({"name": name, "fresh": olds is None, **news})

    def diff(self, id: str, olds: Inputs, old_state: State, news: Inputs) -> Diff:  # noqa: A002, ARG002
        tags = Change(Kind.UPDATE, replace=True, input=False)
        return Diff({**compare(olds, news), "tags[0]": tags}, delete_before_replace=True)

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:  # noqa: ARG002
        match inputs.get("fail"):
            case "half-way":
                raise InitFailed("id-1", {**inputs, "password": "made"}, [f"not ready: {inputs['word']}"])
            case "wholly":
                raise PluginError(f"the server refused {inputs['word']}")
            case "unforeseen":
                raise KeyError(inputs["word"])
        return Created("" if preview else "id-1", {**inputs, "password": UNKNOWN if preview else "made"})

    def read(self, id: str, inputs: Inputs, state: State) -> Found | None:  # noqa: A002, ARG002
        return None if id == "gone" else Found(id, {"found": True}, state)

    def update(
        self,
        id: str,  # noqa: A002, ARG002
        olds: Inputs,  # noqa: ARG002
        old_state: State,  # noqa: ARG002
        news: Inputs,
        *,
        preview: bool,  # noqa: ARG002
        timeout: float | None,
    ) -> State:
        return {**news, "timeout": timeout}

    def delete(self, id: str, inputs: Inputs, state: State, *, timeout: float | None) -> None:  # noqa: A002, ARG002
        raise PluginError(f"cannot delete {inputs['word']}")


class Toy(Provider):
    name = "toy"
    version = "1.2.3"
    types: Mapping[str, Thing] = {"toy:index:Thing": Thing()}
    options: Mapping[str, type] = {"place": str, "port": int, "quick": bool, "limits": dict}

    def __init__(self) -> None:
        self.configured: Mapping[str, Value] | None = None

    def check_config(self, config: Mapping[str, Value]) -> Sequence[Failure]:
        return [] if "place" in config else [Failure("place", "is required")]

    def configure(self, config: Mapping[str, Value]) -> None:
        self.configured = config
