"""Claims of disks, and what a pod mounts of them and of its configuration."""

import pulumi
import pulumi_kubernetes as k8s

core = k8s.core.v1


def claim(
    resource_name: str,
    *,
    metadata: k8s.meta.v1.ObjectMetaArgs,
    storage: int,
    storage_class: str | None,
    access_mode: str = "ReadWriteOnce",
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.PersistentVolumeClaim:
    """A claim of `storage` GiB, of the cluster's default class where none is named."""
    # Not waited for: until a pod uses it, it may stay Pending for good; the pod that needs it is waited for. And
    # the vendor's plugin takes such a claim for ready while it is Pending only, so that it would wait in vain for
    # one that grows. Source: pulumi-kubernetes, await/awaiters.go, untilCoreV1PersistentVolumeClaimReady.
    metadata.annotations = {"pulumi.com/skipAwait": "true"}
    return core.PersistentVolumeClaim(
        resource_name,
        metadata=metadata,
        spec=core.PersistentVolumeClaimSpecArgs(
            access_modes=[access_mode],
            storage_class_name=storage_class,
            resources=core.VolumeResourceRequirementsArgs(requests={"storage": f"{storage}Gi"}),
        ),
        opts=opts,
    )


def claimed(name: str, claim: k8s.core.v1.PersistentVolumeClaim) -> k8s.core.v1.VolumeArgs:
    """The claim as a pod's volume."""
    return core.VolumeArgs(
        name=name,
        persistent_volume_claim=core.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim.metadata.name),
    )


def configured(name: str, config: k8s.core.v1.ConfigMap) -> k8s.core.v1.VolumeArgs:
    """The ConfigMap's files as a pod's volume."""
    return core.VolumeArgs(name=name, config_map=core.ConfigMapVolumeSourceArgs(name=config.metadata.name))
