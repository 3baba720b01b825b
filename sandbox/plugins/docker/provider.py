"""The package's types under their tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.plugins.docker.container import Container
from sandbox.plugins.docker.engine import OPTIONS, Engine
from sandbox.plugins.docker.image import Image
from sandbox.plugins.docker.network import Network
from sandbox.plugins.docker.remote_image import RemoteImage
from sandbox.plugins.docker.volume import Volume
from sandbox.plugins.host.provider import Provider
from sandbox.plugins.host.resource import Failure, ResourceType
from sandbox.plugins.host.values import UNKNOWN, Value


class Docker(Provider):
    """Images of this machine, and what runs on one Docker engine."""

    name = "docker"
    version = "5.2.0"
    options = OPTIONS

    def __init__(self) -> None:
        engine = self._engine = Engine()
        self.types: Mapping[str, ResourceType] = {
            "docker:index/container:Container": Container(engine),
            "docker:index/image:Image": Image(engine=engine),
            "docker:index/network:Network": Network(engine),
            "docker:index/remoteImage:RemoteImage": RemoteImage(engine),
            "docker:index/volume:Volume": Volume(engine),
        }

    def check_config(self, config: Mapping[str, Value]) -> Sequence[Failure]:
        """Refuse an engine on another machine."""
        host = config.get("host")
        if host is None or host is UNKNOWN or str(host).startswith("unix://"):
            return ()
        return [
            Failure("host", f"the offline docker plugin reaches engines on this machine alone (unix://…), not {host}")
        ]

    def configure(self, config: Mapping[str, Value]) -> None:
        """Take the engine's address."""
        self._engine.use(config)
