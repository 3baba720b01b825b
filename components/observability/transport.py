"""TLS among the collector and its backends: each shows a certificate of the platform's authority, and asks for one.

Source: opentelemetry-collector, config/configtls; Jaeger's configuration has the same.
"""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.network import Certificate, CertificateAuthority, Peer

VOLUME, FOLDER = "tls", "/etc/tls"
RELOADED = "1h"  # the kubelet renews the files; a connection after that shows the new certificate


@dataclass(frozen=True)
class Backend:
    """A backend in the same namespace: OTLP over HTTP, TLS on both sides.

    Args:
        host: its Service, `name.namespace.svc`. port: the Service's and the pods'.
        pods: its own, as a policy names them.
    """

    host: str
    port: int
    pods: Peer

    @property
    def url(self) -> str:
        """Where it takes what comes."""
        return f"https://{self.host}:{self.port}"


def server(*, clients: bool = False) -> dict[str, str]:
    """What a receiver says of TLS; with `clients`, only who shows a client's certificate comes in."""
    return _own() | ({"client_ca_file": f"{FOLDER}/ca.crt"} if clients else {})


def client() -> dict[str, str]:
    """What an exporter says of TLS."""
    return {"ca_file": f"{FOLDER}/ca.crt"} | _own()


def _own() -> dict[str, str]:
    return {
        "cert_file": f"{FOLDER}/tls.crt",
        "key_file": f"{FOLDER}/tls.key",
        "min_version": "1.2",
        "reload_interval": RELOADED,
    }


def certificate(
    resource_name: str,
    authority: CertificateAuthority,
    *,
    metadata: k8s.meta.v1.ObjectMetaArgs,
    service: str,
    clients: bool = False,
    parent: pulumi.Resource,
) -> k8s.core.v1.Secret:
    """The Secret to be mounted at FOLDER.

    Args:
        service: `name.namespace.svc`, by which others reach it.
        clients: whether it comes to others with the same certificate.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    made = Certificate(
        f"{resource_name}-tls", authority, names=[service, f"{service}.cluster.local"], client=clients, opts=opts
    )
    return k8s.core.v1.Secret(
        f"{resource_name}-tls",
        metadata=metadata,
        string_data={
            "tls.crt": made.certificate,
            "tls.key": made.private_key,
            "ca.crt": authority.certificate,
        },
        opts=opts,
    )
