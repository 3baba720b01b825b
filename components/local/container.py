"""A container as the platform runs one: what it does not need, it does not have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from components.local.files import Files
from components.local.place import LOOPBACK, Place

DIGEST = "etl-platform/digest"
LOGS = {"max-size": "10m", "max-file": "3"}
PATIENCE = 600
"""Seconds that a service may take until it is healthy. Keycloak makes its tables at the first start, which takes a
minute on an idle machine and several on a busy one."""


@dataclass(frozen=True)
class Health:
    """How the engine asks a service whether it is well.

    `test`: a program of the image and its arguments; status 0 means well. `start`: seconds in which a no counts not.
    """

    test: Sequence[str]
    start: int = 5


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service in one container.

    Args:
        name: among the containers of the environment, and its name in every network that it is in.
        component: what it is part of, for its label.
        uid: of its user; the group has the same number unless `gid` says otherwise.
        memory: MiB. cpus: at most.
        networks: names; other containers find it there by its name. aliases: further names in all of them.
        ports: published on this machine alone, outside to inside.
        writable: folders in memory, with their size in MiB; everything else is read-only, or a volume. The image has
            each of them, for all to write (mode 1777): at a second start the engine gives the mode of the folder below
            it, and one that only it has made would be root's alone.
        volumes: by the folder that each is at.
        files: what it reads at its start.
        health: None where the image holds no program that could ask.
        retries: None for one that stays. One that has a job runs to its end, as often again where it fails; what
            depends on it waits for that.
    """

    name: str
    component: str
    image: pulumi.Input[str]
    uid: int
    gid: int | None = None
    memory: int
    cpus: float
    networks: Sequence[pulumi.Input[str]]
    aliases: Sequence[str] = ()
    ports: Mapping[int, int] = field(default_factory=dict)
    command: Sequence[str] = ()
    entrypoints: Sequence[str] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    writable: Mapping[str, int] = field(default_factory=dict)
    volumes: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    files: Files | None = None
    health: Health | None = None
    shared_memory: int | None = None
    stop_seconds: int = 10
    retries: int | None = None


def run(resource_name: str, place: Place, service: Service, opts: pulumi.ResourceOptions) -> docker.Container:
    """The container: an unprivileged user without capabilities, a read-only root, limits, logs that stay small."""
    labels: dict[str, pulumi.Input[str]] = {**place.labels(service.name, service.component)}
    ends = service.retries is not None
    mounts = [
        docker.ContainerMountArgs(type="volume", source=volume, target=folder)
        for folder, volume in service.volumes.items()
    ]
    if service.files:
        labels[DIGEST] = service.files.digest
        mounts.append(service.files.mount)
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[service.files.filled]))
    gid = service.uid if service.gid is None else service.gid
    return docker.Container(
        resource_name,
        name=place.named(service.name),
        hostname=service.name,
        image=service.image,
        command=list(service.command) or None,
        entrypoints=list(service.entrypoints) or None,
        user=f"{service.uid}:{gid}",
        envs=[pulumi.Output.concat(name, "=", value) for name, value in sorted(service.environment.items())] or None,
        labels=[docker.ContainerLabelArgs(label=key, value=value) for key, value in labels.items()],
        networks_advanced=[
            docker.ContainerNetworksAdvancedArgs(name=network, aliases=[service.name, *service.aliases])
            for network in service.networks
        ],
        ports=[
            docker.ContainerPortArgs(internal=inside, external=outside, ip=LOOPBACK)
            for outside, inside in service.ports.items()
        ],
        mounts=mounts,
        tmpfs={folder: f"size={size}m,mode=1777" for folder, size in service.writable.items()} or None,
        read_only=True,
        privileged=False,
        capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
        security_opts=["no-new-privileges:true"],
        memory=service.memory,
        # The same number: a service that outgrows its memory is ended, instead of slowing the machine down by swapping.
        memory_swap=service.memory,
        cpus=f"{service.cpus:g}",
        shm_size=service.shared_memory,
        restart="on-failure" if ends else "unless-stopped",
        max_retry_count=service.retries,
        # A job's end is awaited, and is no reason to make its container anew.
        attach=ends or None,
        must_run=False if ends else None,
        healthcheck=_check(service.health) if service.health else None,
        wait=service.health is not None,
        wait_timeout=PATIENCE,
        destroy_grace_seconds=service.stop_seconds,
        log_driver="json-file",
        log_opts=LOGS,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
    )


def _check(health: Health) -> docker.ContainerHealthcheckArgs:
    return docker.ContainerHealthcheckArgs(
        tests=["CMD", *health.test], interval="5s", timeout="5s", retries=3, start_period=f"{health.start}s"
    )
