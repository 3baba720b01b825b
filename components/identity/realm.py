"""The realm: roles, groups, how people log in, clients. One definition for every place Keycloak runs in."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_keycloak as keycloak

from components.base import Component
from components.identity.clients import Frontend, ServiceClient
from components.identity.directory import Directory, federation
from components.identity.mail import Mail
from components.identity.permissions import ADMINISTRATOR, ADMINISTRATORS, PERMISSIONS, Title, slug
from components.identity.second_factor import SecondFactor
from components.identity.teams import TeamGroup
from components.identity.upstream import OidcProvider, Upstream

DAY = 24 * 3600  # seconds

REQUIRED_ACTIONS = {
    "CONFIGURE_TOTP": "Configure OTP",
    "UPDATE_PASSWORD": "Update Password",
    "UPDATE_PROFILE": "Update Profile",
    "VERIFY_EMAIL": "Verify Email",
}
"""What people can be asked to do at their next login, by Keycloak's alias; new people are asked for nothing by default:
whoever makes a login says what it still lacks."""


@dataclass(frozen=True)
class PasswordPolicy:
    """Length over composition rules: NIST SP 800-63B, section 3.1.1.2. `history`: passwords that may not come back."""

    length: int
    history: int

    def text(self) -> str:
        """The policy as Keycloak writes it."""
        return f"length({self.length}) and notUsername and notEmail and passwordHistory({self.history})"


@dataclass(frozen=True)
class Lockout:
    """When guessing locks a login, and for how long; never for good, or anyone could lock anyone out.

    Args:
        failures: wrong passwords until the login is locked.
        wait: seconds of the first lock; each further row of as many failures adds as much.
        longest: seconds of the longest lock.
        forgotten: seconds after which failures no longer count.
    """

    failures: int
    wait: int = 60
    longest: int = 900
    forgotten: int = 12 * 3600


@dataclass(frozen=True)
class RealmArgs:
    """A realm called `name` for `environment`, whose frontend lives at `frontend` (an https origin).

    Args:
        administrator_otp: whether a System Administrator needs a one-time password as well.
        events_days: how long events of logins and of administration are kept.
        provider: where else people log in; None for nowhere.
        directory: whose people log in here with the password that they have there; None for none.
        mail: through which server the realm sends; None for none: then nobody can reset a password by mail.
    """

    name: str
    environment: str
    frontend: str
    administrator_otp: bool
    password_policy: PasswordPolicy
    lockout: Lockout
    events_days: int
    mail: Mail | None = None
    provider: OidcProvider | None = None
    directory: Directory | None = None


class Realm(Component):
    """The realm, with its roles and the frontend's client.

    Outputs:
        id: known once nothing of Keycloak's permissive defaults is left in it, so whatever needs it comes after that.
        roles: the platform's roles by their titles.
        scope: the name of the client scope that puts `roles` and `groups` into tokens.
        frontend: the public client of the platform's frontend.
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
        self.args, self.provider = args, provider
        self._opts = self.child(provider=provider)
        realm = self._realm(name)
        # Keycloak gives everyone offline tokens and user-managed access as well. Here people manage their own account;
        # every other role is given, never inherited.
        defaults = keycloak.DefaultRoles(
            f"{name}-default-roles",
            realm_id=realm.id,
            default_roles=["account/manage-account", "account/view-profile"],
            opts=self._opts,
        )
        self._command_line(name, realm)
        self._events(name, realm)
        self._required_actions(name, realm)
        self.roles: dict[Title, keycloak.Role] = {
            title: keycloak.Role(
                f"{name}-{slug(title)}",
                realm_id=realm.id,
                name=title,
                description=each.purpose,
                opts=self._opts,
            )
            for title, each in PERMISSIONS.items()
        }
        self._administrators(name, realm)
        bound: list[pulumi.Output[str]] = []
        after: pulumi.Output[str] | None = None
        if args.administrator_otp:
            second_factor = SecondFactor(
                name, realm.id, ADMINISTRATOR, pulumi.ResourceOptions(parent=self, providers=[provider])
            )
            bound.append(second_factor.bound)
            after = second_factor.after_provider
        if args.provider:
            Upstream(
                f"{name}-provider",
                args.provider,
                realm.id,
                after,
                pulumi.ResourceOptions(parent=self, providers=[provider]),
            )
        if args.directory:
            federation(f"{name}-directory", args.directory, realm.id, self._opts)
        self.scope = self._scope(name, realm)
        self.id = pulumi.Output.all(realm.id, defaults.id, *bound).apply(lambda parts: str(parts[0]))
        self.frontend = Frontend(self.id, self.scope, args.frontend, f"{name}-frontend", self._opts)
        self.register_outputs({"id": self.id})

    def _realm(self, name: str) -> keycloak.Realm:
        args, lockout = self.args, self.args.lockout
        return keycloak.Realm(
            name,
            realm=args.name,
            enabled=True,
            display_name=f"ETL platform ({args.environment})",
            ssl_required="all",
            registration_allowed=False,
            # Both need mail.
            reset_password_allowed=args.mail is not None,
            verify_email=args.mail is not None,
            remember_me=False,
            edit_username_allowed=False,
            login_with_email_allowed=True,
            duplicate_emails_allowed=False,
            user_managed_access=False,
            access_token_lifespan="5m",
            # Between the login page and the token: a code is exchanged at once or not at all.
            access_code_lifespan="1m",
            access_code_lifespan_login="10m",
            access_code_lifespan_user_action="5m",
            action_token_generated_by_admin_lifespan="12h",
            action_token_generated_by_user_lifespan="5m",
            sso_session_idle_timeout="30m",
            sso_session_max_lifespan="10h",
            revoke_refresh_token=True,
            refresh_token_max_reuse=0,
            password_policy=args.password_policy.text(),
            otp_policy=keycloak.RealmOtpPolicyArgs(
                # What every authenticator app can do; the longer hashes, many ignore silently.
                type="totp",
                algorithm="HmacSHA1",
                digits=6,
                period=30,
                look_ahead_window=1,
                code_reusable=False,
            ),
            smtp_server=args.mail.server() if args.mail else None,
            security_defenses=keycloak.RealmSecurityDefensesArgs(
                brute_force_detection=keycloak.RealmSecurityDefensesBruteForceDetectionArgs(
                    permanent_lockout=False,
                    max_login_failures=lockout.failures,
                    wait_increment_seconds=lockout.wait,
                    max_failure_wait_seconds=lockout.longest,
                    quick_login_check_milli_seconds=1000,
                    minimum_quick_login_wait_seconds=lockout.wait,
                    failure_reset_time_seconds=lockout.forgotten,
                )
            ),
            opts=self._opts,
        )

    def _command_line(self, name: str, realm: keycloak.Realm) -> None:
        """Keycloak makes the client of its command line in each realm, open for passwords without a second factor."""
        keycloak.openid.Client(
            f"{name}-admin-cli",
            realm_id=realm.id,
            client_id="admin-cli",
            name="${client_admin-cli}",
            enabled=False,
            access_type="PUBLIC",
            standard_flow_enabled=False,
            implicit_flow_enabled=False,
            direct_access_grants_enabled=False,
            service_accounts_enabled=False,
            import_=True,
            opts=self._opts,
        )

    def _events(self, name: str, realm: keycloak.Realm) -> None:
        """Who logged in, who failed to, and who changed what; without what was changed, which may be personal."""
        keycloak.RealmEvents(
            f"{name}-events",
            realm_id=realm.id,
            events_enabled=True,
            events_expiration=self.args.events_days * DAY,
            events_listeners=["jboss-logging"],
            admin_events_enabled=True,
            admin_events_details_enabled=False,
            opts=self._opts,
        )

    def _required_actions(self, name: str, realm: keycloak.Realm) -> None:
        for alias, title in REQUIRED_ACTIONS.items():
            keycloak.RequiredAction(
                f"{name}-{alias.lower().replace('_', '-')}",
                realm_id=realm.id,
                alias=alias,
                name=title,
                enabled=alias != "VERIFY_EMAIL" or self.args.mail is not None,
                default_action=False,
                opts=self._opts,
            )

    def _administrators(self, name: str, realm: keycloak.Realm) -> None:
        group = keycloak.Group(f"{name}-{ADMINISTRATORS}", realm_id=realm.id, name=ADMINISTRATORS, opts=self._opts)
        keycloak.GroupRoles(
            f"{name}-{ADMINISTRATORS}",
            realm_id=realm.id,
            group_id=group.id,
            role_ids=[self.roles[ADMINISTRATOR].id],
            exhaustive=True,
            opts=self._opts,
        )

    def _scope(self, name: str, realm: keycloak.Realm) -> pulumi.Output[str]:
        """The claims `roles` (names) and `groups` (full paths) of every token of the platform's clients."""
        scope = keycloak.openid.ClientScope(
            f"{name}-teams",
            realm_id=realm.id,
            name="teams",
            description="Roles and groups.",
            include_in_token_scope=False,
            opts=self._opts,
        )
        roles = keycloak.openid.UserRealmRoleProtocolMapper(
            f"{name}-roles",
            realm_id=realm.id,
            client_scope_id=scope.id,
            name="roles",
            claim_name="roles",
            multivalued=True,
            opts=self._opts,
        )
        groups = keycloak.openid.GroupMembershipProtocolMapper(
            f"{name}-groups",
            realm_id=realm.id,
            client_scope_id=scope.id,
            name="groups",
            claim_name="groups",
            full_path=True,
            opts=self._opts,
        )
        return pulumi.Output.all(scope.name, roles.id, groups.id).apply(lambda parts: str(parts[0]))

    def team(self, name: str, parent: pulumi.Resource) -> TeamGroup:
        """The groups and roles of a team: what its members have in the realm, and nobody else."""
        opts = pulumi.ResourceOptions(parent=parent, providers=[self.provider])
        return TeamGroup(name, self.id, {title: role.id for title, role in self.roles.items()}, opts)

    def service_client(
        self,
        client_id: str,
        *,
        description: str,
        host: str | None = None,
        callback: str = "/oauth2/callback",
        roles: Sequence[keycloak.Role] | None = None,
        parent: pulumi.Resource,
    ) -> ServiceClient:
        """The confidential client of one service.

        Args:
            client_id: unique in the realm.
            host: the DNS name under which people reach it; None for a machine, which logs in for itself.
            callback: the path at `host` to which people come back with their code: oauth2-proxy's without another.
            roles: the only realm roles that its tokens may carry; None for all that a person has. A machine's own
                account is given them, and has none without them.
        """
        opts = pulumi.ResourceOptions(parent=parent, providers=[self.provider])
        return ServiceClient(
            client_id,
            self.id,
            self.scope,
            description=description,
            host=host,
            callback=callback,
            roles=roles,
            opts=opts,
        )
