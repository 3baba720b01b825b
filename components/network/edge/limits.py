"""What one client address may ask of one route, and the headers that every answer has: Traefik's Middlewares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as k8s

from components.network.edge.names import TRAEFIK_API

LimitClass = Literal["login", "standard"]
HEADERS = "headers"
KIND = "Middleware"
API_VERSION = f"{TRAEFIK_API}/v1alpha1"

# A client is its address; of IPv6 the network that a provider gives to one customer.
CLIENT = {"ipStrategy": {"ipv6Subnet": 64}}
TWO_YEARS = 2 * 365 * 24 * 3600  # seconds; what browsers' preload lists ask for
# Bodies and answers up to this stay in memory; larger ones go through the pod's scratch volume. Keycloak's largest
# script is half of it.
IN_MEMORY = 2 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Limits:
    """Of one client address, on one route and in one replica of the edge.

    Args:
        per_minute: requests, on average. burst: requests at once, before the average counts.
        in_flight: requests that wait for their answers at the same time.
        body: of a request, in KiB.
    """

    per_minute: int
    burst: int
    in_flight: int
    body: int


def middlewares(classes: Mapping[LimitClass, Limits]) -> dict[str, dict[str, Any]]:
    """The specs of all Middlewares, by name."""
    found: dict[str, dict[str, Any]] = {HEADERS: {"headers": _headers()}}
    for name, limits in classes.items():
        rate, in_flight, body = _named(name)
        found[rate] = {
            "rateLimit": {
                "average": limits.per_minute,
                "period": "1m",
                "burst": limits.burst,
                "sourceCriterion": CLIENT,
            }
        }
        found[in_flight] = {"inFlightReq": {"amount": limits.in_flight, "sourceCriterion": CLIENT}}
        found[body] = {
            "buffering": {
                "maxRequestBodyBytes": limits.body * 1024,
                "memRequestBodyBytes": min(limits.body * 1024, IN_MEMORY),
                "memResponseBodyBytes": IN_MEMORY,
            }
        }
    return found


def filters(name: LimitClass) -> list[dict[str, Any]]:
    """The filters of a rule of a HTTPRoute, in their order: what costs nothing refuses first."""
    return [
        {"type": "ExtensionRef", "extensionRef": {"group": TRAEFIK_API, "kind": KIND, "name": each}}
        for each in (HEADERS, *_named(name))
    ]


def declare(
    prefix: str,
    classes: Mapping[LimitClass, Limits],
    *,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> Sequence[pulumi.Resource]:
    """The Middlewares as resources."""
    return [
        k8s.apiextensions.CustomResource(
            f"{prefix}-{name}",
            api_version=API_VERSION,
            kind=KIND,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=dict(labels)),
            spec=spec,
            opts=opts,
        )
        for name, spec in middlewares(classes).items()
    ]


def _named(name: LimitClass) -> tuple[str, str, str]:
    return f"{name}-rate", f"{name}-in-flight", f"{name}-body"


def _headers() -> dict[str, Any]:
    """Source: OWASP, "HTTP Headers Cheat Sheet". Content policies and framing are each service's own affair."""
    return {
        "stsSeconds": TWO_YEARS,
        "stsIncludeSubdomains": True,
        "contentTypeNosniff": True,
        "referrerPolicy": "no-referrer",
        # Nobody needs to know what runs behind; an empty value takes a header away.
        "customResponseHeaders": {"Server": "", "X-Powered-By": ""},
    }
