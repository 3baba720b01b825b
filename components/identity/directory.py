"""The organisation's directory (LDAP), whose people log in here with the password that they have there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_keycloak as keycloak

DirectoryKind = Literal["other", "active_directory"]


@dataclass(frozen=True)
class Attributes:
    """By what a kind of directory knows a person."""

    vendor: str
    username: str
    rdn: str
    uuid: str
    classes: Sequence[str]


KINDS: Mapping[DirectoryKind, Attributes] = {
    "other": Attributes("OTHER", "uid", "uid", "entryUUID", ("inetOrgPerson", "organizationalPerson")),
    "active_directory": Attributes(
        "AD", "sAMAccountName", "cn", "objectGUID", ("person", "organizationalPerson", "user")
    ),
}
"""Source: keycloak.org, "Server Administration Guide", the values that its console proposes for each vendor."""


@dataclass(frozen=True)
class Directory:
    """A directory, always over TLS.

    Args:
        url: `ldaps://…`.
        users: the distinguished name below which its people are.
        bind: the distinguished name that Keycloak logs in with, and `password` its password.
    """

    url: str
    kind: DirectoryKind
    users: str
    bind: str
    password: pulumi.Input[str]


def federation(
    name: str, args: Directory, realm_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> keycloak.ldap.UserFederation:
    """The realm's way to the directory, which it reads and never writes."""
    known_by = KINDS[args.kind]
    return keycloak.ldap.UserFederation(
        name,
        realm_id=realm_id,
        name="directory",
        enabled=True,
        connection_url=args.url,
        use_truststore_spi="ALWAYS",
        vendor=known_by.vendor,
        users_dn=args.users,
        search_scope="SUBTREE",
        username_ldap_attribute=known_by.username,
        rdn_ldap_attribute=known_by.rdn,
        uuid_ldap_attribute=known_by.uuid,
        user_object_classes=list(known_by.classes),
        bind_dn=args.bind,
        bind_credential=pulumi.Output.secret(args.password),
        edit_mode="READ_ONLY",
        import_enabled=True,
        sync_registrations=False,
        trust_email=False,
        pagination=True,
        opts=opts,
    )
