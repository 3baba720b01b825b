"""What the types below a realm share."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Field, Table, string
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import State
from sandbox.plugins.keycloak.api import Api

REALM_ID: dict[str, Field] = {"realmId": string(required=True, replaces=True)}


class BelowRealm(Declared):
    """A resource in a realm."""

    table: ClassVar[Table]
    import_id: ClassVar[str] = "realm/id"
    """What the id of an import looks like; empty where the vendor imports nothing of the type."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read `realm/id`."""
        parts = self.parts_of(id)
        return parts[-1], {"realmId": parts[0]}

    def parts_of(self, id: str) -> list[str]:  # noqa: A002
        """Return the parts of an import's id, as many as the type expects."""
        name = type(self).__name__
        if not self.import_id:
            raise PluginError(f"{name} {id} cannot be imported; declare it, it takes over what is there")
        parts = id.split("/")
        if len(parts) != self.import_id.count("/") + 1 or not all(parts):
            raise PluginError(f"{name}: expected the import id `{self.import_id}`, not `{id}`")
        return parts
