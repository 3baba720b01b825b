"""Someone who can log in: made by the engine's account, in the group that gives the role, with a password for once.

Source: Keycloak Admin REST API, "Users" and "Groups".
"""

import re
import secrets
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, get_args

from components.identity.permissions import ADMINISTRATOR, ADMINISTRATORS, Title, group_path
from delivery.access import keycloak, live
from delivery.access.realm import groups
from operations.errors import OperationError

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,99}")


def group_of(role: str, team: str | None) -> str:
    """The path of the group whose members have the role: in the team, or in the whole environment.

    Raises:
        OperationError: no such role, or one that is held in a team and none is named, or the other way round.
    """
    titles: tuple[Title, ...] = get_args(Title)
    found = next((title for title in titles if title == role), None)
    if found is None:
        raise OperationError(f"there is no role {role!r}; ROLE= is one of {', '.join(titles)}")
    if found == ADMINISTRATOR:
        if team:
            raise OperationError(f"a {ADMINISTRATOR} is one of the whole environment: leave TEAM={team} out")
        return f"/{ADMINISTRATORS}"
    if not team:
        raise OperationError(f"{found} is a role in a team: add TEAM=, such as TEAM=epidemiology")
    return group_path(team, found)


def make(realm: keycloak.Realm, name: str, group: str, email: str | None = None) -> str:
    """Make someone, and return the password for the first login, which asks for a new one and for what is missing.

    Args:
        realm: where.
        name: for the login.
        group: the path of a group of the realm.
        email: the address; without it the first login asks for one.

    Raises:
        OperationError: no such name can be, or no such group is.
        LiveError: there is someone of this name already, or Keycloak refuses.
        OSError: Keycloak is not there.
    """
    if not NAME.fullmatch(name):
        raise OperationError(
            f"{name!r} is no login name: up to 100 of a-z, 0-9, '.', '_', '@' and '-', the first a letter or digit"
        )
    if group not in (paths := [str(each["path"]) for each in groups(realm.ask)]):
        raise OperationError(f"the realm has no group {group}; it has {', '.join(paths)}")
    password = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}"  # the realm asks for 14 characters
    body: dict[str, Any] = {
        "username": name,
        "enabled": True,
        "groups": [group],
        "credentials": [{"type": "password", "value": password, "temporary": True}],
    }
    realm.add("users", body | ({"email": email, "emailVerified": True} if email else {}))
    return password


def run(given: Namespace) -> str:
    """Make someone in an environment; returns where they log in and with what, as a line.

    Args:
        given: `name`, `role`, `team`, `email`, `env` and `context`, as the command line has them.

    Raises:
        OperationError: what is wrong, and how to go on.
    """
    group = group_of(given.role, given.team)
    try:
        outputs = live.outputs(given.env, show_secrets=True)
        with keycloak.connected(outputs["keycloak"], outputs["ca_certificate"], given.context) as realm:
            password = make(realm, given.name, group, given.email)
    except live.LiveError as error:
        raise OperationError(str(error)) from error
    except OSError as error:
        raise OperationError(f"Keycloak cannot be asked: {error}. Is the environment up?") from error
    return f"{given.name} can log in at {_entrance(outputs)}, for the first time with: {password}"


def _entrance(outputs: Mapping[str, Any]) -> str:
    """Where people log in: the frontend where there is one, else their own page in Keycloak."""
    place = outputs["keycloak"]
    frontend: Mapping[str, str] = outputs.get("frontend") or {"url": f"{place['url']}/realms/{place['realm']}/account"}
    return frontend["url"]
