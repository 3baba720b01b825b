"""The membership of one role in another."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, string
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.postgresql.connection import Server
from sandbox.plugins.postgresql.membership import grant_membership, revoke_membership

_READ = """
SELECT bool_or(m.admin_option) FROM pg_auth_members m
WHERE pg_get_userbyid(m.member) = %s AND pg_get_userbyid(m.roleid) = %s HAVING count(*) > 0
"""


class GrantRole(Declared):
    """A membership; its properties all replace."""

    table: ClassVar[Table] = {
        "grantRole": string(required=True, replaces=True),
        "role": string(required=True, replaces=True),
        "withAdminOption": boolean(default=False, replaces=True),
    }

    def __init__(self, server: Server) -> None:
        self._server = server

    def make(self, inputs: Inputs) -> str:
        """Make the role a member, with the option as given, whatever it was before."""
        with self._server.change() as session:
            revoke_membership(session, inputs["grantRole"], inputs["role"])
            grant_membership(session, inputs["grantRole"], inputs["role"], admin=inputs["withAdminOption"])
        return f"{inputs['role']}_{inputs['grantRole']}_{str(inputs['withAdminOption']).lower()}"

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the membership."""
        if not known:
            raise PluginError(f"GrantRole {key} cannot be imported: its id does not part the two roles' names")
        with self._server.session() as session:
            row = session.row(_READ, known["role"], known["grantRole"])
        if row is None:
            return None
        return {"role": known["role"], "grantRole": known["grantRole"], "withAdminOption": row[0]}

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Never asked for: every property replaces."""

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """End the membership."""
        with self._server.change() as session:
            if session.row(_READ, state["role"], state["grantRole"]):
                revoke_membership(session, state["grantRole"], state["role"])
