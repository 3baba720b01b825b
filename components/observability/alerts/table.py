"""All alerts, in groups, and what is not among them yet."""

from collections.abc import Mapping
from types import MappingProxyType

from components.observability.alerts.alert import Alert
from components.observability.alerts.backups import BACKUPS
from components.observability.alerts.databases import DATABASES
from components.observability.alerts.identity import IDENTITY
from components.observability.alerts.platform import PLATFORM
from components.observability.alerts.state import STATE

ALERTS: Mapping[str, tuple[Alert, ...]] = MappingProxyType(
    {"databases": DATABASES, "backups": BACKUPS, "identity": IDENTITY, "state": STATE, "platform": PLATFORM}
)
"""By group, which is also the group of Prometheus' rules."""

MISSING: Mapping[str, str] = MappingProxyType(
    {
        "failed database logins": "they stand in the servers' logs alone",
        "changes of structure out of hours": "likewise",
        "a volume that fills, whatever is on it": "the kubelet's figures of volumes are not asked for; of a database's "
        "data DatabaseVolumeFilling knows",
        "a Spark job that puts too many rows into quarantine": "the jobs' own figures go to no collector yet",
        "telemetry that is lost, a queue that fills": "they are the collector's figures",
        "a certificate near its end that is not at the edge": "nothing asks the other servers for theirs; all are "
        "renewed by the same `pulumi up`",
    }
)
"""What an operator would want to hear of, and why no alert tells of it yet."""
