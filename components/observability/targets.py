"""What Prometheus asks: the targets, as the program declares them. Nothing is discovered, so nothing goes missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi_kubernetes as k8s

from components.network import Peer
from components.network.policies import allow_out
from components.observability.jobs import JOBS, Job, JobName

AUTHORITY = "ca.crt"
"""Among the files of `FILES`, by which targets with TLS are verified."""
FILES = "/etc/prometheus-logins"
USER = "platform"
TEAMS = "(.+)-(?:data|spark|services)"
"""The namespaces of teams, and in them the team."""


@dataclass(frozen=True)
class Target:
    """Something that tells figures of itself, behind a Service of `metrics_service`.

    Args:
        job: how it is asked.
        host: the Service's name in the cluster's DNS. pods: those behind it, on `port`.
        labels: of all its series; `team` says who hears of it.
        replicas: how many pods there are to be.
        server_name: of its certificate, where it speaks TLS.
    """

    job: JobName
    host: str
    port: int
    pods: Peer
    labels: Mapping[str, str] = field(default_factory=lambda: {"team": "platform"})
    replicas: int = 1
    server_name: str | None = None


def jobs_of(targets: Sequence[Target]) -> list[JobName]:
    """The jobs that have targets, in the order of their table."""
    return [name for name in JOBS if any(each.job == name for each in targets)]


def scrape_configs(targets: Sequence[Target]) -> list[dict[str, Any]]:
    """What Prometheus is told of them, a job for each kind. Source: prometheus.io, "Configuration"."""
    return [_job(name, JOBS[name], [each for each in targets if each.job == name]) for name in jobs_of(targets)]


def ways(targets: Sequence[Target]) -> Iterator[k8s.networking.v1.NetworkPolicyEgressRuleArgs]:
    """The rules that let Prometheus out to them, one for each port."""
    for port in sorted({each.port for each in targets}):
        yield allow_out([each.pods for each in targets if each.port == port], port)


def verified(server_name: str | None) -> dict[str, Any]:
    """Over TLS, by the platform's authority; with None, without."""
    if server_name is None:
        return {}
    return {"scheme": "https", "tls_config": {"ca_file": f"{FILES}/{AUTHORITY}", "server_name": server_name}}


def logged_in(server: str) -> dict[str, Any]:
    """With the login of the server that is called so."""
    return {"basic_auth": {"username": USER, "password_file": f"{FILES}/{server}"}}


def _job(name: JobName, job: Job, targets: Sequence[Target]) -> dict[str, Any]:
    [server_name] = {each.server_name for each in targets}
    if job.tls is (server_name is None):
        raise ValueError(f"targets of {name} {'need' if job.tls else 'have no'} certificate's name")
    kept = [{"source_labels": ["__name__"], "regex": job.dropped, "action": "drop"}] if job.dropped else []
    kept += [{"regex": job.without, "action": "labeldrop"}] if job.without else []
    kept += [{"source_labels": ["namespace"], "regex": TEAMS, "target_label": "team"}] if job.told else []
    return {
        "job_name": name,
        "sample_limit": job.sample_limit,
        **verified(server_name),
        **(logged_in(name) if job.login else {}),
        **(_each_pod(targets) if job.each else _by_name(targets)),
        **({"metric_relabel_configs": kept} if kept else {}),
    }


def _by_name(targets: Sequence[Target]) -> dict[str, Any]:
    """One pod behind each name: while there is none, its series says so."""
    return {
        "static_configs": [{"targets": [f"{each.host}:{each.port}"], "labels": dict(each.labels)} for each in targets]
    }


def _each_pod(targets: Sequence[Target]) -> dict[str, Any]:
    """Several pods behind a name, each asked by itself; how many there should be is a fact of its own."""
    return {
        "dns_sd_configs": [{"names": [each.host], "type": "A", "port": each.port} for each in targets],
        "relabel_configs": [
            {"source_labels": ["__meta_dns_name"], "regex": each.host, "target_label": label, "replacement": value}
            for each in targets
            for label, value in each.labels.items()
        ],
    }
