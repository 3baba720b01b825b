"""How people log in: the realm's mail, and the way to a new major version of Keycloak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from stacks.contract import fields
from stacks.contract.model.entry import Entry
from stacks.contract.setting import Expected


class Mail(Entry):
    """The SMTP server through which people get mails, such as one to set a new password. Always over TLS."""

    misplaced: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("password", "secret", "token"),
        "it does not belong here. Set it with `pulumi config set --secret identity:mail_password`.",
    )

    host: fields.MailHost = Field(description="The server's host name.", examples=["smtp.example.com"])
    port: fields.Port = Field(default=587, description="Its port.", examples=[587, 465])
    encryption: fields.MailEncryption = Field(
        default="starttls",
        description="starttls: the connection begins in plain text and is encrypted before anything is said, as on "
        "port 587. tls: it is encrypted from the first byte, as on port 465.",
        examples=["starttls"],
    )
    sender: fields.Email = Field(
        alias="from", description="The address that mails come from.", examples=["etl@example.com"]
    )
    username: Annotated[str, Expected("the name to log in with")] | None = Field(
        default=None,
        min_length=1,
        max_length=255,
        description="Who logs in; the password is the secret identity:mail_password. Without it nobody does.",
        examples=["etl"],
    )
    networks: Annotated[tuple[fields.Network, ...], Expected("a list of network ranges such as [10.20.0.0/16]")] = (
        Field(
            default=("0.0.0.0/0", "::/0"),
            strict=False,
            min_length=1,
            description="The network ranges in which the server is reached; Keycloak is let out to no others.",
            examples=[["198.51.100.0/24"]],
        )
    )


class ProviderGroup(Entry):
    """What a group of the provider means here."""

    value: Annotated[str, Expected("the group as the provider's tokens name it")] = Field(
        min_length=1,
        max_length=255,
        description="The group as the provider's tokens name it.",
        examples=["epi-analysts"],
    )
    group: fields.GroupPath = Field(
        description="The group that people are in here as long as they have it there: a team's, one of its roles', or "
        "/platform-administrators.",
        examples=["/epidemiology/analyst"],
    )


class Provider(Entry):
    """The organisation's own provider of OpenID Connect, through which people log in without a password here."""

    misplaced: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("client_secret", "password", "secret"),
        "it does not belong here. Set it with `pulumi config set --secret identity:provider_secret`.",
    )

    name: Annotated[str, Expected("the words on the login page's button")] = Field(
        min_length=1, max_length=100, description="The words on the login page's button.", examples=["Example Corp"]
    )
    issuer: fields.HttpsUrl = Field(
        description="The issuer, exactly as the provider's tokens have it.", examples=["https://login.example.com"]
    )
    authorization_url: fields.HttpsUrl = Field(
        description="Its authorization endpoint.", examples=["https://login.example.com/authorize"]
    )
    token_url: fields.HttpsUrl = Field(description="Its token endpoint.", examples=["https://login.example.com/token"])
    jwks_url: fields.HttpsUrl = Field(
        description="Where its public keys are; without them no token of its own could be believed.",
        examples=["https://login.example.com/keys"],
    )
    logout_url: fields.HttpsUrl | None = Field(
        default=None, description="Where a logout here goes on to.", examples=["https://login.example.com/logout"]
    )
    client_id: Annotated[str, Expected("the client that the provider knows the platform as")] = Field(
        min_length=1,
        max_length=255,
        description="The client that the provider knows the platform as; its secret is the secret "
        "identity:provider_secret.",
        examples=["etl-platform"],
    )
    groups_claim: Annotated[str, Expected("the name of a claim, such as groups")] = Field(
        default="groups",
        min_length=1,
        max_length=100,
        description="The claim that names someone's groups there.",
        examples=["groups"],
    )
    groups: Annotated[
        tuple[Annotated[ProviderGroup, Expected("a group ({value: …, group: …})")], ...],
        Expected("a list of groups (- {value: epi-analysts, group: /epidemiology/analyst})"),
    ] = Field(default=(), strict=False, description="What the provider's groups mean here; others mean nothing.")
    networks: Annotated[tuple[fields.Network, ...], Expected("a list of network ranges such as [10.20.0.0/16]")] = (
        Field(
            default=("0.0.0.0/0", "::/0"),
            strict=False,
            min_length=1,
            description="The network ranges in which the provider is reached; Keycloak is let out to no others.",
            examples=[["198.51.100.0/24"]],
        )
    )
    ca_certificate: fields.Certificates | None = Field(
        default=None,
        description="More authorities, in PEM, that may have signed the provider's certificate beside the public ones.",
    )


class Directory(Entry):
    """The organisation's directory (LDAP), whose people log in here with the password that they have there."""

    misplaced: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("bind_password", "password", "secret"),
        "it does not belong here. Set it with `pulumi config set --secret identity:directory_password`.",
    )

    url: fields.LdapsUrl = Field(
        description="The directory's address, always over TLS.", examples=["ldaps://ldap.example.com"]
    )
    kind: fields.DirectoryKind = Field(
        default="other",
        description="active_directory, or any other; by which attributes people are known there.",
        examples=["other"],
    )
    users: fields.DistinguishedName = Field(
        description="The distinguished name below which its people are.", examples=["ou=people,dc=example,dc=com"]
    )
    bind: fields.DistinguishedName = Field(
        description="Who Keycloak logs in as to look people up; may read and nothing more. The password is the secret "
        "identity:directory_password.",
        examples=["cn=etl-platform,ou=services,dc=example,dc=com"],
    )
    networks: Annotated[tuple[fields.Network, ...], Expected("a list of network ranges such as [10.20.0.0/16]")] = (
        Field(
            default=("0.0.0.0/0", "::/0"),
            strict=False,
            min_length=1,
            description="The network ranges in which the directory is reached; Keycloak is let out to no others.",
            examples=[["198.51.100.0/24"]],
        )
    )
    ca_certificate: fields.Certificates | None = Field(
        default=None,
        description="More authorities, in PEM, that may have signed its certificate beside the public ones.",
    )


class Identity(Entry):
    """How people log in to this environment."""

    mail: Annotated[Mail | None, Expected("a mapping with host and from")] = Field(
        default=None,
        description="The realm's mail server; without it nobody can set a new password by mail.",
        examples=[{"host": "smtp.example.com", "from": "etl@example.com", "username": "etl"}],
    )
    provider: Annotated[Provider | None, Expected("a mapping with name, issuer and its endpoints")] = Field(
        default=None,
        description="The organisation's own provider of OpenID Connect; without it people log in with a password here.",
    )
    directory: Annotated[Directory | None, Expected("a mapping with url, users and bind")] = Field(
        default=None,
        description="The organisation's directory (LDAP), whose people log in with the password that they have there.",
    )
    upgrade_to: Annotated[int, Expected("Keycloak's new major version, such as 27")] | None = Field(
        default=None,
        ge=26,
        le=99,
        description="The major version of Keycloak that this environment may be upgraded to. Its database is migrated "
        "then, and cannot go back (docs/identity.md).",
        examples=[27],
    )
