"""The package's types under their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.plugins.docker.image import Image
from sandbox.plugins.host.provider import Provider
from sandbox.plugins.host.resource import ResourceType


class Docker(Provider):
    """Images of this machine."""

    name = "docker"
    version = "5.2.0"
    types: Mapping[str, ResourceType] = MappingProxyType({"docker:index/image:Image": Image()})
