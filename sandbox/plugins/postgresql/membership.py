"""Memberships of roles in roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sandbox.plugins.postgresql.connection import Session
from sandbox.plugins.postgresql.library import sql


def memberships_of(session: Session, role: str) -> list[str]:
    """Return the names of the roles that a role is a direct member of, in order."""
    rows = session.rows(
        "SELECT DISTINCT pg_get_userbyid(m.roleid)::text FROM pg_auth_members m"
        " JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = %s ORDER BY 1",
        role,
    )
    return [row[0] for row in rows]


def grant_membership(session: Session, group: str, member: str, *, admin: bool = False) -> None:
    """Make a role a member of another; with `admin`, it may pass that membership on."""
    words = sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(member))
    if admin:
        words += sql.SQL(" WITH ADMIN OPTION")
    session.run(words, name=f"making {member} a member of {group}")


def revoke_membership(session: Session, group: str, member: str) -> None:
    """End a membership; one that does not exist is no error."""
    words = sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(group), sql.Identifier(member))
    session.run(words, name=f"ending the membership of {member} in {group}")


@contextmanager
def acting_for(session: Session, roles: Iterable[str]) -> Iterator[None]:
    """Lend a login that is no superuser the memberships that it needs to act for other roles, and end them after."""
    lent: list[str] = []
    row = session.row("SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user")
    assert row is not None, "a session has a role"
    me, superuser = row
    if not superuser:
        for role in sorted(set(roles) - {me, *memberships_of(session, me)}):
            grant_membership(session, role, me)
            lent.append(role)
    yield
    for role in lent:
        if session.row("SELECT 1 FROM pg_roles WHERE rolname = %s", role):
            revoke_membership(session, role, me)
