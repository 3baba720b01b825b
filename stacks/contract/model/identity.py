"""How people log in: the realm's mail, and the way to a new major version of Keycloak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from stacks.contract import fields
from stacks.contract.fields import Expected
from stacks.contract.model.entry import Entry


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


class Identity(Entry):
    """How people log in to this environment."""

    mail: Annotated[Mail | None, Expected("a mapping with host and from")] = Field(
        default=None,
        description="The realm's mail server; without it nobody can set a new password by mail.",
        examples=[{"host": "smtp.example.com", "from": "etl@example.com", "username": "etl"}],
    )
    upgrade_to: Annotated[int, Expected("Keycloak's new major version, such as 27")] | None = Field(
        default=None,
        ge=26,
        le=99,
        description="The major version of Keycloak that this environment may be upgraded to. Its database is migrated "
        "then, and cannot go back (docs/identity.md).",
        examples=[27],
    )
