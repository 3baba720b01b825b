"""The login in front of a program: what oauth2-proxy reads, and the way from it to Keycloak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.base import selector
from components.identity import ServiceClient
from components.network import Certificate, CertificateAuthority, pods
from components.network.policies import allow_in, allow_out, network_policy
from components.services import proxy
from components.services.proxy import Entrance, SignIn
from components.workload import checksum

core = k8s.core.v1


@dataclass(frozen=True)
class Login:
    """Where people log in, by which client, and who then enters.

    Args:
        client: the program's, in the realm.
        roles: the realm roles of which someone needs one.
    """

    sign_in: SignIn
    client: ServiceClient
    roles: Sequence[str]


@dataclass(frozen=True)
class Guarded:
    """The program behind a login, in the same pod.

    Args:
        name: of its objects. namespace: of them all.
        labels: of its pods.
        host: the DNS name under which people reach it.
        port: on which it answers, on loopback.
    """

    name: str
    namespace: pulumi.Input[str]
    namespace_name: str
    labels: Mapping[str, str]
    host: str
    port: int

    @property
    def inside(self) -> str:
        """The name of its Service, which the login's certificate has."""
        return f"{self.name}.{self.namespace_name}.svc"


def files(
    resource_name: str,
    login: Login,
    guarded: Guarded,
    authority: CertificateAuthority,
    parent: pulumi.Resource,
) -> tuple[k8s.core.v1.Secret, pulumi.Output[str]]:
    """What oauth2-proxy reads, and a digest of what it reads at its start alone."""
    opts, sign_in = pulumi.ResourceOptions(parent=parent), login.sign_in
    certificate = Certificate(resource_name, authority, names=[guarded.inside], opts=opts)
    cookie = random.RandomPassword(f"{resource_name}-cookie", length=32, special=False, opts=opts)

    def text(parts: list[str]) -> str:
        entrance = Entrance(parts[0], guarded.host, login.roles, guarded.port)
        return proxy.configuration(entrance, issuer=parts[1], inside=parts[2])

    configuration = pulumi.Output.all(login.client.client_id, sign_in.issuer, sign_in.inside).apply(text)
    started_with = {
        "oauth2-proxy.cfg": configuration,
        "client-secret": login.client.secret,
        "cookie-secret": cookie.result,
        "ca.crt": sign_in.authority,
    }
    secret = core.Secret(
        f"{resource_name}-login",
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=f"{guarded.name}-login", namespace=guarded.namespace, labels=dict(guarded.labels)
        ),
        string_data={
            **started_with,
            "tls.crt": certificate.certificate,
            "tls.key": certificate.private_key,
        },
        opts=opts,
    )
    # The digest of secrets of 190 bits each is no secret; the certificate is reloaded without a start.
    return secret, pulumi.Output.unsecret(pulumi.Output.all(**started_with).apply(checksum))


def way_to_keycloak(
    resource_name: str, login: Login, guarded: Guarded, parent: pulumi.Resource
) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """The rule that lets its pods out to Keycloak; Keycloak's own policy lets them in."""
    sign_in = login.sign_in
    network_policy(
        f"from-{guarded.namespace_name}-{guarded.name}",
        resource_name=f"{resource_name}-to-keycloak",
        namespace=sign_in.namespace,
        labels=guarded.labels,
        select=sign_in.pods,
        ingress=[allow_in([pods(selector(guarded.labels), of=guarded.namespace_name)], sign_in.port)],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return allow_out([pods(sign_in.pods, of=sign_in.namespace_name)], sign_in.port)
