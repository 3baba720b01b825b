"""How Prometheus and Alertmanager answer: over TLS, and nobody without a password."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import yaml

from components.base import Component
from components.network import Access, Certificate, CertificateAuthority, Endpoint, EndpointArgs
from components.network.edge.configuration import CIPHERS
from components.observability.targets import AUTHORITY, USER

CONFIGURATION = "web.yaml"
FOLDER = "/etc/web"


@dataclass(frozen=True)
class WebArgs:
    """A server `name` in `namespace`, on `port`, behind the pods that `select` names.

    Args:
        names: by which its certificate knows it beside its Service's.
        client: whether it shows its certificate to others of its kind as well.
    """

    name: str
    namespace: pulumi.Input[str]
    namespace_name: str
    labels: Mapping[str, str]
    select: Mapping[str, str]
    port: int
    authority: CertificateAuthority
    names: Sequence[str] = ()
    client: bool = False


class Web(Component):
    """Service, certificate and login of a server, and the file that tells it of them.

    Source of the file: prometheus/exporter-toolkit, "Web configuration". Certificates are read anew for each
    connection: a renewed one needs no restart.

    Outputs:
        host: inside the cluster; the certificate knows it.
        endpoint: as seen from where the engine runs, where that is on the cluster's network.
        login: the Secret with username, password and the authority; for whoever may ask.
        files: of the server itself.
    """

    def __init__(self, name: str, args: WebArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:Web", name, opts)
        self.host = f"{args.name}.{args.namespace_name}.svc"
        self.url = f"https://{self.host}:{args.port}"
        self.endpoint = Endpoint(
            name,
            EndpointArgs(
                name=args.name,
                namespace=args.namespace,
                labels=args.labels,
                select=args.select,
                port=args.port,
                target_port=args.port,
                port_name="https",
                access=Access(),
            ),
            self.child(),
        )
        certificate = Certificate(
            name,
            args.authority,
            names=[self.host, f"{self.host}.cluster.local", "localhost", *args.names],
            addresses=self.endpoint.certificate_addresses,
            client=args.client,
            opts=self.child(),
        )
        password = random.RandomPassword(f"{name}-login", length=32, special=False, opts=self.child())
        self.login = k8s.core.v1.Secret(
            f"{name}-login",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=f"{args.name}-login", namespace=args.namespace, labels=dict(args.labels)
            ),
            string_data={"username": USER, "password": password.result, AUTHORITY: args.authority.certificate},
            opts=self.child(),
        )
        self.files: dict[str, pulumi.Input[str]] = {
            CONFIGURATION: pulumi.Output.secret(password.bcrypt_hash.apply(configuration)),
            "tls.crt": certificate.certificate,
            "tls.key": certificate.private_key,
        }
        self.register_outputs({"url": self.url})


def configuration(password_hash: str) -> str:
    """The file that a server reads beside its certificate and key."""
    said = {
        "tls_server_config": {
            "cert_file": "tls.crt",
            "key_file": "tls.key",
            "min_version": "TLS12",
            "cipher_suites": list(CIPHERS),
        },
        "http_server_config": {"headers": {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "deny"}},
        "basic_auth_users": {USER: password_hash},
    }
    return yaml.safe_dump(said, sort_keys=False, width=120)
