"""The volumes of what observability keeps: one pod's at a time, and as long as the environment's."""

import pulumi
import pulumi_kubernetes as k8s

core = k8s.core.v1


def claim(
    resource_name: str,
    *,
    metadata: k8s.meta.v1.ObjectMetaArgs,
    storage: int,
    storage_class: str | None,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.PersistentVolumeClaim:
    """A claim of `storage` GiB, of the cluster's default class where none is named."""
    # A class may bind a volume only once a pod asks for it, and the pod comes after the claim.
    metadata.annotations = {"pulumi.com/skipAwait": "true"}
    return core.PersistentVolumeClaim(
        resource_name,
        metadata=metadata,
        spec=core.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
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
