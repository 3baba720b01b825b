"""What every pod of the platform has in common: as restricted as Kubernetes' `restricted` profile, and then some."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

core = k8s.core.v1


@dataclass(frozen=True)
class Compute:
    """A container's share: CPU in millicores (asked for, and at most), memory in MiB (asked for = at most).

    Memory is asked for in full, so that a busy node evicts nothing of ours; CPU may burst.
    """

    cpu: int
    cpu_limit: int
    memory: int

    def __add__(self, other: "Compute") -> "Compute":
        return Compute(self.cpu + other.cpu, self.cpu_limit + other.cpu_limit, self.memory + other.memory)

    def to_args(self) -> k8s.core.v1.ResourceRequirementsArgs:
        """These figures as the API has them."""
        memory = f"{self.memory}Mi"
        return core.ResourceRequirementsArgs(
            requests={"cpu": f"{self.cpu}m", "memory": memory}, limits={"cpu": f"{self.cpu_limit}m", "memory": memory}
        )

    def canonical(self) -> dict[str, dict[str, str]]:
        """The same for a custom resource, in the form in which its operator's webhook would write it back.

        The API server knows that 1000m is 1 and compares amounts; of a custom resource it compares texts, and every
        refresh would find a drift.
        """
        memory = _canonical(self.memory, 1024, ("Mi", "Gi", "Ti"))
        return {
            "requests": {"cpu": _canonical(self.cpu, 1000, ("m", "")), "memory": memory},
            "limits": {"cpu": _canonical(self.cpu_limit, 1000, ("m", "")), "memory": memory},
        }


def _canonical(number: int, step: int, units: Sequence[str]) -> str:
    """The amount in the largest of the rising `units` in which it is a whole number."""
    unit, *larger = units
    return f"{number}{unit}" if not larger or number % step else _canonical(number // step, step, larger)


def pod_security(uid: int, *, gid: int | None = None) -> k8s.core.v1.PodSecurityContextArgs:
    """Runs as `uid`, never as root; volumes belong to the group, so mounted secrets stay unreadable to others."""
    group = uid if gid is None else gid
    return core.PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=uid,
        run_as_group=group,
        fs_group=group,
        # Without it each start walks the whole data volume.
        fs_group_change_policy="OnRootMismatch",
        seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
    )


def container_security() -> k8s.core.v1.SecurityContextArgs:
    """No privilege to gain, no capability, nothing to write outside the mounted volumes."""
    return core.SecurityContextArgs(
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=core.CapabilitiesArgs(drop=["ALL"]),
    )


def pod_template(
    labels: Mapping[str, str],
    *,
    uid: int,
    digest: pulumi.Input[str],
    containers: Sequence[k8s.core.v1.ContainerArgs],
    volumes: Sequence[k8s.core.v1.VolumeArgs],
    init_containers: Sequence[k8s.core.v1.ContainerArgs] = (),
    affinity: k8s.core.v1.AffinityArgs | None = None,
    grace_seconds: int | None = None,
    restart_policy: str | None = None,
    account: pulumi.Input[str] | None = None,
) -> k8s.core.v1.PodTemplateSpecArgs:
    """The pods of a workload, restricted.

    Args:
        digest: of what they read at their start (see `checksum`).
        account: the service account, for the few that speak to the API server (see `api_token`).
    """
    return core.PodTemplateSpecArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(labels=dict(labels), annotations={"etl-platform/configuration": digest}),
        spec=core.PodSpecArgs(
            # Hardly any of our workloads speaks to the API server, and none looks for services in its environment.
            service_account_name=account,
            automount_service_account_token=False,
            enable_service_links=False,
            security_context=pod_security(uid),
            termination_grace_period_seconds=grace_seconds,
            restart_policy=restart_policy,
            affinity=affinity,
            init_containers=list(init_containers) or None,
            containers=list(containers),
            volumes=list(volumes),
        ),
    )


def disruption_budget(
    resource_name: str, metadata: k8s.meta.v1.ObjectMetaArgs, labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> None:
    """One replica with these labels may be away at a time; one that is broken anyway holds up no node's drain."""
    k8s.policy.v1.PodDisruptionBudget(
        resource_name,
        metadata=metadata,
        spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(labels)),
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
        opts=opts,
    )


def secret_volume(
    name: str, *sources: k8s.core.v1.Secret | tuple[k8s.core.v1.Secret, Mapping[str, str]]
) -> k8s.core.v1.VolumeArgs:
    """Secrets as files in one folder, which root owns and the pod's group may read: as open as libpq's rule for keys.

    Args:
        sources: a Secret as it is, or with the only keys that become files, each with its file's name.
    """
    return core.VolumeArgs(
        name=name,
        projected=core.ProjectedVolumeSourceArgs(default_mode=0o440, sources=[_projection(each) for each in sources]),
    )


def _projection(
    source: k8s.core.v1.Secret | tuple[k8s.core.v1.Secret, Mapping[str, str]],
) -> k8s.core.v1.VolumeProjectionArgs:
    secret, files = source if isinstance(source, tuple) else (source, {})
    items = [core.KeyToPathArgs(key=key, path=path) for key, path in files.items()]
    return core.VolumeProjectionArgs(secret=core.SecretProjectionArgs(name=secret.metadata.name, items=items or None))


def api_token(name: str) -> k8s.core.v1.VolumeArgs:
    """What client libraries look for in /var/run/secrets: a token for the API server, its CA, the namespace.

    As Kubernetes would mount it into every pod; here only where it is asked for. The kubelet renews the token.
    """
    return core.VolumeArgs(
        name=name,
        projected=core.ProjectedVolumeSourceArgs(
            default_mode=0o440,
            sources=[
                core.VolumeProjectionArgs(
                    service_account_token=core.ServiceAccountTokenProjectionArgs(path="token", expiration_seconds=3600)
                ),
                core.VolumeProjectionArgs(
                    config_map=core.ConfigMapProjectionArgs(
                        name="kube-root-ca.crt", items=[core.KeyToPathArgs(key="ca.crt", path="ca.crt")]
                    )
                ),
                core.VolumeProjectionArgs(
                    downward_api=core.DownwardAPIProjectionArgs(
                        items=[
                            core.DownwardAPIVolumeFileArgs(
                                path="namespace",
                                field_ref=core.ObjectFieldSelectorArgs(field_path="metadata.namespace"),
                            )
                        ]
                    )
                ),
            ],
        ),
    )


def apart(labels: Mapping[str, str]) -> k8s.core.v1.AffinityArgs:
    """Replicas with these labels prefer nodes of their own: one node's end then costs one replica."""
    term = core.PodAffinityTermArgs(
        label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(labels)), topology_key="kubernetes.io/hostname"
    )
    return core.AffinityArgs(
        pod_anti_affinity=core.PodAntiAffinityArgs(
            preferred_during_scheduling_ignored_during_execution=[
                core.WeightedPodAffinityTermArgs(weight=100, pod_affinity_term=term)
            ]
        )
    )


def scratch(name: str, *, size: str, in_memory: bool = False) -> k8s.core.v1.VolumeArgs:
    """An empty volume that lives as long as its pod, bounded by `size`."""
    return core.VolumeArgs(
        name=name, empty_dir=core.EmptyDirVolumeSourceArgs(size_limit=size, medium="Memory" if in_memory else None)
    )


def mount(name: str, path: str, *, read_only: bool = False) -> k8s.core.v1.VolumeMountArgs:
    """The volume `name` at `path`."""
    return core.VolumeMountArgs(name=name, mount_path=path, read_only=read_only or None)


def http_probe(
    path: str, period: int, failures: int, *, port: str, scheme: str | None = None, timeout: int | None = 5
) -> k8s.core.v1.ProbeArgs:
    """Asks for `path` on the container's port of this name.

    Args:
        period: seconds from one time to the next.
        failures: in a row, until the kubelet acts.
        timeout: seconds for an answer; Kubernetes' own one second when None.
    """
    return core.ProbeArgs(
        http_get=core.HTTPGetActionArgs(path=path, port=port, scheme=scheme),
        period_seconds=period,
        failure_threshold=failures,
        timeout_seconds=timeout,
    )


def checksum(content: Mapping[str, str]) -> str:
    """A short digest for a pod's annotations: a pod whose configuration changed is replaced."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
