"""The engine's own account in Keycloak, and the job that puts it in the place of the first administrator.

What the job's script is given is told once, for the job in a cluster and for the one on a Docker engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.base import Component, Owner, selector
from components.identity import configuration as conf
from components.network import CertificateAuthority, pods
from components.network.policies import allow_in, allow_out, network_policy
from components.workload import Compute, checksum, container_security, mount, pod_template, scratch, secret_volume

core = k8s.core.v1
NAME = "keycloak-automation"
CLIENT = "platform-automation"
KEYS, WORK = "/etc/automation", "/work"
SCRIPT = Path(__file__).parent / "scripts" / "automation.sh"

COMPUTE = Compute(cpu=100, cpu_limit=1000, memory=384)
"""Of the job: a JVM with a heap of 128 MiB, again and again."""

RETRIES = 6
DEADLINE = 900  # seconds; what is not done by then needs a person


def command() -> list[str]:
    """What the job runs, in Keycloak's image."""
    return ["/bin/sh", "-euc", SCRIPT.read_text(encoding="utf-8")]


def environment(server: str, realm: str, work: str = WORK) -> Mapping[str, str]:
    """What the job is told: nothing secret.

    Args:
        server: Keycloak's host, with its port unless it is HTTPS's own; its certificate has the name.
        realm: the one that an older administrator may have made.
        work: a folder in memory.
    """
    return {
        "HOME_OF_KEYCLOAK": conf.HOME,
        "KEYS": KEYS,
        "REALM": realm,
        "SERVER": f"https://{server}",
        "WORK": work,
    }


def keys(
    client_secret: pulumi.Output[str], bootstrap_secret: pulumi.Input[str], authority: CertificateAuthority
) -> Mapping[str, pulumi.Input[str]]:
    """The files that the job reads in the folder KEYS, by name."""
    return {
        "client-id": CLIENT,
        "client-secret": client_secret,
        "bootstrap-secret": bootstrap_secret,
        "ca.crt": authority.certificate,
    }


@dataclass(frozen=True)
class AutomationArgs:
    """The account for the Keycloak of the same namespace.

    Args:
        image: Keycloak's, which has its command line.
        server: the name of its service inside the cluster; `labels` those of its pods.
        realm: the realm that an older administrator may have made, and that the account takes over.
        bootstrap_secret: of the administrator that the server makes at its first start.
    """

    namespace: pulumi.Input[str]
    owner: Owner
    image: str
    server: str
    labels: dict[str, str]
    realm: str
    bootstrap_secret: pulumi.Input[str]
    authority: CertificateAuthority


class Automation(Component):
    """The account `platform-automation` in the realm master.

    Outputs:
        client_id, client_secret: its login.
        secret: the name of the Secret that holds it, with the bootstrap's and the authority's certificate.
        done: the job; once it has ended, the account administers and nobody else does.
    """

    def __init__(
        self,
        name: str,
        args: AutomationArgs,
        after: list[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("identity:Automation", name, opts)
        self.args = args
        self.labels = args.owner.labels(NAME, "identity")
        self.client_id = CLIENT
        password = random.RandomPassword(f"{name}-secret", length=48, special=False, opts=self.child())
        self.client_secret: pulumi.Output[str] = password.result
        content = keys(password.result, args.bootstrap_secret, args.authority)
        secret = core.Secret(name, metadata=self._metadata(), string_data=content, opts=self.child())
        self.secret = secret.metadata.name
        # The digest of a secret text is no secret: it holds two passwords of 190 bits and more.
        digest = pulumi.Output.unsecret(pulumi.Output.all(**content).apply(checksum))
        job = k8s.batch.v1.Job(
            name,
            metadata=self._metadata(),
            spec=k8s.batch.v1.JobSpecArgs(
                backoff_limit=RETRIES, active_deadline_seconds=DEADLINE, template=self._pod(secret, digest)
            ),
            opts=self.child(depends_on=[*after, *self._ways(name)]),
        )
        self.done: pulumi.Resource = job
        self.register_outputs({"client_id": self.client_id})

    def _metadata(self) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(name=NAME, namespace=self.args.namespace, labels=self.labels)

    def _ways(self, name: str) -> list[pulumi.Resource]:
        """From the job to Keycloak, at both ends."""
        me, keycloak = selector(self.labels), selector(self.args.labels)
        return [
            network_policy(
                NAME,
                resource_name=f"{name}-out",
                namespace=self.args.namespace,
                labels=self.labels,
                select=me,
                egress=[allow_out([pods(keycloak)], conf.HTTPS_PORT)],
                opts=self.child(),
            ),
            network_policy(
                f"{NAME}-to-keycloak",
                resource_name=f"{name}-in",
                namespace=self.args.namespace,
                labels=self.labels,
                select=keycloak,
                ingress=[allow_in([pods(me)], conf.HTTPS_PORT)],
                opts=self.child(),
            ),
        ]

    def _pod(self, secret: k8s.core.v1.Secret, digest: pulumi.Output[str]) -> k8s.core.v1.PodTemplateSpecArgs:
        settings = environment(self.args.server, self.args.realm)
        container = core.ContainerArgs(
            name="automation",
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            command=command(),
            env=[core.EnvVarArgs(name=key, value=value) for key, value in settings.items()],
            resources=COMPUTE.to_args(),
            security_context=container_security(),
            volume_mounts=[mount("keys", KEYS, read_only=True), mount("work", WORK), mount("tmp", "/tmp")],
        )
        return pod_template(
            self.labels,
            uid=conf.UID,
            digest=digest,
            containers=[container],
            volumes=[
                secret_volume("keys", secret),
                # The logins of the command line lie here for as long as the job runs.
                scratch("work", size="16Mi", in_memory=True),
                scratch("tmp", size="64Mi"),
            ],
            restart_policy="Never",
        )
