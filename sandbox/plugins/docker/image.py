"""`docker:index/image:Image`."""

# The methods' signatures are the host's.
# ruff: noqa: A002, ARG002

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, mapping, nested, result, string
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.docker.builder import Build, Builder
from sandbox.plugins.docker.context import digest
from sandbox.plugins.docker.engine import Engine, Shelf
from sandbox.plugins.docker.node import Node
from sandbox.plugins.docker.reference import normalised
from sandbox.plugins.host import UNKNOWN, Checked, Created, Failure, Inputs, State, Value, contains_unknown
from sandbox.toolchain.paths import Paths

PLATFORM = "linux/amd64"
CONTENT = "contextDigest"
"""What the context holds, kept beside the build's inputs: another content is another build."""


class Image(Declared):
    """An image that is built from a Dockerfile, and published where it is run.

    That is the Docker engine that the provider's options name, else the sandbox's node. Containers find it there under
    its name, whatever registry that names; a registry's login is accepted and has no use.
    """

    table: ClassVar[Table] = {
        "imageName": string(required=True),
        "build": nested(
            {
                "context": string(default="."),
                "dockerfile": string(computed=True),
                "platform": string(default=PLATFORM, choices=(PLATFORM,)),
                "args": mapping(),
                "target": string(),
                CONTENT: string(),
            },
            default={},
        ),
        "buildOnPreview": boolean(at_creation=True),
        "skipPush": boolean(at_creation=True),
        "registry": nested(
            {"server": string(), "username": string(), "password": string(secret=True)}, at_creation=True
        ),
        "baseImageName": result(),
        "context": result(),
        "dockerfile": result(),
        "platform": result(),
        "registryServer": result(),
        "repoDigest": result(),
    }

    def __init__(self, builder: Builder | None = None, node: Node | None = None, engine: Engine | None = None) -> None:
        paths = Paths.find()
        self._builder = builder or Builder(paths)
        self._own_builder = builder or Builder(paths, paths.docker / "build")
        self._node = node or Node(paths)
        self._engine = engine or Engine()

    @property
    def _shelf(self) -> Shelf:
        return self._engine if self._engine.chosen else self._node

    @property
    def _maker(self) -> Builder:
        """What is built for an engine goes with the engine, and not with the node."""
        return self._own_builder if self._engine.chosen else self._builder

    def check(self, name: str, news: Inputs, olds: Inputs | None) -> Checked:
        """Refuse what is not there to build, and note what the context holds."""
        checked = super().check(name, {**news, "build": news.get("build") or {}}, olds)
        if checked.failures:
            return checked
        inputs = {**checked.inputs, "build": dict(checked.inputs["build"])}
        build = inputs["build"]
        if UNKNOWN in (build["context"], build.get("dockerfile")):
            return Checked(inputs)
        context = Path(build["context"])
        build.setdefault("dockerfile", str(context / "Dockerfile"))
        if not context.is_dir():
            return Checked(inputs, [Failure("build.context", f"there is no folder {context.resolve()}")])
        if not Path(build["dockerfile"]).is_file():
            where = Path(build["dockerfile"]).resolve()
            return Checked(inputs, [Failure("build.dockerfile", f"there is no file {where}")])
        build[CONTENT] = digest(context, Path(build["dockerfile"]))
        return Checked(inputs)

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:
        """Build and publish."""
        if preview:
            return Created("", self._previewed(inputs))
        state = self._published(inputs)
        return Created(state["imageName"], state)

    def update(
        self, id: str, olds: Inputs, old_state: State, news: Inputs, *, preview: bool, timeout: float | None
    ) -> State:
        """Build and publish anew; what stood under another name stays, for pods may still run it."""
        return self._previewed(news) if preview else self._published(news)

    def look(self, id: str, known: State) -> dict[str, Value] | None:
        """Return what is known while the image that was published is there."""
        found = self._shelf.digest(known["imageName"])
        held = found is not None and str(known.get("repoDigest", "")).endswith(f"@{found}")
        return dict(known) if held else None

    def remove(self, id: str, state: State) -> None:
        """Leave the image, as the vendor's plugin leaves it in its registry."""

    def make(self, inputs: Inputs) -> str:
        """Never asked for: `create` publishes."""
        raise NotImplementedError

    def change(self, id: str, old: State, inputs: Inputs) -> None:
        """Never asked for: `update` publishes."""
        raise NotImplementedError

    def _previewed(self, inputs: Inputs) -> State:
        if inputs.get("buildOnPreview") and not contains_unknown(inputs):
            with self._maker.built(_build(inputs)):
                pass
        return {**_told(inputs), "repoDigest": UNKNOWN}

    def _published(self, inputs: Inputs) -> State:
        with self._maker.built(_build(inputs)) as archive:
            return {**_told(inputs), "repoDigest": self._shelf.take(archive, inputs["imageName"])}


def _build(inputs: Inputs) -> Build:
    build = inputs["build"]
    return Build(
        reference=inputs["imageName"],
        context=Path(build["context"]),
        dockerfile=Path(build["dockerfile"]),
        arguments=build.get("args") or {},
        target=build.get("target"),
    )


def _told(inputs: Inputs) -> dict[str, Value]:
    build, name = inputs["build"], inputs["imageName"]
    server = (inputs.get("registry") or {}).get("server")
    return {
        **inputs,
        "baseImageName": name,
        "context": build["context"],
        "dockerfile": build["dockerfile"],
        "platform": build["platform"],
        "registryServer": server or (UNKNOWN if name is UNKNOWN else normalised(name).partition("/")[0]),
    }
