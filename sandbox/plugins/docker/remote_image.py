"""`docker:index/remoteImage:RemoteImage`."""
# ruff: noqa: A002 - "id" is the protocol's word

from __future__ import annotations

from typing import ClassVar

from sandbox.docker import images
from sandbox.docker.api import Api, part
from sandbox.docker.errors import DockerError
from sandbox.plugins.declared.fields import Table, boolean, mapping, result, string, unordered
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.docker.engine import Engine
from sandbox.plugins.host import Inputs, PluginError, State, Value, status


class RemoteImage(Declared):
    """An image under its name in a registry: the one that the engine holds already, else pulled."""

    table: ClassVar[Table] = {
        "name": string(required=True),
        "keepLocally": boolean(),
        "forceRemove": boolean(),
        "platform": string(at_creation=True),
        "pullTriggers": unordered(replaces=True),
        "triggers": mapping(replaces=True),
        "imageId": result(),
        "repoDigest": result(),
    }

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, inputs: Inputs) -> str:
        """Have it in the engine."""
        with self._engine.api() as api:
            return f"{_present(api, inputs['name'])}{inputs['name']}"

    def look(self, id: str, known: State) -> dict[str, Value] | None:
        """Which image the engine has under the name."""
        if "name" not in known:
            raise PluginError(f"RemoteImage `{id}` cannot be imported: declare it, the engine has it already")
        with self._engine.api() as api:
            found = images.held(api, known["name"])
            if found is None:
                return None
            digests = api.get(f"/images/{part(found)}/json").get("RepoDigests") or [""]
        return {**known, "imageId": found, "repoDigest": digests[0]}

    def change(self, id: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Have the image of the new name too."""
        with self._engine.api() as api:
            _present(api, inputs["name"])

    def remove(self, id: str, state: State) -> None:  # noqa: ARG002
        """Remove it, unless it is to be kept."""
        if not state.get("keepLocally"):
            with self._engine.api() as api:
                api.delete(f"/images/{part(state['name'])}", {"force": bool(state.get("forceRemove"))})


def _present(api: Api, name: str) -> str:
    found = images.held(api, name)
    if found is not None:
        return found
    status(f"pulling {name}")
    try:
        said = api.post("/images/create", query={"fromImage": name})
    except DockerError as error:
        raise _not_to_be_had(name, str(error)) from error
    refused = [line["error"] for line in said if "error" in line] if isinstance(said, list) else []
    found = images.held(api, name)
    if found is None:
        raise _not_to_be_had(name, refused[0] if refused else "the engine does not show it afterwards")
    return found


def _not_to_be_had(name: str, reason: str) -> PluginError:
    return PluginError(
        f"{name} is not in the Docker engine and cannot be pulled ({reason}); in the sandbox `make local` builds the "
        "images that the platform names and brings them in"
    )
