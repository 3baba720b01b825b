"""One PostgreSQL server: volume, StatefulSet, service, certificate, superuser, and the provider that speaks to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_postgresql as postgresql
import pulumi_random as random

from components.base import Component, Owner, selector
from components.databases import configuration, exporter
from components.databases.privileges import MONITOR
from components.databases.scram import verifier
from components.network import Access, Certificate, CertificateAuthority, Endpoint, EndpointArgs, Peer, namespace
from components.network.policies import allow_in, network_policy
from components.workload import Compute, checksum, container_security, mount, pod_template, scratch, secret_volume

core = k8s.core.v1
PORT = 5432
UID = 999  # the official image's postgres user
DATA = "/var/lib/postgresql/data"
SUPERUSER = "postgres"


@dataclass(frozen=True)
class ServerSize:
    """What one server gets: compute, storage in GiB, connections of clients, and shared_buffers in MiB."""

    compute: Compute
    storage: int
    connections: int

    @property
    def shared_buffers(self) -> int:
        """MiB. Source: postgresql.org, "Resource Consumption": a reasonable start is 25 % of memory."""
        return self.compute.memory // 4

    @property
    def pod(self) -> Compute:
        """The server's share and that of the exporter beside it: what a quota has to hold."""
        return self.compute + exporter.COMPUTE


@dataclass(frozen=True)
class ServerArgs:
    """A server and who may connect to it.

    Args:
        name: of its objects in `namespace`.
        image: the official PostgreSQL image, or one that honours the same variables; with pgaudit, it is used.
        major: the image's major version of PostgreSQL.
        exporter_image: of postgres_exporter.
        clients: the pods that network policies let in; the outside comes from `access`.
        trust: writes the authority's certificate where the PostgreSQL provider can read it, and returns the path.
        storage_class: the cluster's default when None.
        protect: whether the engine refuses to delete or replace the data volume.
        transaction_timeout: milliseconds, of every session that sets no other; from PostgreSQL 17 on. None for none.
        keep_volume: whether the data volume stays in the cluster when it leaves the stack all the same.
    """

    name: str
    namespace: pulumi.Input[str]
    namespace_name: str
    owner: Owner
    image: str
    major: int
    exporter_image: str
    size: ServerSize
    authority: CertificateAuthority
    access: Access
    clients: Sequence[Peer]
    trust: Callable[[str], str]
    storage_class: str | None
    protect: bool
    keep_volume: bool = True
    transaction_timeout: int | None = None


class Server(Component):
    """A server that takes TLS connections with scram passwords and nothing else.

    Outputs:
        provider: of pulumi_postgresql, as superuser; usable once the server is ready.
        host, port: inside the cluster.
        endpoint: as seen from where the engine runs.
        superuser_password: secret.
    """

    def __init__(self, name: str, args: ServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("databases:Server", name, opts)
        self.args = args
        self.labels = args.owner.labels(args.name, "database")
        self.host = f"{args.name}.{args.namespace_name}.svc"
        self.port = PORT
        self.endpoint = Endpoint(
            name,
            EndpointArgs(
                name=args.name,
                namespace=args.namespace,
                labels=self.labels,
                port=PORT,
                target_port=PORT,
                port_name="postgresql",
                access=args.access,
            ),
            self.child(),
        )
        certificate = Certificate(
            name,
            args.authority,
            names=[self.host, f"{self.host}.cluster.local", "localhost"],
            addresses=self.endpoint.certificate_addresses,
            opts=self.child(),
        )
        superuser = random.RandomPassword(f"{name}-superuser", length=32, special=False, opts=self.child())
        self.superuser_password = superuser.result
        monitor = random.RandomPassword(f"{name}-monitor", length=32, special=False, opts=self.child())
        configured = {
            "postgresql.conf": configuration.postgresql_conf(
                major=args.major,
                connections=args.size.connections,
                shared_buffers=args.size.shared_buffers,
                storage=args.size.storage,
                transaction_timeout=args.transaction_timeout,
            ),
            "pg_hba.conf": configuration.PG_HBA,
            exporter.QUERIES: exporter.queries(),
        }
        config = core.ConfigMap(f"{name}-config", metadata=self._metadata("config"), data=configured, opts=self.child())
        secret = core.Secret(
            f"{name}-server",
            metadata=self._metadata("server"),
            string_data={
                "superuser-password": superuser.result,
                "tls.crt": certificate.certificate,
                "tls.key": certificate.private_key,
                exporter.PASSWORD: monitor.result,
                exporter.AUTHORITY: args.authority.certificate,
            },
            opts=self.child(),
        )
        policy = network_policy(
            args.name,
            resource_name=f"{name}-clients",
            namespace=args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[
                allow_in([*args.clients, *args.access.peers], PORT),
                allow_in([namespace(exporter.NAMESPACE)], exporter.PORT),
            ],
            opts=self.child(),
        )
        # A renewed certificate or a changed file restarts the server: it reads both at its start only.
        digest = certificate.certificate.apply(lambda pem: checksum({"certificate": pem, **configured}))
        workload = self._workload(name, self._volume(name), config, secret, digest, policy)
        self.provider = postgresql.Provider(
            name,
            host=self.endpoint.host,
            port=self.endpoint.port,
            username=SUPERUSER,
            password=superuser.result,
            database="postgres",
            # The certificate is checked against the platform's authority; the address may be one the certificate
            # cannot know (a node's, a load balancer's), so its name is not.
            sslmode="verify-ca",
            sslrootcert=args.authority.certificate.apply(args.trust),
            superuser=True,
            connect_timeout=30,
            opts=self.child(depends_on=[workload, policy]),
        )
        self._monitor(name, monitor)
        self.register_outputs({"host": self.host, "port": self.port})

    def _monitor(self, name: str, password: random.RandomPassword) -> None:
        """The exporter's role, which sees every statistic and no table, also when clients took all connections."""
        spare = ["pg_use_reserved_connections"] if self.args.major >= 16 else []
        stored: pulumi.Output[str] = pulumi.Output.secret(password.result.apply(verifier))
        postgresql.Role(
            f"{name}-monitor",
            name=MONITOR,
            login=True,
            password=stored,
            roles=["pg_monitor", *spare],
            connection_limit=exporter.CONNECTIONS,
            statement_timeout=exporter.STATEMENT_MILLISECONDS,
            search_paths=["pg_catalog"],
            opts=self.child(provider=self.provider),
        )

    def _metadata(self, suffix: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        name = f"{self.args.name}-{suffix}" if suffix else self.args.name
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _volume(self, name: str) -> k8s.core.v1.PersistentVolumeClaim:
        """The claim of the data volume; a larger size is an update in place, which its storage class carries out.

        A claim of its own and no template of the StatefulSet's: a template cannot change, so growth would replace it.
        """
        metadata = self._metadata("data")
        # Not waited for: until a pod uses it, it may stay Pending for good; the pod that needs it is waited for. And
        # the vendor's plugin takes such a claim for ready while it is Pending only, so that it would wait in vain for
        # one that grows. Source: pulumi-kubernetes, await/awaiters.go, untilCoreV1PersistentVolumeClaimReady.
        metadata.annotations = {"pulumi.com/skipAwait": "true"}
        return core.PersistentVolumeClaim(
            f"{name}-data",
            metadata=metadata,
            spec=core.PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"],
                storage_class_name=self.args.storage_class,
                resources=core.VolumeResourceRequirementsArgs(requests={"storage": f"{self.args.size.storage}Gi"}),
            ),
            opts=self.child(protect=self.args.protect, retain_on_delete=self.args.keep_volume),
        )

    def _workload(
        self,
        name: str,
        volume: k8s.core.v1.PersistentVolumeClaim,
        config: k8s.core.v1.ConfigMap,
        secret: k8s.core.v1.Secret,
        digest: pulumi.Output[str],
        policy: k8s.networking.v1.NetworkPolicy,
    ) -> k8s.apps.v1.StatefulSet:
        """The StatefulSet of one pod, which mounts the data volume."""
        return k8s.apps.v1.StatefulSet(
            name,
            metadata=self._metadata(),
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                replicas=1,
                service_name=self.args.name,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self.labels)),
                template=pod_template(
                    self.labels,
                    uid=UID,
                    digest=digest,
                    # PostgreSQL's fast shutdown writes a checkpoint; cut short, the next start replays the log.
                    grace_seconds=60,
                    containers=[self._container(), exporter.container(self.args.exporter_image, PORT)],
                    volumes=[
                        core.VolumeArgs(
                            name="data",
                            persistent_volume_claim=core.PersistentVolumeClaimVolumeSourceArgs(
                                claim_name=volume.metadata.name
                            ),
                        ),
                        core.VolumeArgs(
                            name="config", config_map=core.ConfigMapVolumeSourceArgs(name=config.metadata.name)
                        ),
                        secret_volume("server", secret),
                        secret_volume("exporter", secret, keys=(exporter.PASSWORD, exporter.AUTHORITY)),
                        scratch("socket", size="16Mi"),
                        scratch("tmp", size="64Mi"),
                        # Parallel queries share memory here; the runtime's 64 MiB would fail them.
                        scratch("shm", size=f"{self.args.size.shared_buffers}Mi", in_memory=True),
                    ],
                ),
            ),
            opts=self.child(depends_on=[policy]),
        )

    def _container(self) -> k8s.core.v1.ContainerArgs:
        # Asked over TCP: during the first start the image runs a private server on the socket alone.
        ready = core.ExecActionArgs(command=["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(PORT), "-U", SUPERUSER])
        return core.ContainerArgs(
            name="postgresql",
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            command=["/bin/sh", "-ec", configuration.START, "start"],
            args=["-c", f"config_file={configuration.CONFIGURATION}/postgresql.conf"],
            env=[
                core.EnvVarArgs(name="POSTGRES_PASSWORD_FILE", value=f"{configuration.TLS}/superuser-password"),
                core.EnvVarArgs(
                    name="POSTGRES_INITDB_ARGS",
                    value="--data-checksums --encoding=UTF8 --auth-local=peer --auth-host=scram-sha-256",
                ),
                # A folder of its own: a fresh volume's root may hold lost+found, which initdb refuses.
                core.EnvVarArgs(name="PGDATA", value=f"{DATA}/pgdata"),
            ],
            ports=[core.ContainerPortArgs(name="postgresql", container_port=PORT)],
            resources=self.args.size.compute.to_args(),
            security_context=container_security(),
            startup_probe=core.ProbeArgs(exec_=ready, period_seconds=2, timeout_seconds=5, failure_threshold=150),
            readiness_probe=core.ProbeArgs(exec_=ready, period_seconds=10, timeout_seconds=5),
            # No liveness probe: a server replaying its log after a crash answers no one, and must not be killed for it.
            volume_mounts=[
                mount("data", DATA),
                mount("config", configuration.CONFIGURATION, read_only=True),
                mount("server", configuration.TLS, read_only=True),
                mount("socket", configuration.SOCKET),
                mount("tmp", "/tmp"),
                mount("shm", "/dev/shm"),
            ],
        )
