"""What a driver needs to reach a database: one Secret for each, mounted as a folder of files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.databases.access import Database, Login

FILES = ("host", "port", "database", "username", "password", "ca.crt")
AUTHORITY = "ca.crt"


@dataclass(frozen=True)
class Connection:
    """A database as jobs know it: `cases` for a team's own, `epidemiology.cases` for another's; and its Secret."""

    name: str
    secret: str


def spark_connection(
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


def volume(name: str, connections: Sequence[Connection], files: Sequence[str] = FILES) -> dict[str, Any]:
    """A volume with a folder for each connection, of these files alone; root owns them, the pod's group may read."""
    sources = [
        {
            "secret": {
                "name": each.secret,
                "items": [{"key": file, "path": f"{each.name}/{file}"} for file in files],
            }
        }
        for each in connections
    ]
    return {"name": name, "projected": {"defaultMode": 0o440, "sources": sources}}
