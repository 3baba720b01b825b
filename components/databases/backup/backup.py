"""One database's backups: where they lie, who makes them, and the three jobs around them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_postgresql as postgresql
import pulumi_random as random

from components.base import Component, Owner
from components.databases.access import Database
from components.databases.backup import jobs
from components.databases.backup.policy import ROOM, BackupPolicy
from components.databases.backup.vault import Vault, labels
from components.databases.closed import closed_database
from components.databases.object_store import ObjectStore
from components.databases.privileges import STATUS_DATABASE

NAME_MAX = 52
"""Of a CronJob: its jobs append eleven characters."""


@dataclass(frozen=True)
class BackupArgs:
    """Backups of `database`, under this policy, in this vault.

    Args:
        protect: whether the engine refuses to delete volume and passphrase. They stay in the cluster in any case.
    """

    database: Database
    owner: Owner
    vault: Vault
    policy: BackupPolicy
    protect: bool


def bounded(name: str, suffix: str) -> str:
    """`<name>-<suffix>`, the name cut and told apart by a digest where a CronJob's limit asks for it."""
    room = NAME_MAX - len(suffix) - 1
    if len(name) > room:
        name = f"{name[: room - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    return f"{name}-{suffix}"


def fingerprint(passphrase: str) -> str:
    """Tells passphrases apart and gives nothing of them away; scripts/common.sh has the same."""
    return hashlib.sha256(f"etl-platform backup key {passphrase}\n".encode()).hexdigest()[:16]


class Backup(Component):
    """The backup role, the passphrase, a first backup, and the CronJobs: backup, drill, restore.

    Outputs:
        volume: the claim's name, in the vault's namespace; None where backups lie in the vault's store.
    """

    volume: pulumi.Output[str] | None

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("databases:Backup", name, opts)
        self.args = args
        server = args.database.args.server
        login = args.database.backup_login(name)
        status = self._status(name, login.role)
        own = labels(args.owner, server.args.name)
        team = args.owner.team or "platform"

        def metadata(
            suffix: pulumi.Input[str], annotations: dict[str, str] | None = None
        ) -> k8s.meta.v1.ObjectMetaArgs:
            return k8s.meta.v1.ObjectMetaArgs(
                name=pulumi.Output.from_input(suffix).apply(lambda end: bounded(f"{team}-{server.args.name}", end)),
                namespace=args.vault.namespace,
                labels=own,
                annotations=annotations,
            )

        passphrase = random.RandomPassword(
            f"{name}-backups", length=48, special=False, opts=self.child(protect=args.protect)
        ).result
        # The key outlives the stack, as what it opens does. Its name tells which key it is: a database that is asked
        # for anew gets another one, and the older copies keep theirs.
        mark = pulumi.Output.unsecret(passphrase.apply(fingerprint))
        key = k8s.core.v1.Secret(
            f"{name}-backup-key",
            metadata=metadata(mark.apply(lambda found: f"key-{found[:8]}")),
            string_data={"passphrase": passphrase},
            immutable=True,
            opts=self.child(protect=args.protect, retain_on_delete=True),
        )
        secret = k8s.core.v1.Secret(
            f"{name}-backup",
            metadata=metadata("backup"),
            string_data={
                "password": login.password,
                "superuser-password": server.superuser_password,
                "ca.crt": server.args.authority.certificate,
            },
            opts=self.child(),
        )
        # A class that binds at the first pod's start would be waited for until the first backup.
        claimed = metadata("backups", annotations={"pulumi.com/skipAwait": "true"})
        place = args.vault.args.store or self._claim(name, claimed).metadata.name
        self.volume = None if isinstance(place, ObjectStore) else place
        pods = jobs.Pods(
            database=args.database,
            team=team,
            labels=own,
            vault=args.vault,
            secret=secret,
            key=key,
            place=place,
            login=login.role,
            keep=args.policy.keep,
        )
        timetable: Sequence[tuple[str, str, k8s.core.v1.PodTemplateSpecArgs, bool]] = [
            ("backup", args.policy.schedule, pods.backup(), False),
            ("drill", args.policy.drill_schedule(name), pods.drill(), False),
            ("restore", jobs.NEVER, pods.restore(), True),
        ]
        for kind, schedule, template, suspended in timetable:
            k8s.batch.v1.CronJob(
                f"{name}-{kind}",
                metadata=metadata(kind),
                spec=jobs.timetable(
                    schedule, template, time_zone=args.policy.time_zone, suspended=suspended, labels=own
                ),
                opts=self.child(depends_on=[status]),
            )
        # The first one at once: it proves that backups can be made before anyone relies on it, and binds the claim,
        # which cannot grow before that. Nobody waits for it, and it is never made again.
        k8s.batch.v1.Job(
            f"{name}-first-backup",
            metadata=metadata("first-backup", annotations={"pulumi.com/skipAwait": "true"}),
            spec=jobs.once(pods.backup()),
            opts=self.child(depends_on=[status], ignore_changes=["spec"]),
        )
        self.register_outputs({"volume": self.volume})

    def _claim(self, name: str, metadata: k8s.meta.v1.ObjectMetaArgs) -> k8s.core.v1.PersistentVolumeClaim:
        """The volume of the backups, apart from the data's."""
        server = self.args.database.args.server.args
        return k8s.core.v1.PersistentVolumeClaim(
            f"{name}-backups",
            metadata=metadata,
            spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"],
                storage_class_name=server.storage_class,
                resources=k8s.core.v1.VolumeResourceRequirementsArgs(
                    requests={"storage": f"{ROOM * server.size.storage}Gi"}
                ),
            ),
            opts=self.child(protect=self.args.protect, retain_on_delete=True),
        )

    def _status(self, name: str, owner: pulumi.Output[str]) -> pulumi.Resource:
        """The database for outcomes, closed to everyone but the backup role and the monitoring."""
        server = self.args.database.args.server
        opts = server.inside(self)
        database, closed = closed_database(
            f"{name}-status", name=STATUS_DATABASE, owner=owner, opts=opts, grant_opts=opts
        )
        postgresql.Grant(
            f"{name}-status-monitor",
            role=server.monitor,
            database=database.name,
            object_type="database",
            privileges=["CONNECT"],
            opts=opts,
        )
        return closed
