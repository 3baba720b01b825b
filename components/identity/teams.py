"""A team in the realm: its groups, and the roles that their members have in this team and in no other."""

from collections.abc import Mapping

import pulumi
import pulumi_keycloak as keycloak

from components.base import Component
from components.identity.permissions import TEAM_TITLES, Title, member_role, slug, team_role


class TeamGroup(Component):
    """The group `/<team>` for its members, and in it one for each role that someone has in the team.

    Outputs:
        group: the path of its group.
        member: the realm role `team:<team>` of everyone in one of its groups.
        roles: the realm roles `team:<team>:<role>` by title. Each contains `member`, and the platform's role of that
            title, which says what kind of person someone is and opens nothing of a team's.
    """

    def __init__(
        self,
        team: str,
        realm_id: pulumi.Input[str],
        titles: Mapping[Title, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("identity:TeamGroup", team, opts)
        self.member = keycloak.Role(
            f"{team}-member",
            realm_id=realm_id,
            name=member_role(team),
            description=f"Member of the team {team}.",
            opts=self.child(),
        )
        group = keycloak.Group(team, realm_id=realm_id, name=team, opts=self.child())
        self._given(team, realm_id, group, self.member)
        self.roles: dict[Title, keycloak.Role] = {}
        for title in TEAM_TITLES:
            name = f"{team}-{slug(title)}"
            role = keycloak.Role(
                name,
                realm_id=realm_id,
                name=team_role(team, title),
                description=f"{title} of the team {team}.",
                composite_roles=[self.member.id, titles[title]],
                opts=self.child(),
            )
            below = keycloak.Group(name, realm_id=realm_id, name=slug(title), parent_id=group.id, opts=self.child())
            self._given(name, realm_id, below, role)
            self.roles[title] = role
        self.group = group.path
        self.register_outputs({"group": self.group})

    def _given(self, name: str, realm_id: pulumi.Input[str], group: keycloak.Group, role: keycloak.Role) -> None:
        """Exactly this role, so that one given by hand is taken away again."""
        keycloak.GroupRoles(
            name, realm_id=realm_id, group_id=group.id, role_ids=[role.id], exhaustive=True, opts=self.child()
        )
