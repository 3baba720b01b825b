"""A realm's properties, and where the server's representation of a realm holds each."""

from __future__ import annotations

from sandbox.plugins.declared.fields import (
    Field,
    Table,
    boolean,
    integer,
    mapping,
    nested,
    string,
    unordered,
)
from sandbox.plugins.keycloak.attributes import same_duration

CHOICE = ("not specified", "required", "preferred", "discouraged")


def _duration() -> Field:
    return string(computed=True, same=same_duration)


DURATIONS = (
    "accessCodeLifespan",
    "accessCodeLifespanLogin",
    "accessCodeLifespanUserAction",
    "accessTokenLifespan",
    "accessTokenLifespanForImplicitFlow",
    "actionTokenGeneratedByAdminLifespan",
    "actionTokenGeneratedByUserLifespan",
    "clientSessionIdleTimeout",
    "clientSessionMaxLifespan",
    "oauth2DeviceCodeLifespan",
    "offlineSessionIdleTimeout",
    "offlineSessionMaxLifespan",
    "ssoSessionIdleTimeout",
    "ssoSessionIdleTimeoutRememberMe",
    "ssoSessionMaxLifespan",
    "ssoSessionMaxLifespanRememberMe",
)
"""Durations, which the server holds in seconds under the same names."""

PLAIN: Table = {
    "accountTheme": string(),
    "adminPermissionsEnabled": boolean(),
    "adminTheme": string(),
    "browserFlow": string(computed=True),
    "clientAuthenticationFlow": string(computed=True),
    "defaultDefaultClientScopes": unordered(computed=True),
    "defaultOptionalClientScopes": unordered(computed=True),
    "defaultSignatureAlgorithm": string(computed=True),
    "directGrantFlow": string(computed=True),
    "displayName": string(computed=True),
    "displayNameHtml": string(computed=True),
    "dockerAuthenticationFlow": string(computed=True),
    "duplicateEmailsAllowed": boolean(computed=True),
    "editUsernameAllowed": boolean(computed=True),
    "emailTheme": string(),
    "enabled": boolean(default=True),
    "firstBrokerLoginFlow": string(computed=True),
    "loginTheme": string(),
    "loginWithEmailAllowed": boolean(computed=True),
    "oauth2DevicePollingInterval": integer(computed=True),
    "offlineSessionMaxLifespanEnabled": boolean(default=False),
    "organizationsEnabled": boolean(default=False),
    "passwordPolicy": string(),
    "realm": string(autonamed=True, replaces=True),
    "refreshTokenMaxReuse": integer(default=0),
    "registrationAllowed": boolean(computed=True),
    "registrationEmailAsUsername": boolean(computed=True),
    "registrationFlow": string(computed=True),
    "rememberMe": boolean(computed=True),
    "resetCredentialsFlow": string(computed=True),
    "resetPasswordAllowed": boolean(computed=True),
    "revokeRefreshToken": boolean(default=False),
    "sslRequired": string(default="external", choices=("none", "external", "all")),
    "verifyEmail": boolean(computed=True),
}
"""Properties that the server holds as they are under the same names."""

OTP: Table = {
    "algorithm": string(default="HmacSHA1", choices=("HmacSHA1", "HmacSHA256", "HmacSHA512")),
    "codeReusable": boolean(default=False),
    "digits": integer(default=6),
    "initialCounter": integer(default=2),
    "lookAheadWindow": integer(default=1),
    "period": integer(default=30),
    "type": string(default="totp", choices=("totp", "hotp")),
}

WEB_AUTHN: Table = {
    "acceptableAaguids": unordered(),
    "attestationConveyancePreference": string(
        default="not specified", choices=("not specified", "none", "indirect", "direct", "enterprise")
    ),
    "authenticatorAttachment": string(default="not specified", choices=("not specified", "platform", "cross-platform")),
    "avoidSameAuthenticatorRegister": boolean(default=False),
    "createTimeout": integer(default=0),
    "discoverableCredential": string(default="not specified", choices=CHOICE),
    "extraOrigins": unordered(),
    "relyingPartyEntityName": string(default="keycloak"),
    "relyingPartyId": string(),
    "requireResidentKey": string(default="not specified", choices=("not specified", "Yes", "No")),
    "signatureAlgorithms": unordered(computed=True),
    "userVerificationRequirement": string(default="not specified", choices=CHOICE),
}
WEB_AUTHN_PASSWORDLESS: Table = {**WEB_AUTHN, "passwordlessPasskeysEnabled": boolean()}

WEB_AUTHN_NAMES = {
    "discoverableCredential": "ResidentKey",
    "relyingPartyEntityName": "RpEntityName",
    "relyingPartyId": "RpId",
    "passwordlessPasskeysEnabled": "PasskeysEnabled",
}
"""Where the server's name is not the property's own."""

HEADERS: Table = {
    "contentSecurityPolicy": string(default="frame-src 'self'; frame-ancestors 'self'; object-src 'none';"),
    "contentSecurityPolicyReportOnly": string(),
    "referrerPolicy": string(default="no-referrer"),
    "strictTransportSecurity": string(default="max-age=31536000; includeSubDomains"),
    "xContentTypeOptions": string(default="nosniff"),
    "xFrameOptions": string(default="SAMEORIGIN"),
    "xRobotsTag": string(default="none"),
    "xXssProtection": string(default="1; mode=block"),
}

BRUTE_FORCE: Table = {
    "bruteForceStrategy": string(default="MULTIPLE", choices=("LINEAR", "MULTIPLE")),
    "failureResetTimeSeconds": integer(default=43200, minimum=0),
    "maxFailureWaitSeconds": integer(default=900, minimum=0),
    "maxLoginFailures": integer(default=30, minimum=0),
    "maxSecondaryAuthFailures": integer(default=0, minimum=0),
    "maxTemporaryLockouts": integer(default=0, minimum=0),
    "minimumQuickLoginWaitSeconds": integer(default=60, minimum=0),
    "permanentLockout": boolean(default=False),
    "quickLoginCheckMilliSeconds": integer(default=1000, minimum=0),
    "waitIncrementSeconds": integer(default=60, minimum=0),
}
BRUTE_FORCE_NAMES = {"maxLoginFailures": "failureFactor", "failureResetTimeSeconds": "maxDeltaTimeSeconds"}

SMTP: Table = {
    "allowUtf8": boolean(),
    "auth": nested({"username": string(required=True), "password": string(required=True, secret=True)}),
    "envelopeFrom": string(),
    "from": string(required=True),
    "fromDisplayName": string(),
    "host": string(required=True),
    "port": string(),
    "replyTo": string(),
    "replyToDisplayName": string(),
    "ssl": boolean(),
    "starttls": boolean(),
    "tokenAuth": nested(
        {
            "clientId": string(required=True),
            "clientSecret": string(required=True, secret=True),
            "scope": string(required=True),
            "url": string(required=True),
            "username": string(required=True),
        }
    ),
}

REALM: Table = {
    **PLAIN,
    **{name: _duration() for name in DURATIONS},
    "attributes": mapping(),
    "internalId": string(computed=True, replaces=True),
    "internationalization": nested(
        {"defaultLocale": string(required=True), "supportedLocales": unordered(required=True)}
    ),
    "otpPolicy": nested(OTP, computed=True),
    "securityDefenses": nested({"bruteForceDetection": nested(BRUTE_FORCE), "headers": nested(HEADERS)}),
    "smtpServer": nested(SMTP),
    "terraformDeletionProtection": boolean(default=False),
    "userManagedAccess": boolean(default=False),
    "webAuthnPasswordlessPolicy": nested(WEB_AUTHN_PASSWORDLESS, computed=True),
    "webAuthnPolicy": nested(WEB_AUTHN, computed=True),
}
