"""The package's types under their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.plugins.host.provider import Provider
from sandbox.plugins.host.resource import ResourceType
from sandbox.plugins.random.numbers import RandomBytes, RandomId, RandomInteger, RandomUuid
from sandbox.plugins.random.text import RandomPassword, RandomString


class Random(Provider):
    """Random values that are made once and kept in the state."""

    name = "random"
    version = "4.21.4"
    types: Mapping[str, ResourceType] = MappingProxyType(
        {
            "random:index/randomBytes:RandomBytes": RandomBytes(),
            "random:index/randomId:RandomId": RandomId(),
            "random:index/randomInteger:RandomInteger": RandomInteger(),
            "random:index/randomPassword:RandomPassword": RandomPassword(),
            "random:index/randomString:RandomString": RandomString(),
            "random:index/randomUuid:RandomUuid": RandomUuid(),
        }
    )
