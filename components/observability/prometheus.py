"""Prometheus: it asks what the program declared, keeps what it hears, and judges the alerts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner, selector
from components.network import CertificateAuthority, pods
from components.network.policies import COLLECTOR, OBSERVABILITY, PROMETHEUS, allow_in, network_policy
from components.observability import configuration as conf
from components.observability import web
from components.observability.alertmanager import Alertmanager
from components.observability.alerts import Fact, ProfileName, rules, values
from components.observability.alerts.rules import text
from components.observability.configuration import Retention, configuration
from components.observability.jobs import JOBS
from components.observability.replicas import DATA, Replicas, ReplicasArgs, each_by_itself
from components.observability.state import State
from components.observability.targets import AUTHORITY, FILES, Target, jobs_of, ways
from components.observability.web import Web, WebArgs
from components.volumes import configured
from components.workload import Compute, container_security, mount, secret_volume

core = k8s.core.v1
NAME = PROMETHEUS["app.kubernetes.io/name"]
PORT = 9090


@dataclass(frozen=True)
class PrometheusSize:
    """What an environment gives: `replicas`, each with its `compute`, `storage` in GiB, and `days` of figures."""

    replicas: int
    compute: Compute
    storage: int
    days: int


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """Prometheus in `namespace`.

    Args:
        targets: what is asked beside Prometheus, Alertmanager and kube-state-metrics themselves.
        facts: what was declared, beside how many replicas targets are to have.
        profile: whose thresholds the alerts have.
        runbooks: the address of docs/runbooks, for people; None for the path in the repository.
    """

    namespace: pulumi.Input[str]
    owner: Owner
    image: str
    size: PrometheusSize
    storage_class: str | None
    authority: CertificateAuthority
    alertmanager: Alertmanager
    state: State
    targets: Sequence[Target]
    facts: Sequence[Fact]
    profile: ProfileName
    runbooks: str | None = None


class Prometheus(Component):
    """Its replicas, its rules, and the ways to all that it asks.

    Outputs:
        web: where it answers, and by which login.
        targets: all that it asks.
    """

    def __init__(self, name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:Prometheus", name, opts)
        self.args = args
        self.labels = args.owner.labels(NAME, PROMETHEUS["app.kubernetes.io/component"])
        self.web = Web(
            name,
            WebArgs(NAME, args.namespace, OBSERVABILITY, self.labels, selector(self.labels), PORT, args.authority),
            self.child(),
        )
        me = Target(
            "prometheus",
            f"{each_by_itself(NAME)}.{OBSERVABILITY}.svc",
            PORT,
            pods(selector(self.labels)),
            replicas=args.size.replicas,
            server_name=self.web.host,
        )
        self.targets = [*args.targets, args.state.target, me, args.alertmanager.target]
        config = core.ConfigMap(
            f"{name}-configuration", metadata=self._metadata(), data=self._files(), opts=self.child()
        )
        server = core.Secret(
            f"{name}-server", metadata=self._metadata("server"), string_data=self.web.files, opts=self.child()
        )
        policy = network_policy(
            NAME,
            resource_name=f"{name}-traffic",
            namespace=args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[allow_in([me.pods, pods(COLLECTOR)], PORT)],
            egress=list(ways(self.targets)),
            opts=self.child(),
        )
        Replicas(
            name,
            ReplicasArgs(
                name=NAME,
                namespace=args.namespace,
                labels=self.labels,
                count=args.size.replicas,
                storage=args.size.storage,
                storage_class=args.storage_class,
                container=self._container,
                volumes=[
                    configured("configuration", config),
                    secret_volume("server", server),
                    secret_volume(
                        "logins",
                        (self.web.login, {"password": NAME, AUTHORITY: AUTHORITY}),
                        *((each.web.login, {"password": each.target.job}) for each in (args.alertmanager, args.state)),
                    ),
                ],
                # It watches its files by itself; a restart would cost minutes of figures.
                digest="watched",
                port=PORT,
                # It closes the log that it would read again at its start.
                grace_seconds=120,
            ),
            [policy],
            self.child(),
        )
        self.register_outputs({"url": self.web.url})

    def _metadata(self, suffix: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        name = f"{NAME}-{suffix}" if suffix else NAME
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _files(self) -> dict[str, str]:
        """Configuration, rules, and with what the probe asks."""
        args = self.args
        counted = [
            Fact("replicas", each.replicas, {"job": each.job, "team": "platform"})
            for each in self.targets
            if JOBS[each.job].each
        ]
        retention = Retention(args.size.days, args.size.storage)
        judged = rules([*counted, *args.facts], values(args.profile), jobs_of(self.targets), args.runbooks)
        return {
            conf.FILE: text(configuration(args.owner.environment, self.targets, args.alertmanager.target, retention)),
            conf.RULES: text(judged),
            conf.ASKING: text(conf.asking(self.web.host)),
        }

    def _container(self, letter: str) -> k8s.core.v1.ContainerArgs:
        # Ready is who has read the log of the last hours again: minutes, for a large one. After that it stays ready.
        ready = [
            "promtool",
            "check",
            "ready",
            f"--url=https://localhost:{PORT}",
            f"--http.config.file={conf.FOLDER}/{conf.ASKING}",
        ]
        answers = core.TCPSocketActionArgs(port="https")
        return core.ContainerArgs(
            name=NAME,
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            args=[
                f"--config.file={conf.FOLDER}/{conf.FILE}",
                "--config.auto-reload",
                f"--storage.tsdb.path={conf.DATA}",
                f"--web.config.file={web.FOLDER}/{web.CONFIGURATION}",
                f"--web.external-url={self.web.url}",
                # By the same TLS and login as everything else of it.
                "--web.enable-otlp-receiver",
                # One question cannot take the memory from all the others.
                "--query.max-samples=5000000",
                "--query.max-concurrency=8",
                "--query.timeout=1m",
            ],
            env=[core.EnvVarArgs(name="REPLICA", value=letter)],
            ports=[core.ContainerPortArgs(name="https", container_port=PORT)],
            resources=self.args.size.compute.to_args(),
            security_context=container_security(),
            startup_probe=core.ProbeArgs(
                exec_=core.ExecActionArgs(command=ready), period_seconds=5, timeout_seconds=15, failure_threshold=120
            ),
            readiness_probe=core.ProbeArgs(tcp_socket=answers, period_seconds=10, timeout_seconds=5),
            liveness_probe=core.ProbeArgs(
                tcp_socket=answers, period_seconds=30, timeout_seconds=10, failure_threshold=4
            ),
            volume_mounts=[
                mount("configuration", conf.FOLDER, read_only=True),
                mount("server", web.FOLDER, read_only=True),
                mount("logins", FILES, read_only=True),
                mount(DATA, conf.DATA),
            ],
        )
