"""What of Keycloak people reach through the edge: one realm's pages and endpoints, and what they load."""

from components.base import selector
from components.identity import configuration as conf
from components.identity.server import HTTPS, Keycloak
from components.network.edge import Backend, PathRule, RouteArgs


def public(keycloak: Keycloak, realm: str, host: str) -> RouteArgs:
    """The way from the edge's listener `host` to `realm`.

    Neither the console, the admin API, health and metrics nor the realm `master` pass: only what stands here does.
    Source: keycloak.org, "Configuring a reverse proxy", exposed path recommendations, narrowed to the one realm.
    """
    return RouteArgs(
        host=host,
        backend=Backend(
            # Where the engine reaches it may be a node or a load balancer; the edge is inside.
            address=keycloak.endpoint.cluster_address,
            port=HTTPS,
            namespace=keycloak.args.namespace_name,
            labels=selector(keycloak.labels),
            target_port=conf.HTTPS_PORT,
            server_name=keycloak.host,
        ),
        paths=[
            # Passwords, one-time codes and resets are posted here.
            PathRule(f"/realms/{realm}/login-actions", limits="login"),
            PathRule(f"/realms/{realm}"),
            PathRule("/resources"),
            PathRule(f"/.well-known/openid-configuration/realms/{realm}"),
            PathRule(f"/.well-known/oauth-authorization-server/realms/{realm}"),
        ],
    )
