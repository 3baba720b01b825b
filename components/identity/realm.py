"""The realm: roles, a group and a role per team, clients. One definition for every place Keycloak runs in."""

from dataclasses import dataclass

import pulumi
import pulumi_keycloak as keycloak

from components.base import Component

# What each role is for, in the words people read in Keycloak's console.
ROLES = {
    "System Administrator": "Runs the platform: every team, every environment setting.",
    "Data Manager": "Answers for a team's data: structure, access, backups.",
    "Analyst": "Reads a team's data and runs its jobs.",
}


@dataclass(frozen=True)
class RealmArgs:
    """A realm called `name` for `environment`, whose frontend lives below `frontend` (an https origin)."""

    name: str
    environment: str
    frontend: str


class Realm(Component):
    """The realm with its roles and its two clients.

    Outputs:
        id: known once nothing of Keycloak's permissive defaults is left in it.
        frontend_client, service_client: client ids, a public one with PKCE and a confidential one.
        service_secret: the confidential client's secret.
    """

    id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: RealmArgs,
        provider: keycloak.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("identity:Realm", name, opts)
        self.args = args
        self._opts = self.child(provider=provider)
        self.provider = provider
        realm = keycloak.Realm(
            name,
            realm=args.name,
            enabled=True,
            display_name=f"ETL platform ({args.environment})",
            ssl_required="all",
            registration_allowed=False,
            reset_password_allowed=False,
            remember_me=False,
            login_with_email_allowed=True,
            duplicate_emails_allowed=False,
            access_token_lifespan="5m",
            sso_session_idle_timeout="30m",
            sso_session_max_lifespan="10h",
            revoke_refresh_token=True,
            refresh_token_max_reuse=0,
            # Length over composition rules: NIST SP 800-63B, section 3.1.1.2.
            password_policy="length(14) and notUsername and notEmail and passwordHistory(5)",
            security_defenses=keycloak.RealmSecurityDefensesArgs(
                brute_force_detection=keycloak.RealmSecurityDefensesBruteForceDetectionArgs(
                    permanent_lockout=False,
                    max_login_failures=10,
                    wait_increment_seconds=60,
                    max_failure_wait_seconds=900,
                    quick_login_check_milli_seconds=1000,
                    minimum_quick_login_wait_seconds=60,
                    failure_reset_time_seconds=43200,
                )
            ),
            opts=self._opts,
        )
        self._realm = realm.id
        # Keycloak gives everyone offline tokens and user-managed access as well. Here people manage their own account;
        # every other role is given, never inherited.
        defaults = keycloak.DefaultRoles(
            f"{name}-default-roles",
            realm_id=realm.id,
            default_roles=["account/manage-account", "account/view-profile"],
            opts=self._opts,
        )
        self.roles = {
            title: keycloak.Role(
                f"{name}-{title.lower().replace(' ', '-')}",
                realm_id=realm.id,
                name=title,
                description=description,
                opts=self._opts,
            )
            for title, description in ROLES.items()
        }
        frontend = keycloak.openid.Client(
            f"{name}-frontend",
            realm_id=realm.id,
            client_id="frontend",
            name="Frontend",
            access_type="PUBLIC",
            standard_flow_enabled=True,
            implicit_flow_enabled=False,
            direct_access_grants_enabled=False,
            service_accounts_enabled=False,
            pkce_code_challenge_method="S256",
            root_url=args.frontend,
            # Exact addresses: a wildcard here hands login codes to whoever finds an open redirect.
            valid_redirect_uris=[f"{args.frontend}/callback"],
            valid_post_logout_redirect_uris=[f"{args.frontend}/"],
            web_origins=[args.frontend],
            opts=self._opts,
        )
        service = keycloak.openid.Client(
            f"{name}-service",
            realm_id=realm.id,
            client_id="platform-service",
            name="Platform service",
            access_type="CONFIDENTIAL",
            standard_flow_enabled=False,
            implicit_flow_enabled=False,
            direct_access_grants_enabled=False,
            service_accounts_enabled=True,
            full_scope_allowed=False,
            opts=self._opts,
        )
        self.frontend_client = frontend.client_id
        self.service_client = service.client_id
        self.service_secret: pulumi.Output[str] = pulumi.Output.secret(service.client_secret)
        self.id = pulumi.Output.all(realm.id, defaults.id).apply(lambda parts: str(parts[0]))
        self.register_outputs({"id": self.id})

    def team(self, name: str, parent: pulumi.Resource) -> "TeamGroup":
        """The group of a team, whose members have the team's role and no other."""
        return TeamGroup(name, self.id, pulumi.ResourceOptions(parent=parent, providers=[self.provider]))


class TeamGroup(Component):
    """A team's group in the realm, and the role that its members have."""

    def __init__(self, team: str, realm_id: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
        super().__init__("identity:TeamGroup", team, opts)
        role = keycloak.Role(
            f"{team}-member",
            realm_id=realm_id,
            name=team_role(team),
            description=f"Member of the team {team}.",
            opts=self.child(),
        )
        group = keycloak.Group(team, realm_id=realm_id, name=team, opts=self.child())
        keycloak.GroupRoles(
            team, realm_id=realm_id, group_id=group.id, role_ids=[role.id], exhaustive=True, opts=self.child()
        )
        self.group = group.name
        self.register_outputs({"group": self.group})


def team_role(team: str) -> str:
    """The realm role of a team's members. The colon keeps it apart from the platform's own roles."""
    return f"team:{team}"
