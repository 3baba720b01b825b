"""Helm releases: `pulumi_kubernetes.helm.v3.Release`, by the `helm` program and charts of the cache."""

from .release import RELEASE, Release

__all__ = ["RELEASE", "Release"]
