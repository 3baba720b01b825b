"""What dev, test and prod mean: one table of values, and nothing else in which environments differ.

Security never loosens from left to right; `tests/unit/program/test_profiles.py` walks the table to prove it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from components.databases import ServerSize
from components.databases.backup import BackupPolicy, Keep
from components.identity import Lockout, PasswordPolicy
from components.network.edge import LimitClass, Limits
from components.observability.collector import CollectorSize, Sampling
from components.observability.jaeger import JaegerSize
from components.observability.prometheus import PrometheusSize
from components.spark import AccessMode, OperatorSize
from components.workload import Compute
from stacks.contract.tiers import CONNECTIONS

Environment = Literal["dev", "test", "prod"]
YEAR = 365 * 24  # hours


@dataclass(frozen=True)
class Profile:
    """The values of one environment.

    Units: CPU in millicores, memory in MiB, storage in GiB, validity in hours, pool in connections per replica.
    `instances_apart`: whether two instances of a highly available database may never share a node.
    `spark_core_request`: what a Spark pod is sure of for each core that it may use.
    `administrator_otp`: whether a System Administrator needs a one-time password beside the password.
    `events_days`: how long the realm keeps events of logins and of administration.
    `service_replicas`: copies of a team's service that asks for no number.
    `prometheus`: the figures; thresholds of alerts have a table of their own, by profile, in
    components/observability/alerts/thresholds.py.
    `sampling`: which traces are kept.
    `event_log`: which nodes may write Spark's event logs at a time, one or many.
    """

    postgres_version: int
    sizes: Mapping[str, ServerSize]
    keycloak_replicas: int
    keycloak_compute: Compute
    keycloak_pool: int
    keycloak_database: ServerSize
    administrator_otp: bool
    password_policy: PasswordPolicy
    lockout: Lockout
    events_days: int
    authority_hours: int
    certificate_hours: int
    renewal_hours: int
    protect_data: bool
    instances_apart: bool
    spark_operator: OperatorSize
    spark_core_request: int
    event_log: AccessMode
    edge_replicas: int
    edge_compute: Compute
    edge_limits: Mapping[LimitClass, Limits]
    service_replicas: int
    prometheus: PrometheusSize
    alertmanager_compute: Compute
    collector: CollectorSize
    sampling: Sampling
    jaeger: JaegerSize
    state_compute: Compute
    backup: BackupPolicy | None = None


def _sizes(profile: Environment, table: Mapping[str, tuple[int, int, int, int]]) -> Mapping[str, ServerSize]:
    """The sizes of a profile: CPU asked for, CPU at most, memory, storage; connections stand in the contract."""
    return MappingProxyType(
        {
            name: ServerSize(Compute(cpu, cpu_limit, memory), storage, CONNECTIONS[profile][name])
            for name, (cpu, cpu_limit, memory, storage) in table.items()
        }
    )


# dev's tiers are a fraction: the whole environment runs on a laptop of 8 GB.
DEV_SIZES = _sizes("dev", {"small": (50, 1000, 256, 1), "medium": (100, 1000, 512, 2), "large": (250, 2000, 1024, 5)})
_TABLE = {"small": (250, 1000, 1024, 10), "medium": (1000, 2000, 4096, 100), "large": (4000, 8000, 16384, 500)}
TEST_SIZES, PROD_SIZES = _sizes("test", _TABLE), _sizes("prod", _TABLE)

# Two weeks of nights to notice a mistake in, two months of weeks, a year of months for what is asked about late.
NIGHTLY = BackupPolicy(schedule="15 1 * * *", keep=Keep(daily=14, weekly=8, monthly=12), time_zone="UTC")

PASSWORDS = PasswordPolicy(length=14, history=5)
# Ten guesses a minute at first, then ever fewer: no more than 100 an hour on one login. A person who mistypes ten times
# waits a minute. Addresses are limited at the edge.
LOCKOUT = Lockout(failures=10)

# Two of each, so that a drained node stops no submission and no admission. Four submissions at once are four JVMs of
# some 250 MiB beside the controller itself.
WATCHED_OPERATOR = OperatorSize(
    replicas=2,
    workers=4,
    controller=Compute(cpu=500, cpu_limit=4000, memory=2048),
    webhook=Compute(cpu=100, cpu_limit=1000, memory=512),
)

# Of one client address, which may be a whole office behind one. The same everywhere: what a limit stops must stop in
# dev already.
EDGE_LIMITS: Mapping[LimitClass, Limits] = MappingProxyType(
    {
        # A login posts once or twice; sixty people of one office log in within the same minute at worst. Someone who
        # guesses passwords has one a second then, and Keycloak's own lockout for each login beside it. A login's form
        # is a few hundred bytes.
        "login": Limits(per_minute=60, burst=30, in_flight=10, body=64),
        # A first page loads some thirty files, and a token's renewal is one request: two hundred people at work.
        # Nothing that goes to Keycloak is near a megabyte.
        "standard": Limits(per_minute=3000, burst=300, in_flight=100, body=1024),
    }
)

PROFILES: Mapping[Environment, Profile] = MappingProxyType(
    {
        "dev": Profile(
            # The newest major that is two years old: extensions and drivers have followed it by then.
            postgres_version=17,
            sizes=DEV_SIZES,
            keycloak_replicas=1,
            # One vCPU answers some 15 password logins a second; the JVM's base is 1,250 MB in production and works
            # with less for one developer. Source: keycloak.org, "Concepts for sizing CPU and memory resources".
            keycloak_compute=Compute(cpu=200, cpu_limit=2000, memory=1024),
            keycloak_pool=5,
            keycloak_database=DEV_SIZES["small"],
            # A developer's own machine has no second device at hand for each run; from test on it is asked for.
            administrator_otp=False,
            password_policy=PASSWORDS,
            lockout=LOCKOUT,
            events_days=7,
            authority_hours=YEAR,
            certificate_hours=90 * 24,
            renewal_hours=30 * 24,
            protect_data=False,
            # One node is enough for dev: the instances then share it, and survive each other but not the node.
            instances_apart=False,
            spark_operator=OperatorSize(
                replicas=1,
                workers=2,
                controller=Compute(cpu=100, cpu_limit=2000, memory=1024),
                webhook=Compute(cpu=50, cpu_limit=500, memory=256),
            ),
            # A driver and an executor find room beside the whole environment on two cores, and use what is idle.
            spark_core_request=100,
            event_log="ReadWriteOnce",
            # One on one node; a proxy of a few people's requests needs little, and buffers what passes.
            edge_replicas=1,
            edge_compute=Compute(cpu=50, cpu_limit=1000, memory=192),
            edge_limits=EDGE_LIMITS,
            service_replicas=1,
            # Nine days, so that "as last week" can be seen in dev too; some five thousand series of a whole
            # environment take a third of the disk in that time.
            prometheus=PrometheusSize(
                replicas=1, compute=Compute(cpu=50, cpu_limit=1000, memory=384), storage=2, days=9
            ),
            alertmanager_compute=Compute(cpu=10, cpu_limit=200, memory=64),
            # The traces of a few people; and all of them, since whoever tries something out looks for the one.
            collector=CollectorSize(Compute(cpu=20, cpu_limit=500, memory=256), storage=1),
            sampling=Sampling(percentage=100, slow=1000, wait=10, traces=2_000),
            jaeger=JaegerSize(Compute(cpu=20, cpu_limit=1000, memory=384), storage=2, days=2),
            state_compute=Compute(cpu=10, cpu_limit=200, memory=96),
        ),
        "test": Profile(
            postgres_version=17,
            sizes=TEST_SIZES,
            # Two, so that a drained node costs no login and test meets what prod will meet.
            keycloak_replicas=2,
            keycloak_compute=Compute(cpu=1000, cpu_limit=4000, memory=2048),
            keycloak_pool=10,
            keycloak_database=TEST_SIZES["small"],
            administrator_otp=True,
            password_policy=PASSWORDS,
            lockout=LOCKOUT,
            events_days=30,
            authority_hours=5 * YEAR,
            certificate_hours=90 * 24,
            renewal_hours=30 * 24,
            protect_data=False,
            instances_apart=True,
            spark_operator=WATCHED_OPERATOR,
            spark_core_request=500,
            event_log="ReadWriteMany",
            # Two, so that neither a drained node nor a new revision closes the way in.
            edge_replicas=2,
            edge_compute=Compute(cpu=250, cpu_limit=2000, memory=512),
            edge_limits=EDGE_LIMITS,
            # Two, so that neither a drained node nor a new version costs a request.
            service_replicas=2,
            # A month: what a release changed can be held against the one before it.
            prometheus=PrometheusSize(
                replicas=1, compute=Compute(cpu=250, cpu_limit=2000, memory=2048), storage=20, days=30
            ),
            alertmanager_compute=Compute(cpu=50, cpu_limit=500, memory=128),
            collector=CollectorSize(Compute(cpu=100, cpu_limit=1000, memory=1024), storage=5),
            # As in prod but for the share: what is tried in test is looked at.
            sampling=Sampling(percentage=100, slow=1000, wait=30, traces=20_000),
            jaeger=JaegerSize(Compute(cpu=250, cpu_limit=2000, memory=2048), storage=20, days=7),
            state_compute=Compute(cpu=50, cpu_limit=500, memory=256),
            backup=NIGHTLY,
        ),
        "prod": Profile(
            postgres_version=17,
            sizes=PROD_SIZES,
            keycloak_replicas=3,
            keycloak_compute=Compute(cpu=2000, cpu_limit=6000, memory=2048),
            keycloak_pool=20,
            keycloak_database=PROD_SIZES["medium"],
            administrator_otp=True,
            password_policy=PASSWORDS,
            lockout=LOCKOUT,
            # Long enough to look back from a quarterly review of accesses.
            events_days=100,
            authority_hours=5 * YEAR,
            certificate_hours=90 * 24,
            renewal_hours=30 * 24,
            protect_data=True,
            instances_apart=True,
            spark_operator=WATCHED_OPERATOR,
            spark_core_request=1000,
            event_log="ReadWriteMany",
            edge_replicas=2,
            edge_compute=Compute(cpu=500, cpu_limit=4000, memory=1024),
            edge_limits=EDGE_LIMITS,
            # Two, so that neither a drained node nor a new version costs a request.
            service_replicas=2,
            # Two, so that neither a drained node nor a new version leaves anyone unwatched. A quarter and a week: one
            # quarter can be held against the next.
            prometheus=PrometheusSize(
                replicas=2, compute=Compute(cpu=500, cpu_limit=4000, memory=4096), storage=100, days=98
            ),
            alertmanager_compute=Compute(cpu=100, cpu_limit=1000, memory=256),
            # An hour of a hundred requests a second, at 1 kB for each of five spans, waits on the disk.
            collector=CollectorSize(Compute(cpu=250, cpu_limit=2000, memory=2048), storage=10),
            # Errors and slow requests stay all; a tenth of the rest tells how it is when all is well.
            sampling=Sampling(percentage=10, slow=1000, wait=30, traces=50_000),
            # Two weeks: an incident is looked into by then.
            jaeger=JaegerSize(Compute(cpu=500, cpu_limit=4000, memory=4096), storage=100, days=14),
            state_compute=Compute(cpu=100, cpu_limit=1000, memory=512),
            backup=NIGHTLY,
        ),
    }
)
