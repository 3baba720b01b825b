"""From where on something is worth telling: one table, by profile, with the reason beside each value."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

ProfileName = Literal["dev", "test", "prod"]
DAY = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A value as PromQL writes it, for each profile.

    Args:
        unit: of the values, for people.
        reason: why these.
    """

    unit: str
    dev: str
    test: str
    prod: str
    reason: str


def _everywhere(value: str, unit: str, reason: str) -> Threshold:
    return Threshold(unit=unit, dev=value, test=value, prod=value, reason=reason)


THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "database_down": _everywhere(
            "2m", "a duration", "A server that restarts for a new setting or certificate is back within a minute."
        ),
        "connections": Threshold(
            unit="a share of the database's connections",
            dev="0.9",
            test="0.8",
            prod="0.8",
            reason="Above four fifths the next burst of clients is refused; of dev's twenty connections that would be "
            "sixteen, which a few open tools hold.",
        ),
        "role_connections": _everywhere(
            "0.9", "a share of the role's connections", "The last tenth goes before anyone reads the message."
        ),
        "long_transaction": Threshold(
            unit="seconds",
            dev="3600",
            test="1800",
            prod="900",
            reason="An open transaction keeps vacuum from its work and holds its locks. A job's longest step commits "
            "within minutes; in dev people stand in a debugger.",
        ),
        "deletes": Threshold(
            unit="rows in ten minutes",
            dev="50000",
            test="600000",
            prod="600000",
            reason="The floor below which no deletion is unusual: a thousand rows a second, which only a statement "
            "over whole tables reaches. dev's tables are samples.",
        ),
        "deletes_factor": _everywhere(
            "5", "times last week's most", "A weekly clean-up varies by two or three, a forgotten WHERE by far more."
        ),
        "reads": Threshold(
            unit="rows in ten minutes",
            dev="20000000",
            test="100000000",
            prod="100000000",
            reason="The floor for reading: a report goes over millions of rows, a copy of a whole database over all.",
        ),
        "reads_factor": _everywhere(
            "5", "times last week's most", "As for deletions: what comes each week at this time is no news."
        ),
        "storage": _everywhere(
            "0.8", "a share of the disk", "The rest is for the log, temporary files and what an index build sorts."
        ),
        "storage_days": _everywhere(
            "4", "days ahead", "A long weekend: whoever reads it on Friday still has until Tuesday."
        ),
        "backup_slack": Threshold(
            unit="seconds after it was due",
            dev=str(26 * 3600),
            test=str(2 * 3600),
            prod=str(2 * 3600),
            reason="A large dump takes an hour, and a failed one is tried again. A machine that was off at night "
            "makes its backup when it comes back.",
        ),
        "backup_never": _everywhere(
            "2h", "a duration", "The first backup is made with the database itself, and takes as long as its data."
        ),
        "backup_small": _everywhere(
            "0.5", "a share of the week's mean", "Half of it gone overnight is a lost table more often than a clean-up."
        ),
        "backup_small_floor": _everywhere(
            str(2**20), "bytes", "An empty database's dump is some kilobytes, and any first row doubles it."
        ),
        "drill_slack": Threshold(
            unit="seconds after it was due",
            dev=str(8 * DAY),
            test=str(DAY),
            prod=str(DAY),
            reason="A drill that finds no room is tried on the next day; a machine that is off on Sunday mornings "
            "misses a week.",
        ),
        "drill_never": _everywhere("8d", "a duration", "A drill comes each week; a day more for the first one's hour."),
        "login_failures": _everywhere(
            "50",
            "failed logins in ten minutes",
            "The edge lets one address try sixty times a minute, and ten wrong passwords lock a login. A Monday "
            "morning of a hundred people has some twenty.",
        ),
        "identity_errors": _everywhere(
            "0.05", "a share of the answers", "One in twenty is what people begin to notice."
        ),
        "identity_errors_floor": _everywhere(
            "10", "answers in five minutes", "At night a single error would be half of all answers."
        ),
        "certificate": _everywhere(
            str(14 * DAY),
            "seconds",
            "Any `pulumi up` in a certificate's last thirty days renews it: half of them have gone by without one.",
        ),
        "job_slack": _everywhere(
            "900",
            "seconds after it was due",
            "A run that is still going holds the next one up for as long as it takes; "
            "an operator that is moved is back within a minute.",
        ),
        "quota": _everywhere(
            "0.97",
            "a share of the quota",
            "Whatever a review approved fits: what takes the last of it is not of the "
            "config, or a pod that does not end.",
        ),
        "restarts": _everywhere("3", "starts in half an hour", "A lost node costs one, a bad hour two."),
        "service_down": _everywhere(
            "3m", "a duration", "A pod that is moved comes back within a minute; Keycloak starts in two."
        ),
        "replicas_missing": _everywhere(
            "15m", "a duration", "A new version comes one pod after the other, and each takes a few minutes."
        ),
        "target_down": _everywhere("5m", "a duration", "Ten scrapes in a row; a restart costs two or three."),
    }
)


def values(profile: ProfileName) -> dict[str, str]:
    """The thresholds of a profile by name."""
    assert profile in get_args(ProfileName), profile
    return {name: str(getattr(each, profile)) for name, each in THRESHOLDS.items()}
