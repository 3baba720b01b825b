"""Jobs of one team that read another team's database, with the login that the team has for it anyway."""

from dataclasses import dataclass

import pulumi

from components.base import Component
from components.databases import ReaderGrant
from components.databases.mounted import Connection, mounted_connection
from components.spark import runtime
from components.spark.workspace import Workspace


@dataclass(frozen=True)
class JobReaderArgs:
    """The jobs of `workspace` read what `grant` lets their team read."""

    grant: ReaderGrant
    workspace: Workspace


class JobReader(Component):
    """The connection's Secret in the workspace, and the way from jobs to the server.

    Outputs:
        connection: as the team's jobs know it, `<owning team>.<database>`.
    """

    connection: Connection

    def __init__(self, name: str, args: JobReaderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("spark:JobReader", name, opts)
        grant = args.grant
        database, reader = grant.args.database, grant.args.reader
        self.connection = Connection(
            f"{database.args.server.args.owner.team}.{database.args.name}", f"{grant.remote}-connection"
        )
        mounted_connection(
            f"{name}-spark-connection",
            self.connection,
            namespace=args.workspace.namespace,
            labels=reader.labels(grant.remote, "database-access"),
            database=database,
            login=grant.login,
            opts=self.child(),
        )
        grant.way_out(f"{name}-spark-way-out", args.workspace.namespace, runtime.PODS)
        self.register_outputs({})
