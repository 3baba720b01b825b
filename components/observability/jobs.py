"""What is asked for figures, and how: one entry for each kind of target."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

JobName = Literal[
    "alertmanager", "edge", "keycloak", "kube-state-metrics", "postgres", "prometheus", "spark-operator"
]  # fmt: skip


@dataclass(frozen=True)
class Job:
    """How targets of one kind are asked.

    Args:
        sample_limit: more figures than this and the whole scrape counts as failed: whatever multiplies the series of
            one target takes nothing from the others.
        dropped: names of metrics that nobody looks at, as a regular expression.
        without: labels that say nothing, as a regular expression.
        tls: whether it is asked over TLS; else a network policy alone stands before it.
        login: whether it asks for a password.
        told: whether its series tell of others' namespaces, whose teams they then are.
        each: whether its Service stands for several pods, each of which is asked by itself.
    """

    sample_limit: int
    dropped: str | None = None
    without: str | None = None
    tls: bool = False
    login: bool = False
    told: bool = False
    each: bool = True


# Several times what each said of a fresh dev environment, so that what it may grow to has room, and a label that is
# multiplied by whatever a client makes up has none.
JOBS: Mapping[JobName, Job] = MappingProxyType(
    {
        # 101 with four roles, 149 with backups; each reading team is a role more, and a handful of samples. The
        # exporter's own label `server` says localhost.
        "postgres": Job(sample_limit=1000, without="server", each=False),
        # 1,309, most of them of caches, threads and the JVM; each realm has its events by kind and error.
        "keycloak": Job(sample_limit=5000, tls=True),
        # 578, of which 323 stay; each route has one for each status, method and protocol that it has seen.
        "edge": Job(sample_limit=3000, dropped="traefik_.*_bucket"),
        # 318, of which half are the controller's own talk with the API server.
        "spark-operator": Job(
            sample_limit=1000, dropped="(rest_client|workqueue|controller_runtime)_.*_bucket", told=True
        ),
        # 128: eight for each namespace, one for each container, and five for each run of the last day.
        "kube-state-metrics": Job(sample_limit=3000, without="customresource_.*|uid", tls=True, login=True, told=True),
        # 1,110 and 459.
        "prometheus": Job(sample_limit=5000, tls=True, login=True),
        "alertmanager": Job(sample_limit=2000, tls=True, login=True),
    }
)
