"""One team's right to read another team's database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner, selector
from components.databases.access import Database, connection_secret
from components.databases.privileges import role_name
from components.databases.server import PORT
from components.network import pods
from components.network.policies import allow_out, network_policy


@dataclass(frozen=True)
class ReaderGrantArgs:
    """The team `reader` reads `database`, from its own `namespace`."""

    database: Database
    reader: Owner
    namespace: pulumi.Input[str]


class ReaderGrant(Component):
    """A login of the reading team's own, its connection Secret in that team's namespace, and the way to the server.

    Outputs:
        login: the reading team's.
        remote: how its objects in that team's namespaces are called.
    """

    def __init__(self, name: str, args: ReaderGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("databases:ReaderGrant", name, opts)
        self.args = args
        server, team = args.database.args.server, args.reader.team
        role = role_name(args.database.args.name, "reader", team)
        self.login = args.database.login(name, role, "remote", member_of=[args.database.logins["reader"].role])
        self.remote = remote = f"{server.args.owner.team}-{server.args.name}"
        labels = args.reader.labels(remote, "database-access")
        self.secret = connection_secret(
            f"{name}-connection",
            name=f"{remote}-connection",
            namespace=args.namespace,
            labels=labels,
            database=args.database,
            logins={"reader": self.login},
            opts=self.child(),
        )
        self.way_out(f"{name}-way-out", args.namespace, {})
        self.register_outputs({})

    def way_out(
        self, resource_name: str, within: pulumi.Input[str], select: Mapping[str, str | Sequence[str]]
    ) -> k8s.networking.v1.NetworkPolicy:
        """The policy that lets the pods of `select`, in a namespace of the reading team's, out to the server."""
        server = self.args.database.args.server
        return network_policy(
            f"to-{self.remote}",
            resource_name=resource_name,
            namespace=within,
            labels=self.args.reader.labels(self.remote, "database-access"),
            select=select,
            egress=[allow_out([pods(selector(server.labels), of=server.args.namespace_name)], PORT)],
            opts=self.child(),
        )
