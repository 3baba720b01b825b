"""The pods that make, try and restore backups.

All run the scripts beside this file in the PostgreSQL image itself, so that their clients are of the server's version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.databases.access import Database
from components.databases.backup.policy import COMPUTE, DRILL_COMPUTE, DRILL_ROOM, SCRATCH_ROOM, Keep
from components.databases.backup.vault import STORE_AUTHORITY, Vault
from components.databases.object_store import ACCESS_KEY_ID, SECRET_ACCESS_KEY, ObjectStore
from components.databases.privileges import SUPERUSER
from components.databases.single import UID
from components.workload import Compute, container_security, mount, pod_template, scratch, secret_volume

core = k8s.core.v1

NEVER = "0 0 30 2 *"
"""A schedule without a day: a suspended CronJob that only serves as the template of jobs made by hand."""

DEADLINE = 6 * 3600  # seconds; a run that takes longer blocks the next ones, and someone should look
START_WITHIN = 3600  # seconds; after an outage of the control plane, a backup that is late by less still runs
RETRIES = 2
HISTORY = 3  # jobs of either outcome that stay for whoever looks at an alert

BACKUPS, KEYS, WORK, CLUSTER, SCRIPTS = "/backups", "/etc/backup", "/work", "/cluster", "/scripts"
STORE, STORE_KEYS = "/store", "/etc/store"

BRING = f"cp /usr/local/bin/rclone /etc/ssl/certs/ca-certificates.crt {STORE}/"
"""The PostgreSQL image has no client for a store, and rclone's has none for PostgreSQL. Its program is linked
statically and runs in either: so a run stays one script, which sees each failure where it happens and reports it."""


def timetable(
    schedule: str,
    template: k8s.core.v1.PodTemplateSpecArgs,
    *,
    time_zone: str | None,
    suspended: bool,
    labels: Mapping[str, str],
) -> k8s.batch.v1.CronJobSpecArgs:
    """A CronJob of which one run never meets another.

    Finished jobs go by count, not by age: an alert points at them.
    """
    return k8s.batch.v1.CronJobSpecArgs(
        schedule=schedule,
        time_zone=time_zone,
        suspend=suspended,
        concurrency_policy="Forbid",
        starting_deadline_seconds=START_WITHIN,
        successful_jobs_history_limit=HISTORY,
        failed_jobs_history_limit=HISTORY,
        job_template=k8s.batch.v1.JobTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(labels=dict(labels)),
            spec=once(template, retries=0 if suspended else RETRIES),
        ),
    )


def once(template: k8s.core.v1.PodTemplateSpecArgs, *, retries: int = RETRIES) -> k8s.batch.v1.JobSpecArgs:
    """One run of such a pod, tried again a few times, and not for ever."""
    return k8s.batch.v1.JobSpecArgs(backoff_limit=retries, active_deadline_seconds=DEADLINE, template=template)


@dataclass(frozen=True)
class Pods:
    """What the pods of one database's jobs share; `place` is the claim's name, or the store."""

    database: Database
    team: str
    labels: Mapping[str, str]
    vault: Vault
    secret: k8s.core.v1.Secret
    key: k8s.core.v1.Secret
    place: pulumi.Output[str] | ObjectStore
    login: pulumi.Output[str]
    keep: Keep

    @property
    def store(self) -> ObjectStore | None:
        """The store, where backups lie in one."""
        return self.place if isinstance(self.place, ObjectStore) else None

    def backup(self) -> k8s.core.v1.PodTemplateSpecArgs:
        """Makes one backup."""
        keep = {
            "KEEP_LAST": str(self.keep.last),
            "KEEP_DAILY": str(self.keep.daily),
            "KEEP_WEEKLY": str(self.keep.weekly),
            "KEEP_MONTHLY": str(self.keep.monthly),
        }
        return self._template([self._container("backup", ["backup.sh"], keep, stored=True)], self._volumes())

    def drill(self) -> k8s.core.v1.PodTemplateSpecArgs:
        """Restores the newest backup into a server inside the pod."""
        size = DRILL_ROOM * self.database.args.server.args.size.storage
        container = self._container(
            "drill",
            ["drill.sh"],
            self._extensions(),
            [mount("cluster", CLUSTER)],
            compute=DRILL_COMPUTE,
            writes=False,
            stored=True,
        )
        return self._template([container], [*self._volumes(), self._room("cluster", size)])

    def restore(self) -> k8s.core.v1.PodTemplateSpecArgs:
        """Restores a backup onto the server, in four steps of which only two know the superuser's password."""
        disk = {"DISK": str(self.database.args.server.args.size.storage * 2**30)}
        superuser = {"PGUSER": SUPERUSER, "PGDATABASE": "postgres"}
        steps = [
            self._container("check", ["restore.sh", "check"], writes=False, stored=True),
            self._container(
                "prepare",
                ["restore.sh", "prepare"],
                self._extensions() | disk | superuser,
                keys="superuser",
                writes=False,
            ),
            self._container("load", ["restore.sh", "load"], writes=False),
            self._container("finish", ["restore.sh", "finish"], superuser, keys="superuser", writes=False),
        ]
        superuser_keys = {"ca.crt": "ca.crt", "superuser-password": "password"}
        volumes = [*self._volumes(), secret_volume("superuser", (self.secret, superuser_keys))]
        return self._template(steps[-1:], volumes, steps[:-1])

    def _extensions(self) -> dict[str, str]:
        return {"EXTENSIONS": " ".join(self.database.args.extensions)}

    def _template(
        self,
        containers: Sequence[k8s.core.v1.ContainerArgs],
        volumes: Sequence[k8s.core.v1.VolumeArgs],
        before: Sequence[k8s.core.v1.ContainerArgs] = (),
    ) -> k8s.core.v1.PodTemplateSpecArgs:
        return pod_template(
            self.labels,
            uid=UID,
            digest=self.vault.digest,
            containers=containers,
            init_containers=[*([self._bring()] if self.store else []), *before],
            volumes=volumes,
            grace_seconds=60,
            restart_policy="Never",
        )

    def _container(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, pulumi.Input[str]] | None = None,
        mounts: Sequence[k8s.core.v1.VolumeMountArgs] = (),
        *,
        keys: str = "keys",
        compute: Compute = COMPUTE,
        writes: bool = True,
        stored: bool = False,
    ) -> k8s.core.v1.ContainerArgs:
        """Runs a script with the credentials of the volume `keys`; it `writes` backups or only reads them.

        Where they lie in a store, one that is `stored` speaks to it and has them in scratch.
        """
        server = self.database.args.server
        store = self.store if stored else None
        variables: dict[str, pulumi.Input[str]] = {
            "TEAM": self.team,
            "DATABASE": self.database.args.name,
            "PGHOST": server.host,
            "PGPORT": str(server.port),
            "PGUSER": self.login,
            "PGDATABASE": self.database.name,
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": f"{KEYS}/ca.crt",
            "PGCONNECT_TIMEOUT": "10",
            "BACKUPS": BACKUPS,
            "WORK": WORK,
            **(self._store_variables(store) if store else {}),
            **(environment or {}),
        }
        return core.ContainerArgs(
            name=name,
            image=server.args.image,
            image_pull_policy="IfNotPresent",
            command=["bash", f"{SCRIPTS}/{command[0]}", *command[1:]],
            env=[core.EnvVarArgs(name=key, value=value) for key, value in variables.items()],
            resources=compute.to_args(),
            security_context=container_security(),
            volume_mounts=[
                mount("scripts", SCRIPTS, read_only=True),
                mount(keys, KEYS, read_only=True),
                mount("backups", BACKUPS, read_only=not (writes or store)),
                mount("work", WORK),
                mount("tmp", "/tmp"),
                *(
                    [mount("store", STORE, read_only=True), mount("store-keys", STORE_KEYS, read_only=True)]
                    if store
                    else []
                ),
                *mounts,
            ],
        )

    def _volumes(self) -> list[k8s.core.v1.VolumeArgs]:
        return [
            core.VolumeArgs(name="scripts", config_map=core.ConfigMapVolumeSourceArgs(name=self.vault.scripts)),
            secret_volume(
                "keys",
                (self.secret, {"ca.crt": "ca.crt", "password": "password"}),
                (self.key, {"passphrase": "passphrase"}),
            ),
            *self._backups(),
            scratch("work", size="256Mi"),
            scratch("tmp", size="64Mi"),
        ]

    def _backups(self) -> list[k8s.core.v1.VolumeArgs]:
        """The claim or, with a store, scratch for one backup, the client for the store and the credentials there."""
        if not isinstance(self.place, ObjectStore):
            claim = core.PersistentVolumeClaimVolumeSourceArgs(claim_name=self.place)
            return [core.VolumeArgs(name="backups", persistent_volume_claim=claim)]
        # Not optional: people put this Secret here, and a pod that is there before it waits for it.
        keys = core.SecretVolumeSourceArgs(
            secret_name=self.place.secret,
            default_mode=0o440,
            items=[core.KeyToPathArgs(key=key, path=key) for key in (ACCESS_KEY_ID, SECRET_ACCESS_KEY)],
        )
        return [
            self._room("backups", SCRATCH_ROOM * self.database.args.server.args.size.storage),
            scratch("store", size="256Mi"),
            core.VolumeArgs(name="store-keys", secret=keys),
        ]

    def _store_variables(self, store: ObjectStore) -> dict[str, pulumi.Input[str]]:
        variables: dict[str, pulumi.Input[str]] = {
            "STORE": store.path("backups", self.team, self.database.args.name),
            "STORE_ENDPOINT": store.endpoint,
            "STORE_REGION": store.region,
            "STORE_KEYS": STORE_KEYS,
            "RCLONE": f"{STORE}/rclone",
            "LONGEST_RUN": str(DEADLINE),
        }
        if store.ca_certificate:
            variables["AUTHORITIES"] = f"{SCRIPTS}/{STORE_AUTHORITY}"
        return variables

    def _bring(self) -> k8s.core.v1.ContainerArgs:
        """Brings the client for the store into the pod."""
        return core.ContainerArgs(
            name="bring",
            image=self.vault.args.store_image,
            image_pull_policy="IfNotPresent",
            command=["sh", "-ec", BRING],
            resources=COMPUTE.to_args(),
            security_context=container_security(),
            volume_mounts=[mount("store", STORE)],
        )

    def _room(self, name: str, size: int) -> k8s.core.v1.VolumeArgs:
        """A volume that lives as long as its pod and yet lies on the cluster's storage: `size` GiB."""
        return core.VolumeArgs(
            name=name,
            ephemeral=core.EphemeralVolumeSourceArgs(
                volume_claim_template=core.PersistentVolumeClaimTemplateArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=dict(self.labels)),
                    spec=core.PersistentVolumeClaimSpecArgs(
                        access_modes=["ReadWriteOnce"],
                        storage_class_name=self.database.args.server.args.storage_class,
                        resources=core.VolumeResourceRequirementsArgs(requests={"storage": f"{size}Gi"}),
                    ),
                )
            ),
        )
