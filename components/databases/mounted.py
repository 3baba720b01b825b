"""A connection as programs find it: one Secret for each database, mounted as a folder of files."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.databases.access import Database, Login

FILES = ("host", "port", "database", "username", "password", "ca.crt")
AUTHORITY = "ca.crt"


@dataclass(frozen=True)
class Connection:
    """A database as programs know it: `cases` for a team's own, `epidemiology.cases` for another's; and its Secret."""

    name: str
    secret: str


def mounted_connection(
    resource_name: str,
    connection: Connection,
    *,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    database: Database,
    login: Login,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Secret:
    """The Secret of one connection, with the keys of FILES and the rights of `login`."""
    server = database.args.server
    return k8s.core.v1.Secret(
        resource_name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=connection.secret, namespace=namespace, labels=dict(labels)),
        string_data={
            "host": server.host,
            "port": str(server.port),
            "database": database.name,
            "username": login.user,
            "password": login.password,
            AUTHORITY: server.args.authority.certificate,
        },
        opts=opts,
    )
