"""What each role may do: one table, from which the realm's roles, the page docs/access-roles.md and reports follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Title = Literal["System Administrator", "Data Manager", "Analyst"]
Place = Literal["realm", "grafana", "jaeger", "databases", "spark", "services"]

ADMINISTRATOR: Title = "System Administrator"
TEAM_TITLES: tuple[Title, ...] = ("Data Manager", "Analyst")
"""The roles that someone has in a team. An administrator has theirs in the whole environment."""

ADMINISTRATORS = "platform-administrators"
"""The group of the System Administrators; no team may have its name (stacks/contract/names.py)."""

PLACES: Mapping[Place, str] = {
    "realm": "Keycloak",
    "grafana": "Grafana",
    "jaeger": "Jaeger",
    "databases": "Databases",
    "spark": "Spark",
    "services": "Team services",
}
"""Where a role counts, in the words of the page."""


@dataclass(frozen=True)
class Permission:
    """What one role is for, and what it may do in each place.

    Attributes:
        purpose: the role's description in Keycloak's console.
        may: by place; what is not named is refused.
        grafana: the role in Grafana that it becomes, in Grafana's own word.
    """

    purpose: str
    may: Mapping[Place, str]
    grafana: Literal["GrafanaAdmin", "Editor", "Viewer"]


PERMISSIONS: Mapping[Title, Permission] = {
    "System Administrator": Permission(
        purpose="Runs the platform: every team, every environment setting.",
        may={
            "realm": "None by this role: realm, clients and roles are code, changed by `pulumi up` alone; people and "
            "their groups are the engine's account's to change (identity.md), or an upstream provider's.",
            "grafana": "Server administrator.",
            "jaeger": "Every team's traces.",
            "databases": "None by this role: the superuser's password is in a Secret of the server's namespace.",
            "spark": "Every team's history server, by a port-forward.",
            "services": "None by this role: teams decide who enters.",
        },
        grafana="GrafanaAdmin",
    ),
    "Data Manager": Permission(
        purpose="Answers for a team's data: structure, access, backups.",
        may={
            "grafana": "Edits dashboards.",
            "databases": "The owner's and the writer's login of the team's databases, by the connection Secrets.",
            "spark": "The team's history server and job objects; starts and deletes runs.",
            "services": "Enters where the service names the role.",
        },
        grafana="Editor",
    ),
    "Analyst": Permission(
        purpose="Reads a team's data and runs its jobs.",
        may={
            "grafana": "Reads dashboards.",
            "databases": "The reader's login of the team's databases, by the connection Secrets.",
            "spark": "The team's history server; starts runs of jobs that are there.",
            "services": "Enters where the service names the role.",
        },
        grafana="Viewer",
    ),
}
"""Of a team's roles: in the team in which someone has it, and in no other."""


def member_role(team: str) -> str:
    """The realm role of a team's members. The colon keeps it apart from the platform's own roles."""
    return f"team:{team}"


def team_role(team: str, title: Title) -> str:
    """The realm role of those who are `title` in a team: `team:<team>:data-manager`."""
    return f"{member_role(team)}:{slug(title)}"


def group_path(team: str, title: Title | None = None) -> str:
    """The path of a team's group, or of the group in it for one role: `/<team>/data-manager`."""
    return f"/{team}" if title is None else f"/{team}/{slug(title)}"


def slug(title: str) -> str:
    """A role's title as one word of a name: `data-manager`."""
    return title.lower().replace(" ", "-")


def grafana_role_path() -> str:
    """The JMESPath by which Grafana finds someone's role in the claim `roles`.

    It has no fallback: who has none of the roles is refused (`role_attribute_strict`). The strongest role comes first.
    """
    return " || ".join(f"contains(roles[*], '{title}') && '{each.grafana}'" for title, each in PERMISSIONS.items())
