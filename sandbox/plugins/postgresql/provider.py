"""The package's types under their tokens, for one server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.plugins.host.provider import Provider
from sandbox.plugins.host.resource import Failure, ResourceType
from sandbox.plugins.host.values import Value
from sandbox.plugins.postgresql.connection import Server
from sandbox.plugins.postgresql.database import Database
from sandbox.plugins.postgresql.default_privileges import DefaultPrivileges
from sandbox.plugins.postgresql.grant import Grant
from sandbox.plugins.postgresql.grant_role import GrantRole
from sandbox.plugins.postgresql.inside import Extension, Schema
from sandbox.plugins.postgresql.role import Role
from sandbox.plugins.postgresql.settings import OPTIONS, mistakes, settings_of


class PostgreSql(Provider):
    """Roles, databases and privileges on one PostgreSQL server."""

    name = "postgresql"
    version = "3.18.2"
    options = OPTIONS

    def __init__(self) -> None:
        self._server = Server()
        self.types: Mapping[str, ResourceType] = {
            "postgresql:index/database:Database": Database(self._server),
            "postgresql:index/defaultPrivileges:DefaultPrivileges": DefaultPrivileges(self._server),
            "postgresql:index/extension:Extension": Extension(self._server),
            "postgresql:index/grant:Grant": Grant(self._server),
            "postgresql:index/grantRole:GrantRole": GrantRole(self._server),
            "postgresql:index/role:Role": Role(self._server),
            "postgresql:index/schema:Schema": Schema(self._server),
        }

    def check_config(self, config: Mapping[str, Value]) -> Sequence[Failure]:
        """Refuse options that cannot lead to a connection."""
        return mistakes(config)

    def configure(self, config: Mapping[str, Value]) -> None:
        """Take the server's place and login."""
        self._server.use(settings_of(config))
