"""One team's entry becomes everything that team has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pulumi

from components import telemetry
from components.base import Component, Owner, selector
from components.databases import (
    INSTANCES,
    Cluster,
    Database,
    DatabaseArgs,
    Instances,
    Server,
    ServerArgs,
    SingleServer,
    Timeouts,
)
from components.databases.access import connection_secret
from components.databases.archive import Archive
from components.databases.backup import Backup, BackupArgs, BackupPolicy, client
from components.databases.mounted import Connection, mounted_connection
from components.databases.server import PORT
from components.docker import BuiltImage, BuiltImageArgs
from components.identity.permissions import team_role
from components.network import Namespace, NamespaceArgs, Quota, namespace, pods
from components.network.policies import allow_out, network_policy
from components.platform import Platform
from components.services import Login, Service, ServiceArgs, ServiceRequest, labels_of
from components.services.proxy import COMPUTE
from components.spark import SparkRequest, Workspace, WorkspaceArgs, runtime

# Room beside the servers themselves for a person's client and the like.
MAINTENANCE = Quota(cpu=2000, memory=2048, storage=20, pods=10)


@dataclass(frozen=True)
class DatabaseRequest:
    """A team's request for a database.

    Args:
        readers: the teams that may read it beside its own.
        spark_readers: those of them whose Spark jobs may, too.
        connection_limit: connections at once; its size's when None.
        timeouts: of its roles' sessions.
        transaction_timeout: milliseconds, of its server; None for none.
        high_availability: whether it runs on three instances instead of one.
        retired: about to be removed: nothing protects its data any more, and its owner alone can log in.
        credentials: the generations of its logins that are open; the connection Secrets hold the newest.
    """

    name: str
    size: str
    version: int
    extensions: Sequence[str] = ()
    readers: Sequence[str] = ()
    spark_readers: Sequence[str] = ()
    storage_class: str | None = None
    backup: BackupPolicy | None = None
    connection_limit: int | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    transaction_timeout: int | None = None
    high_availability: bool = False
    retired: bool = False
    credentials: Sequence[int] = (1,)

    @property
    def server_name(self) -> str:
        """The name of its Kubernetes objects, which may hold no underscore."""
        return self.name.replace("_", "-")

    @property
    def instances(self) -> int:
        """How many servers may hold its data at once: of a cluster one more, made beside them or recovered."""
        return INSTANCES + 1 if self.high_availability else 1


@dataclass(frozen=True)
class TeamArgs:
    """A team and what it asks for."""

    name: str
    databases: Sequence[DatabaseRequest]
    spark: SparkRequest | None = None
    services: Sequence[ServiceRequest] = ()

    @property
    def data(self) -> str:
        """The namespace of its databases."""
        return f"{self.name}-data"

    @property
    def workspace(self) -> str:
        """The namespace of its Spark jobs, if it has any."""
        return f"{self.name}-spark"

    @property
    def front(self) -> str:
        """The namespace of its services, if it has any."""
        return f"{self.name}-services"


class Team(Component):
    """Namespaces, the group in the realm, a server for each requested database, and its backups.

    Outputs:
        data_namespace: where its databases and connection Secrets live.
        databases: by the database's name.
        workspace: of its Spark jobs; None when it asks for none.
        connections: its own databases, as its jobs know them.
        services: by the service's name. front_namespace: where they are; None when there are none.
    """

    data_namespace: pulumi.Output[str]

    def __init__(
        self, name: str, args: TeamArgs, platform: Platform, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("team:Team", name, opts)
        self.args, self.platform = args, platform
        self.owner = Owner(platform.environment, name)
        self.data = args.data
        self.data_namespace = Namespace(
            self.data, NamespaceArgs(self.data, self.owner, self._quota()), self.child()
        ).name
        self.workspace = self._workspace(args.spark) if args.spark else None
        self.connections: list[Connection] = []
        self._way_to_databases(self.data, self.data_namespace)
        self.group = platform.realm.team(name, self)
        self.databases = {request.name: self._database(request) for request in args.databases}
        self.front_namespace: pulumi.Output[str] | None = None
        self.services = self._services()
        self.register_outputs({"data_namespace": self.data_namespace})

    def _quota(self) -> Quota:
        """The sum of what the servers were given, and room for maintenance: a request in the config always fits.

        Of storage as much as the largest size has: a claim that grows is tried by a preview against the quota as it
        is, before the same run would raise it.
        """
        sizes = [self.platform.sizes[request.size] for request in self.args.databases for _ in range(request.instances)]
        return Quota(
            cpu=MAINTENANCE.cpu + sum(size.pod.cpu_limit for size in sizes),
            memory=MAINTENANCE.memory + sum(size.pod.memory for size in sizes),
            storage=MAINTENANCE.storage + len(sizes) * max(size.storage for size in self.platform.sizes.values()),
            # A cluster's exporter has a pod of its own, and so has the job that adds an instance.
            pods=MAINTENANCE.pods + len(sizes) + 2 * sum(each.high_availability for each in self.args.databases),
        )

    def _workspace(self, request: SparkRequest) -> Workspace:
        """A namespace for its Spark jobs, apart from the data, and the way from jobs to the team's own databases."""
        name = self.args.workspace
        namespace = Namespace(name, NamespaceArgs(name, self.owner, request.quota), self.child()).name
        self._way_to_databases(name, namespace, runtime.PODS)
        platform = self.platform
        args = WorkspaceArgs(namespace, self.owner, platform.spark_image, platform.event_log, platform.collector)
        return Workspace(name, args, self.child())

    def _way_to_databases(
        self, name: str, within: pulumi.Input[str], select: Mapping[str, str | Sequence[str]] | None = None
    ) -> None:
        """Pods in the team's namespaces may reach the team's own databases; of some, only those of `select`."""
        servers = {"app.kubernetes.io/component": "database", "etl-platform/team": self.args.name}
        network_policy(
            "to-own-databases",
            resource_name=f"{name}-to-databases",
            namespace=within,
            labels=self.owner.labels("to-own-databases", "database-access"),
            select=select or {},
            egress=[allow_out([pods(servers, of=self.data)], PORT)],
            opts=self.child(),
        )

    def _server(self, name: str, request: DatabaseRequest) -> Server:
        """One server, or a cluster of them where high availability is asked for."""
        platform = self.platform
        clients = [namespace(each) for each in [self.data, *(f"{team}-data" for team in request.readers)]]
        jobs_of = [*([self.args.name] if self.workspace else []), *request.spark_readers]
        clients += [pods(runtime.PODS, of=f"{team}-spark") for team in jobs_of]
        clients += [
            pods(selector(labels_of(self.owner, service.name)), of=self.args.front)
            for service in self.args.services
            if request.name in service.databases
        ]
        args = ServerArgs(
            name=request.server_name,
            namespace=self.data_namespace,
            namespace_name=self.data,
            owner=self.owner,
            image=platform.postgres_image(request.version),
            major=request.version,
            exporter_image=platform.exporter_image,
            size=platform.sizes[request.size],
            authority=platform.authority,
            access=platform.access,
            clients=[*clients, client(self.owner, request.server_name)] if request.backup else clients,
            trust=platform.trust,
            storage_class=request.storage_class,
            protect=platform.protect_data and not request.retired,
            keep_volume=not request.retired,
            transaction_timeout=request.transaction_timeout,
        )
        if request.high_availability:
            instances = Instances(platform.instance_image(request.version), platform.apart, self._archive(request))
            return Cluster(name, args, instances, self.child())
        return SingleServer(name, args, self.child())

    def _archive(self, request: DatabaseRequest) -> Archive | None:
        """What is backed up on a schedule is also archived, where there is a store to archive to."""
        if self.platform.store is None or request.backup is None:
            return None
        return Archive(self.platform.store, request.backup.schedule, request.backup.keep.daily)

    def _database(self, request: DatabaseRequest) -> Database:
        """A server of its own, the database on it, and the Secret that tells the team how to connect."""
        platform, name = self.platform, f"{self.args.name}-{request.server_name}"
        server = self._server(name, request)
        database = Database(
            name,
            DatabaseArgs(
                request.name,
                server,
                request.extensions,
                connection_limit=request.connection_limit,
                timeouts=request.timeouts,
                retired=request.retired,
                credentials=request.credentials,
            ),
            self.child(),
        )
        connection_secret(
            f"{name}-connection",
            name=f"{request.server_name}-connection",
            namespace=self.data_namespace,
            labels=server.labels,
            database=database,
            logins=database.logins,
            opts=self.child(),
        )
        if self.workspace:
            self.connections.append(self._connection(name, request, database, self.workspace))
        if request.backup and platform.vault:
            protect = platform.protect_data and not request.retired
            Backup(name, BackupArgs(database, self.owner, platform.vault, request.backup, protect), self.child())
        return database

    def _connection(self, name: str, request: DatabaseRequest, database: Database, workspace: Workspace) -> Connection:
        """Jobs log in as the owner: they stage rows in tables that they make, and what they make readers may read."""
        connection = Connection(request.name, f"{request.server_name}-connection")
        mounted_connection(
            f"{name}-spark-connection",
            connection,
            namespace=workspace.namespace,
            labels=self.owner.labels(request.server_name, "database-access"),
            database=database,
            login=database.logins["owner"],
            opts=self.child(),
        )
        return connection

    def _services(self) -> dict[str, Service]:
        """A namespace for its services, apart from data and jobs, and each of them in it."""
        requests = self.args.services
        if not requests:
            return {}
        quota = Quota(
            cpu=sum((each.replicas + 1) * (each.compute.cpu_limit + COMPUTE.cpu_limit) for each in requests),
            memory=sum((each.replicas + 1) * (each.compute.memory + COMPUTE.memory) for each in requests),
            storage=0,
            pods=sum(each.replicas + 1 for each in requests),  # one more while a new version rolls out
        )
        name = self.args.front
        within = self.front_namespace = Namespace(name, NamespaceArgs(name, self.owner, quota), self.child()).name
        if collector := self.platform.collector:
            telemetry.trust(f"{name}-telemetry", collector, namespace=within, owner=self.owner, opts=self.child())
        return {each.name: self._service(each, within) for each in requests}

    def _service(self, request: ServiceRequest, within: pulumi.Input[str]) -> Service:
        platform, name = self.platform, f"{self.args.name}-{request.name}"
        assert platform.edge is not None, "the contract asks for an edge where there are services"
        args = ServiceArgs(
            request=request,
            namespace=within,
            namespace_name=self.args.front,
            owner=self.owner,
            image=request.image or self._image(name, request),
            domain=platform.domain,
            databases={each: self.databases[each] for each in request.databases},
            authority=platform.authority,
            edge=platform.edge,
            collector=platform.collector,
        )
        if request.login:
            client = platform.realm.service_client(
                name,
                description=f"{request.name} of team {self.args.name}",
                host=args.host,
                roles=[self.group.roles[title] for title in request.titles],
                parent=self,
            )
            names = [team_role(self.args.name, title) for title in request.titles]
            args = replace(args, login=Login(platform.sign_in, client, names))
        return Service(name, args, self.child())

    def _image(self, name: str, request: ServiceRequest) -> pulumi.Output[str]:
        """An image of the team's own, from a folder of the checkout."""
        assert request.context is not None, "the contract asks for an image or for a context"
        platform = self.platform
        args = BuiltImageArgs(name=name, context=request.context, root=platform.program, registry=platform.registry)
        return BuiltImage(name, args, self.child()).published
