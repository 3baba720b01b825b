"""The package's types under their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.plugins.host.provider import Provider
from sandbox.plugins.host.resource import ResourceType
from sandbox.plugins.tls.resources import CertRequest, LocallySignedCert, PrivateKey, SelfSignedCert


class Tls(Provider):
    """Keys and certificates that live in the state."""

    name = "tls"
    version = "5.6.2"
    types: Mapping[str, ResourceType] = MappingProxyType(
        {
            "tls:index/certRequest:CertRequest": CertRequest(),
            "tls:index/locallySignedCert:LocallySignedCert": LocallySignedCert(),
            "tls:index/privateKey:PrivateKey": PrivateKey(),
            "tls:index/selfSignedCert:SelfSignedCert": SelfSignedCert(),
        }
    )
