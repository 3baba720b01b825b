"""What every service on the engine is told of where it runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.base import Owner
from components.local import names
from components.local.networks import Networks
from components.network import CertificateAuthority

LOOPBACK = "127.0.0.1"
"""Where ports are published: for this machine's own programs alone."""


@dataclass(frozen=True)
class Place:
    """One engine, and the environment on it.

    Args:
        environment: names everything on the engine, so that two environments share one.
        authority: signs the services' certificates.
    """

    environment: str
    networks: Networks
    authority: CertificateAuthority

    @property
    def owner(self) -> Owner:
        """Whose everything is here: the platform's."""
        return Owner(self.environment)

    def named(self, name: str) -> str:
        """What a thing is called on the engine."""
        return names.named(self.environment, name)

    def labels(self, name: str, component: str) -> Mapping[str, str]:
        """Its labels: those of every Kubernetes object of the platform."""
        return self.owner.labels(name, component)
