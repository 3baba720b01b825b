"""Namespaces, the few holes in their default-deny policies, certificates, and how a service is reached."""

from components.network.certificates import Certificate, CertificateAuthority, CertificateAuthorityArgs
from components.network.endpoint import Access, Endpoint, EndpointArgs
from components.network.namespace import Namespace, NamespaceArgs, Quota
from components.network.policies import Peer, cidr, namespace, pods

__all__ = [
    "Access",
    "Certificate",
    "CertificateAuthority",
    "CertificateAuthorityArgs",
    "Endpoint",
    "EndpointArgs",
    "Namespace",
    "NamespaceArgs",
    "Peer",
    "Quota",
    "cidr",
    "namespace",
    "pods",
]
