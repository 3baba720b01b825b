"""The platform's own certificate authority, and server certificates from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from components.base import Component

# P-256 is what every client of ours speaks (libpq, JVM, browsers) and signs an order of magnitude faster than RSA.
ALGORITHM, CURVE = "ECDSA", "P256"


@dataclass(frozen=True)
class CertificateAuthorityArgs:
    """Whose authority it is, and how long (hours) it and what it signs stay valid.

    `renewal_hours`: how long before its end a certificate is renewed by the next `pulumi up`.
    """

    organization: str
    validity_hours: int
    certificate_hours: int
    renewal_hours: int


class CertificateAuthority(Component):
    """A self-signed root that may sign server certificates and nothing below them.

    Outputs:
        certificate: the root in PEM; public.
    """

    certificate: pulumi.Output[str]

    def __init__(self, name: str, args: CertificateAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("network:CertificateAuthority", name, opts)
        self.args = args
        key = tls.PrivateKey(f"{name}-key", algorithm=ALGORITHM, ecdsa_curve=CURVE, opts=self.child())
        root = tls.SelfSignedCert(
            f"{name}-root",
            private_key_pem=key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(
                common_name=f"{args.organization} platform CA", organization=args.organization
            ),
            is_ca_certificate=True,
            set_subject_key_id=True,
            set_authority_key_id=True,
            allowed_uses=["cert_signing", "crl_signing"],
            validity_period_hours=args.validity_hours,
            early_renewal_hours=args.renewal_hours,
            opts=self.child(),
        )
        self.private_key = key.private_key_pem
        self.certificate = root.cert_pem
        self.register_outputs({"certificate": self.certificate})


class Certificate(Component):
    """A server certificate of the platform's authority.

    Args:
        authority: who signs it.
        names: DNS names, the first of which is the common name too.
        addresses: IP addresses by which clients verify the server as well.
        client: whether the server shows it to other servers, too, as their client.

    Outputs:
        certificate: PEM, public. private_key: PEM, secret.
    """

    certificate: pulumi.Output[str]
    private_key: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        authority: CertificateAuthority,
        *,
        names: Sequence[str],
        addresses: Sequence[pulumi.Input[str]] = (),
        client: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("network:Certificate", name, opts)
        key = tls.PrivateKey(f"{name}-key", algorithm=ALGORITHM, ecdsa_curve=CURVE, opts=self.child())
        request = tls.CertRequest(
            f"{name}-request",
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(common_name=names[0], organization=authority.args.organization),
            dns_names=list(names),
            ip_addresses=list(addresses),
            opts=self.child(),
        )
        signed = tls.LocallySignedCert(
            f"{name}-cert",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=authority.private_key,
            ca_cert_pem=authority.certificate,
            allowed_uses=["digital_signature", "key_encipherment", "server_auth", *(["client_auth"] if client else [])],
            set_subject_key_id=True,
            validity_period_hours=authority.args.certificate_hours,
            early_renewal_hours=authority.args.renewal_hours,
            opts=self.child(),
        )
        self.certificate = signed.cert_pem
        self.private_key = key.private_key_pem
        self.register_outputs({"certificate": self.certificate})
