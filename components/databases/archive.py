"""The archive of a cluster's log in an object store, from which any moment of the past can be recovered."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.databases.object_store import ACCESS_KEY_ID, SECRET_ACCESS_KEY, ObjectStore

AUTHORITY = "store-ca.crt"
"""In the server's Secret: who may have signed the store's certificate."""
LEAST_DAYS = 7


@dataclass(frozen=True)
class Archive:
    """Where a cluster ships its log.

    Args:
        schedule: of the copies that it is replayed onto, in cron's five fields and the operator's time zone (UTC).
        daily: as many days one can go back, and LEAST_DAYS at least.
    """

    store: ObjectStore
    schedule: str
    daily: int

    @property
    def days(self) -> int:
        """How far back one can go. Older states are in backups."""
        return max(self.daily, LEAST_DAYS)

    @property
    def authority(self) -> dict[str, pulumi.Input[str]]:
        """What the server's Secret holds of it."""
        return {AUTHORITY: self.store.ca_certificate} if self.store.ca_certificate else {}

    def spec(self, team: str, server: pulumi.Input[str], secret: pulumi.Input[str]) -> dict[str, Any]:
        """The part of the Cluster's spec.

        Args:
            team: whose cluster it is; each team's credentials need reach no other's part of the bucket.
            server: what the archive knows the cluster by; one that is made anew must have another.
            secret: the server's, with `authority`.
        """
        store = self.store
        return {
            # The region is no secret, and the operator would read it from one. A current S3 client sends checksums in a
            # form that stores other than Amazon's often do not know, unless it is told not to.
            "env": [
                {"name": "AWS_DEFAULT_REGION", "value": store.region},
                {"name": "AWS_REQUEST_CHECKSUM_CALCULATION", "value": "when_required"},
                {"name": "AWS_RESPONSE_CHECKSUM_VALIDATION", "value": "when_required"},
            ],
            "backup": {
                "retentionPolicy": f"{self.days}d",
                "barmanObjectStore": {
                    "destinationPath": f"s3://{store.path('wal', team)}",
                    "endpointURL": store.endpoint,
                    "serverName": server,
                    "s3Credentials": {
                        "accessKeyId": {"name": store.secret, "key": ACCESS_KEY_ID},
                        "secretAccessKey": {"name": store.secret, "key": SECRET_ACCESS_KEY},
                    },
                    "wal": {"compression": "gzip"},
                    "data": {"compression": "gzip"},
                    **({"endpointCA": {"name": secret, "key": AUTHORITY}} if store.ca_certificate else {}),
                },
            },
        }

    def copies(
        self, name: str, cluster: str, metadata: k8s.meta.v1.ObjectMetaArgs, opts: pulumi.ResourceOptions
    ) -> k8s.apiextensions.CustomResource:
        """The schedule of the copies, the first of them at once."""
        return k8s.apiextensions.CustomResource(
            f"{name}-copies",
            api_version="postgresql.cnpg.io/v1",
            kind="ScheduledBackup",
            metadata=metadata,
            spec={
                "schedule": f"0 {self.schedule}",  # the operator's has seconds in front
                "immediate": True,
                "backupOwnerReference": "cluster",
                "method": "barmanObjectStore",
                "cluster": {"name": cluster},
            },
            opts=opts,
        )


def server_name(name: str, resource: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """A name that no database of this name had in the archive before: what that one left there stays, and is apart.

    It is as old as the database's entry. Where the cluster is lost and made anew from nothing, its log must not be
    mixed with the lost one's either: the page on backups has the line that gives it another name.
    """
    mark = random.RandomString(f"{resource}-archive", length=8, upper=False, special=False, opts=opts)
    return pulumi.Output.concat(name, "-", mark.result)
