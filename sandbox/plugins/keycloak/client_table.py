"""A client's properties, and where the server's representation of a client holds each."""

from __future__ import annotations

from enum import Enum

from sandbox.plugins.declared.fields import Table, boolean, mapping, nested, result, string, unordered
from sandbox.plugins.keycloak.below_realm import REALM_ID


class Access(Enum):
    """The vendor's words for how a client proves who it is."""

    CONFIDENTIAL = "CONFIDENTIAL"
    PUBLIC = "PUBLIC"
    BEARER_ONLY = "BEARER-ONLY"


FLAGS = {
    "alwaysDisplayInConsole": "alwaysDisplayInConsole",
    "consentRequired": "consentRequired",
    "directAccessGrantsEnabled": "directAccessGrantsEnabled",
    "enabled": "enabled",
    "frontchannelLogoutEnabled": "frontchannelLogout",
    "fullScopeAllowed": "fullScopeAllowed",
    "implicitFlowEnabled": "implicitFlowEnabled",
    "serviceAccountsEnabled": "serviceAccountsEnabled",
    "standardFlowEnabled": "standardFlowEnabled",
}
"""Booleans of the representation."""

TEXTS = {
    "adminUrl": "adminUrl",
    "baseUrl": "baseUrl",
    "clientAuthenticatorType": "clientAuthenticatorType",
    "clientId": "clientId",
    "description": "description",
    "name": "name",
    "rootUrl": "rootUrl",
}
"""Texts of the representation."""

LISTS = {"validRedirectUris": "redirectUris", "webOrigins": "webOrigins"}

ATTRIBUTE_FLAGS = {
    "backchannelLogoutRevokeOfflineSessions": "backchannel.logout.revoke.offline.tokens",
    "backchannelLogoutSessionRequired": "backchannel.logout.session.required",
    "displayOnConsentScreen": "display.on.consent.screen",
    "excludeIssuerFromAuthResponse": "exclude.issuer.from.auth.response",
    "excludeSessionStateFromAuthResponse": "exclude.session.state.from.auth.response",
    "oauth2DeviceAuthorizationGrantEnabled": "oauth2.device.authorization.grant.enabled",
    "oauth2JwtAuthorizationGrantEnabled": "oauth2.jwt.authorization.grant.enabled",
    "requireDpopBoundTokens": "dpop.bound.access.tokens",
    "standardTokenExchangeEnabled": "standard.token.exchange.enabled",
    "useRefreshTokens": "use.refresh.tokens",
    "useRefreshTokensClientCredentials": "client_credentials.use_refresh_token",
}
"""Booleans that the server keeps as words among the attributes."""

ATTRIBUTE_TEXTS = {
    "accessTokenLifespan": "access.token.lifespan",
    "allowRefreshTokenInStandardTokenExchange": "standard.token.exchange.enableRefreshRequestedTokenType",
    "backchannelLogoutUrl": "backchannel.logout.url",
    "clientOfflineSessionIdleTimeout": "client.offline.session.idle.timeout",
    "clientOfflineSessionMaxLifespan": "client.offline.session.max.lifespan",
    "clientSessionIdleTimeout": "client.session.idle.timeout",
    "clientSessionMaxLifespan": "client.session.max.lifespan",
    "consentScreenText": "consent.screen.text",
    "frontchannelLogoutUrl": "frontchannel.logout.url",
    "loginTheme": "login_theme",
    "oauth2DeviceCodeLifespan": "oauth2.device.code.lifespan",
    "oauth2DevicePollingInterval": "oauth2.device.polling.interval",
    "oauth2JwtAuthorizationGrantIdp": "oauth2.jwt.authorization.grant.idp",
    "pkceCodeChallengeMethod": "pkce.code.challenge.method",
}
"""Texts among the attributes."""

LOGOUT_URIS = "post.logout.redirect.uris"
FLOW_BINDINGS = {"browserId": "browser", "directGrantId": "direct_grant"}
OWN_ATTRIBUTES = {*ATTRIBUTE_FLAGS.values(), *ATTRIBUTE_TEXTS.values(), LOGOUT_URIS}

CLIENT: Table = {
    **REALM_ID,
    "accessTokenLifespan": string(computed=True),
    "accessType": string(required=True, choices=tuple(access.value for access in Access)),
    "adminUrl": string(computed=True),
    "allowRefreshTokenInStandardTokenExchange": string(choices=("", "NO", "SAME_SESSION")),
    "alwaysDisplayInConsole": boolean(default=False),
    "authenticationFlowBindingOverrides": nested({"browserId": string(), "directGrantId": string()}),
    "backchannelLogoutRevokeOfflineSessions": boolean(),
    "backchannelLogoutSessionRequired": boolean(default=True),
    "backchannelLogoutUrl": string(computed=True),
    "baseUrl": string(computed=True),
    "clientAuthenticatorType": string(default="client-secret"),
    "clientId": string(autonamed=True),
    "clientOfflineSessionIdleTimeout": string(computed=True),
    "clientOfflineSessionMaxLifespan": string(computed=True),
    "clientSecret": string(computed=True, secret=True),
    "clientSessionIdleTimeout": string(computed=True),
    "clientSessionMaxLifespan": string(computed=True),
    "consentRequired": boolean(computed=True),
    "consentScreenText": string(computed=True),
    "description": string(computed=True),
    "directAccessGrantsEnabled": boolean(computed=True),
    "displayOnConsentScreen": boolean(computed=True),
    "enabled": boolean(default=True),
    "excludeIssuerFromAuthResponse": boolean(computed=True),
    "excludeSessionStateFromAuthResponse": boolean(computed=True),
    "extraConfig": mapping(),
    "frontchannelLogoutEnabled": boolean(computed=True),
    "frontchannelLogoutUrl": string(computed=True),
    "fullScopeAllowed": boolean(default=True),
    "implicitFlowEnabled": boolean(computed=True),
    "import": boolean(default=False, replaces=True),
    "loginTheme": string(computed=True),
    "name": string(autonamed=True),
    "oauth2DeviceAuthorizationGrantEnabled": boolean(default=False),
    "oauth2DeviceCodeLifespan": string(),
    "oauth2DevicePollingInterval": string(),
    "oauth2JwtAuthorizationGrantEnabled": boolean(default=False),
    "oauth2JwtAuthorizationGrantIdp": string(),
    "pkceCodeChallengeMethod": string(choices=("", "plain", "S256")),
    "requireDpopBoundTokens": boolean(computed=True),
    "rootUrl": string(computed=True),
    "serviceAccountsEnabled": boolean(computed=True),
    "standardFlowEnabled": boolean(computed=True),
    "standardTokenExchangeEnabled": boolean(default=False),
    "useRefreshTokens": boolean(default=True),
    "useRefreshTokensClientCredentials": boolean(default=False),
    "validPostLogoutRedirectUris": unordered(computed=True),
    "validRedirectUris": unordered(computed=True),
    "webOrigins": unordered(computed=True),
    "resourceServerId": result(),
    "serviceAccountUserId": result(),
}
