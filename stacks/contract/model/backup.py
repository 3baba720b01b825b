"""When a database is dumped, how many dumps are kept, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from stacks.contract import fields
from stacks.contract.model.entry import Entry
from stacks.contract.setting import Expected


class Keep(Entry):
    """How many backups are kept; one backup may be a day's, a week's and a month's newest at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [period], "properties": {period: {"minimum": 1}}}
                for period in ("daily", "weekly", "monthly")
            ]
        }
    )

    last: Annotated[int, Expected("a whole number from 1 to 100")] = Field(
        default=3,
        ge=1,
        le=100,
        description="The last so many backups, whatever their day, so that one made by hand takes no other away.",
        examples=[3],
    )
    daily: Annotated[int, Expected("a whole number from 0 to 366")] = Field(
        default=0, ge=0, le=366, description="The newest backup of each of this many days.", examples=[7]
    )
    weekly: Annotated[int, Expected("a whole number from 0 to 260")] = Field(
        default=0, ge=0, le=260, description="The newest backup of each of this many weeks.", examples=[4]
    )
    monthly: Annotated[int, Expected("a whole number from 0 to 120")] = Field(
        default=0, ge=0, le=120, description="The newest backup of each of this many months.", examples=[12]
    )


class Backup(Entry):
    """When a database is dumped and how many dumps are kept. A disaster costs what was written since the last one."""

    schedule: fields.Schedule = Field(
        description="Cron's five fields: minute, hour, day of the month, month, day of the week (0 is Sunday). "
        "Always in quotes.",
        examples=["15 1 * * *", "0 */6 * * *"],
    )
    time_zone: fields.TimeZone | None = Field(
        default=None,
        description="The IANA time zone of the schedule; without it the cluster's, usually UTC.",
        examples=["Europe/Berlin", "UTC"],
    )
    keep: Annotated[Keep, Expected("a mapping such as {daily: 7, weekly: 4}")] = Field(
        description="How many backups are kept. At least one of the numbers must be more than 0.",
        examples=[{"daily": 7, "weekly": 4}],
    )
    drill: fields.Schedule | None = Field(
        default=None,
        description="When the newest backup is restored on trial and compared; without it once a week, at a time on "
        "Sunday morning of the database's own.",
        examples=["30 4 * * 6"],
    )


class BackupStore(Entry):
    """An S3-compatible store, away from the cluster, in which backups lie instead of on volumes."""

    misplaced: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("access_key", "access_key_id", "credentials", "password", "secret_access_key", "secret_key", "session_token"),
        "credentials do not belong here. Put them into the Secret that `secret` names (docs/backups.md).",
    )

    endpoint: fields.Endpoint = Field(
        description="The store's address, always over TLS.", examples=["https://s3.example.com"]
    )
    bucket: fields.Bucket = Field(
        description="The bucket, which exists already. Backups that were made into another one are not found any more.",
        examples=["etl-backups"],
    )
    region: fields.Region = Field(
        default="us-east-1",
        description="The region that requests are signed for; stores without regions take the default.",
        examples=["eu-central-1"],
    )
    prefix: fields.Prefix | None = Field(
        default=None,
        description="What the names of all objects begin with, so that environments can share a bucket; without it the "
        "stack's name. Backups that were made under another one are not found any more.",
        examples=["dev"],
    )
    secret: fields.SecretName = Field(
        default="backup-store",
        description="The Secret with the keys access-key-id and secret-access-key, which you put into the namespace "
        "platform-backup yourself, and into that of each team with a highly available database.",
        examples=["backup-store"],
    )
    ca_certificate: fields.Certificates | None = Field(
        default=None,
        description="The authorities, in PEM, that alone may have signed the store's certificate; without it the "
        "public ones.",
    )
    networks: Annotated[tuple[fields.Network, ...], Expected("a list of network ranges such as [10.20.0.0/16]")] = (
        Field(
            default=("0.0.0.0/0", "::/0"),
            strict=False,
            min_length=1,
            description="The network ranges in which the store is reached; what speaks to it is let out to no others.",
            examples=[["198.51.100.0/24"]],
        )
    )
