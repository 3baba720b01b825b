"""Who may ask the realm for tokens: the frontend in people's browsers, and each service by a client of its own."""

from collections.abc import Sequence

import pulumi
import pulumi_keycloak as keycloak

from components.base import Component

SIGN_IN_SCOPES = ("acr", "basic", "email", "profile", "web-origins")
"""Keycloak's own scopes of a client through which people log in. `roles`, which would name them once more, is not
among them: they stand in the claim `roles` of the platform's own scope."""

MACHINE_SCOPES = ("basic",)


class Frontend:
    """The public client of the platform's frontend: no secret, so PKCE and exact addresses take its place.

    Attributes:
        client_id: known once its scopes are set.
    """

    def __init__(
        self,
        realm_id: pulumi.Input[str],
        scope: pulumi.Input[str],
        origin: str,
        name: str,
        opts: pulumi.ResourceOptions,
    ) -> None:
        client = keycloak.openid.Client(
            name,
            realm_id=realm_id,
            client_id="frontend",
            name="Frontend",
            access_type="PUBLIC",
            standard_flow_enabled=True,
            implicit_flow_enabled=False,
            direct_access_grants_enabled=False,
            service_accounts_enabled=False,
            pkce_code_challenge_method="S256",
            root_url=origin,
            # Exact addresses: a wildcard here hands login codes to whoever finds an open redirect.
            valid_redirect_uris=[f"{origin}/callback"],
            valid_post_logout_redirect_uris=[f"{origin}/"],
            web_origins=[origin],
            opts=opts,
        )
        self.client_id = _scoped(name, client, SIGN_IN_SCOPES, scope, opts)


class ServiceClient(Component):
    """The confidential client of one service: people log in through it, or it logs in for itself.

    Outputs:
        client_id: known once the client's tokens hold what they should.
        secret: its secret.
        issuer_realm: the realm; its tokens' issuer is `<Keycloak's URL>/realms/` and this.
    """

    def __init__(
        self,
        client_id: str,
        realm_id: pulumi.Output[str],
        scope: pulumi.Input[str],
        *,
        description: str,
        host: str | None,
        callback: str,
        roles: Sequence[keycloak.Role] | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("identity:ServiceClient", client_id, opts)
        people = host is not None
        origin = f"https://{host}"
        client = keycloak.openid.Client(
            client_id,
            realm_id=realm_id,
            client_id=client_id,
            name=client_id,
            description=description,
            access_type="CONFIDENTIAL",
            standard_flow_enabled=people,
            implicit_flow_enabled=False,
            direct_access_grants_enabled=False,
            service_accounts_enabled=not people,
            full_scope_allowed=people and roles is None,
            pkce_code_challenge_method="S256" if people else None,
            root_url=origin if people else None,
            valid_redirect_uris=[f"{origin}{callback}"] if people else None,
            valid_post_logout_redirect_uris=[f"{origin}/"] if people else None,
            opts=self.child(),
        )
        scoped = _scoped(client_id, client, SIGN_IN_SCOPES if people else MACHINE_SCOPES, scope, self.child())
        # Whoever checks an access token sees that it was meant for this service and no other.
        audience = keycloak.openid.AudienceProtocolMapper(
            f"{client_id}-audience",
            realm_id=realm_id,
            client_id=client.id,
            name="audience",
            included_client_audience=client.client_id,
            add_to_id_token=False,
            opts=self.child(),
        )
        limits: list[pulumi.Output[str]] = []
        for number, role in enumerate(roles or (), start=1):
            resource_name = f"{client_id}-role-{number}"
            carried = keycloak.GenericRoleMapper(
                resource_name, realm_id=realm_id, client_id=client.id, role_id=role.id, opts=self.child()
            )
            limits.append(carried.id)
            if not people:
                given = keycloak.openid.ClientServiceAccountRealmRole(
                    resource_name,
                    realm_id=realm_id,
                    service_account_user_id=client.service_account_user_id,
                    role=role.name,
                    opts=self.child(),
                )
                limits.append(given.id)
        self.client_id: pulumi.Output[str] = pulumi.Output.all(scoped, audience.id, *limits).apply(
            lambda parts: str(parts[0])
        )
        self.secret: pulumi.Output[str] = pulumi.Output.secret(client.client_secret)
        self.issuer_realm = realm_id
        self.register_outputs({"client_id": self.client_id})


def _scoped(
    name: str,
    client: keycloak.openid.Client,
    own: Sequence[str],
    scope: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The client's id, once its tokens hold what `own` and the platform's `scope` say and nothing else by default."""
    scopes = keycloak.openid.ClientDefaultScopes(
        f"{name}-scopes",
        realm_id=client.realm_id,
        client_id=client.id,
        default_scopes=[*own, scope],
        opts=opts,
    )
    return pulumi.Output.all(client.client_id, scopes.id).apply(lambda parts: str(parts[0]))
