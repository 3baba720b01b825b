"""One PostgreSQL server in one pod, on one volume."""

import pulumi
import pulumi_kubernetes as k8s

from components.base import selector
from components.databases import configuration, exporter
from components.databases.privileges import SUPERUSER
from components.databases.server import PORT, Server, ServerArgs
from components.volumes import claim, claimed, configured
from components.workload import checksum, container_security, mount, pod_template, scratch, secret_volume

core = k8s.core.v1
UID = 999  # the official image's postgres user
DATA = "/var/lib/postgresql/data"


class SingleServer(Server):
    """A StatefulSet of one pod on a volume of its own, with the exporter beside it."""

    def __init__(self, name: str, args: ServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Server", name, args, opts)

    def workload(
        self, name: str, secret: k8s.core.v1.Secret, policy: k8s.networking.v1.NetworkPolicy
    ) -> pulumi.Resource:
        """Configuration, volume and StatefulSet."""
        configured = {
            "postgresql.conf": configuration.postgresql_conf(
                major=self.args.major,
                connections=self.args.size.connections,
                shared_buffers=self.args.size.shared_buffers,
                storage=self.args.size.storage,
                transaction_timeout=self.args.transaction_timeout,
            ),
            "pg_hba.conf": configuration.PG_HBA,
            exporter.QUERIES: exporter.queries(),
        }
        config = core.ConfigMap(f"{name}-config", metadata=self.metadata("config"), data=configured, opts=self.child())
        # A renewed certificate or a changed file restarts the server: it reads both at its start only.
        digest = self.certificate.certificate.apply(lambda pem: checksum({"certificate": pem, **configured}))
        return self._stateful_set(name, self._volume(name), config, secret, digest, policy)

    def _volume(self, name: str) -> k8s.core.v1.PersistentVolumeClaim:
        """The claim of the data volume; a larger size is an update in place, which its storage class carries out.

        A claim of its own and no template of the StatefulSet's: a template cannot change, so growth would replace it.
        """
        return claim(
            f"{name}-data",
            metadata=self.metadata("data"),
            storage=self.args.size.storage,
            storage_class=self.args.storage_class,
            opts=self.child(protect=self.args.protect, retain_on_delete=self.args.keep_volume),
        )

    def _stateful_set(
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
            metadata=self.metadata(),
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
                        claimed("data", volume),
                        configured("config", config),
                        secret_volume("server", secret),
                        secret_volume("exporter", (secret, exporter.KEYS)),
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
