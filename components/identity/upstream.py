"""Another place where people log in: the organisation's own provider, through which they need no password here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_keycloak as keycloak

from components.base import Component

ALIAS = "organisation"
"""In the address to which the provider sends people back: `<Keycloak>/realms/<realm>/broker/organisation/endpoint`."""


@dataclass(frozen=True)
class GroupClaim:
    """Who has `value` in the provider's claim is in the realm's `group` (a path), for as long as they have it."""

    value: str
    group: str


@dataclass(frozen=True)
class OidcProvider:
    """A provider of OpenID Connect.

    Args:
        name: the words on the login page's button.
        issuer: exactly as its tokens have it.
        authorization_url, token_url, jwks_url: its endpoints; `logout_url` where it has one.
        groups_claim: the claim that names someone's groups there, and `groups` what they mean here.
    """

    name: str
    issuer: str
    authorization_url: str
    token_url: str
    jwks_url: str
    client_id: str
    client_secret: pulumi.Input[str]
    logout_url: str | None = None
    groups_claim: str = "groups"
    groups: Sequence[GroupClaim] = ()


class Upstream(Component):
    """The realm's way to its provider.

    Args:
        after: the alias of a flow that follows each login there; None for none.
    """

    def __init__(
        self,
        name: str,
        args: OidcProvider,
        realm_id: pulumi.Input[str],
        after: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("identity:Upstream", name, opts)
        provider = keycloak.oidc.IdentityProvider(
            name,
            realm=realm_id,
            alias=ALIAS,
            display_name=args.name,
            issuer=args.issuer,
            authorization_url=args.authorization_url,
            token_url=args.token_url,
            jwks_url=args.jwks_url,
            logout_url=args.logout_url,
            backchannel_supported=False,
            client_id=args.client_id,
            client_secret=pulumi.Output.secret(args.client_secret),
            default_scopes="openid profile email",
            validate_signature=True,
            disable_user_info=True,
            # What someone may do there is not ours to keep.
            store_token=False,
            add_read_token_role_on_create=False,
            # An address that the provider did not check would open the account of whoever has it here.
            trust_email=False,
            # Names and groups are the provider's: each login brings them up to date.
            sync_mode="FORCE",
            post_broker_login_flow_alias=after,
            extra_config={"clientAuthMethod": "client_secret_basic", "pkceEnabled": "true", "pkceMethod": "S256"},
            opts=self.child(),
        )
        for number, each in enumerate(args.groups, start=1):
            keycloak.CustomIdentityProviderMapping(
                f"{name}-group-{number}",
                realm=realm_id,
                identity_provider_alias=provider.alias,
                identity_provider_mapper="oidc-advanced-group-idp-mapper",
                name=f"{args.groups_claim}={each.value}",
                extra_config={
                    "syncMode": "FORCE",
                    "claims": json.dumps([{"key": args.groups_claim, "value": each.value}]),
                    "are.claim.values.regex": "false",
                    "group": each.group,
                },
                opts=self.child(),
            )
        self.register_outputs({})
