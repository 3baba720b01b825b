"""One team's right to read another team's database."""

from dataclasses import dataclass

import pulumi

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
    """A login of the reading team's own, its connection Secret in that team's namespace, and the way to the server."""

    def __init__(self, name: str, args: ReaderGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("databases:ReaderGrant", name, opts)
        server, team = args.database.args.server, args.reader.team
        role = role_name(args.database.args.name, "reader", team)
        login = args.database.login(name, role, "remote", member_of=[args.database.logins["reader"].role])
        remote = f"{server.args.owner.team}-{server.args.name}"
        labels = args.reader.labels(remote, "database-access")
        self.secret = connection_secret(
            f"{name}-connection",
            name=f"{remote}-connection",
            namespace=args.namespace,
            labels=labels,
            database=args.database,
            logins={"reader": login},
            opts=self.child(),
        )
        network_policy(
            f"to-{remote}",
            resource_name=f"{name}-way-out",
            namespace=args.namespace,
            labels=labels,
            select={},
            egress=[allow_out([pods(selector(server.labels), of=server.args.namespace_name)], PORT)],
            opts=self.child(),
        )
        self.register_outputs({})
