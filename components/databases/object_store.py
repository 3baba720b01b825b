"""An S3-compatible store outside the cluster: where it is, and where its credentials lie; never the credentials."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.network import Peer, cidr

ACCESS_KEY_ID, SECRET_ACCESS_KEY = "access-key-id", "secret-access-key"
"""The keys of the Secret that people put into each namespace from which the store is used."""


@dataclass(frozen=True)
class ObjectStore:
    """One bucket, and what the platform's objects in it begin with.

    Args:
        endpoint: `https://host` or `https://host:port`.
        bucket: exists already.
        region: that requests are signed for.
        prefix: of all names of this environment; without slashes around it.
        secret: name of the Secret with `access-key-id` and `secret-access-key`.
        ca_certificate: PEM of the authorities that alone may have signed its certificate; the public ones when None.
        networks: the ranges in which it is reached, in CIDR notation.
    """

    endpoint: str
    bucket: str
    region: str
    prefix: str
    secret: str
    networks: Sequence[str]
    ca_certificate: str | None = None

    @property
    def port(self) -> int:
        """The TCP port of the endpoint."""
        _, _, port = self.endpoint.removeprefix("https://").partition(":")
        return int(port or 443)

    @property
    def peers(self) -> list[Peer]:
        """The store as network policies name it."""
        return [cidr(block) for block in self.networks]

    def path(self, *parts: str) -> str:
        """A place in the store: bucket, prefix and `parts`, with slashes between them and none around."""
        return "/".join([self.bucket, self.prefix, *parts])
