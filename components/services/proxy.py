"""oauth2-proxy in front of a service: who comes in, and what the program learns about them.

Source of the options: oauth2-proxy v7.15, docs/configuration/overview.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_kubernetes as k8s

from components.workload import Compute, container_security, http_probe, mount

core = k8s.core.v1

PORT = 8443
NAME = "login"
FOLDER = "/etc/oauth2-proxy"
FILE = f"{FOLDER}/oauth2-proxy.cfg"
CALLBACK = "/oauth2/callback"
COOKIE = "__Host-session"  # the prefix makes browsers refuse it without Secure, from another path, or for a subdomain

COMPUTE = Compute(cpu=20, cpu_limit=500, memory=64)
"""It copies bytes, and checks a signature for each request."""


@dataclass(frozen=True)
class SignIn:
    """Where people log in, as seen from a browser and from inside.

    Args:
        issuer: the realm's public address, which its tokens name.
        inside: the same realm by Keycloak's Service, so that no pod goes out through the edge to come in again.
        namespace: of Keycloak's pods, known once it is there; `namespace_name` is what it is called.
        pods: their labels; `port` is theirs.
        authority: the certificate (PEM) that Keycloak's own is verified against.
        image: of oauth2-proxy.
    """

    issuer: pulumi.Output[str]
    inside: pulumi.Output[str]
    namespace: pulumi.Input[str]
    namespace_name: str
    pods: Mapping[str, str]
    port: int
    authority: pulumi.Output[str]
    image: str


@dataclass(frozen=True)
class Entrance:
    """Who may enter one service: holders of any of these realm `roles`, on the way to the program on `port`."""

    client_id: str
    host: str
    roles: Sequence[str]
    port: int


def configuration(entrance: Entrance, issuer: str, inside: str) -> str:
    """The configuration file; it holds no secret, and names the files that do."""
    openid = f"{inside}/protocol/openid-connect"
    options: dict[str, object] = {
        "provider": "oidc",
        "client_id": entrance.client_id,
        "client_secret_file": f"{FOLDER}/client-secret",
        "code_challenge_method": "S256",
        "scope": "openid",
        "redirect_url": f"https://{entrance.host}{CALLBACK}",
        # Browsers go to the public address; this process stays inside. Tokens name the public one.
        "oidc_issuer_url": issuer,
        "skip_oidc_discovery": True,
        "login_url": f"{issuer}/protocol/openid-connect/auth",
        "redeem_url": f"{openid}/token",
        "oidc_jwks_url": f"{openid}/certs",
        "backend_logout_url": f"{openid}/logout?id_token_hint={{id_token}}",
        "provider_ca_files": [f"{FOLDER}/ca.crt"],
        "use_system_trust_store": False,
        # Keycloak, and not an address of mail, says who someone is.
        "oidc_email_claim": "preferred_username",
        "email_domains": ["*"],
        "oidc_groups_claim": "roles",
        "allowed_groups": list(entrance.roles),
        "skip_provider_button": True,
        "cookie_name": COOKIE,
        "cookie_secret_file": f"{FOLDER}/cookie-secret",
        "cookie_secure": True,
        "cookie_httponly": True,
        "cookie_samesite": "lax",
        "cookie_path": "/",
        # As long as the realm's longest session; it is renewed before an access token's five minutes are over, so
        # whoever was logged out elsewhere, or lost a role, is out of here within four.
        "cookie_expire": "10h",
        "cookie_refresh": "4m",
        "http_address": "",
        "https_address": f":{PORT}",
        "tls_cert_file": f"{FOLDER}/tls.crt",
        "tls_key_file": f"{FOLDER}/tls.key",
        "tls_min_version": "TLS1.2",
        # Only the edge reaches this port, and it sets these headers itself.
        "reverse_proxy": True,
        "upstreams": [f"http://127.0.0.1:{entrance.port}/"],
        "pass_user_headers": True,
        "pass_access_token": False,
        "pass_basic_auth": False,
        "pass_authorization_header": False,
        # Requests stand in the edge's log; here they would carry codes in their queries.
        "request_logging": False,
        "ping_path": "/oauth2/ping",
        "ready_path": "/oauth2/ready",
        "silence_ping_logging": True,
    }
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in options.items())


def container(image: str) -> k8s.core.v1.ContainerArgs:
    """The container that runs it."""
    probe = partial(http_probe, port=NAME, scheme="HTTPS", timeout=None)

    return core.ContainerArgs(
        name=NAME,
        image=image,
        image_pull_policy="IfNotPresent",
        args=[f"--config={FILE}"],
        ports=[core.ContainerPortArgs(name=NAME, container_port=PORT)],
        resources=COMPUTE.to_args(),
        security_context=container_security(),
        readiness_probe=probe("/oauth2/ready", 5, 2),
        liveness_probe=probe("/oauth2/ping", 5, 6),
        volume_mounts=[mount(NAME, FOLDER, read_only=True)],
    )
