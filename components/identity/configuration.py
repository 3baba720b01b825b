"""Keycloak's configuration file, and where its pod finds things."""

from dataclasses import dataclass

HTTPS_PORT = 8443
MANAGEMENT_PORT = 9000
# Where the replicas of one cluster talk to each other: JGroups, and its failure detection.
CLUSTER_PORTS = (7800, 57800)
UID = 1000  # the official image's keycloak user

HOME = "/opt/keycloak"
QUARKUS = f"{HOME}/lib/quarkus"
SETTINGS = "/etc/keycloak"
TRUSTED = "trusted.pem"
FILE = f"{SETTINGS}/keycloak.conf"


PROXIED = """\
# The edge says for whom it asks, and replaces what a client said of that. It is believed from the addresses that pods
# have; which of them may come at all, the network policy says.
proxy-headers=xforwarded
proxy-trusted-addresses=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7

"""


@dataclass(frozen=True)
class Connection:
    """How Keycloak reaches its database: names, port, login, and connections per replica."""

    host: str
    port: int
    database: str
    username: str
    password: str
    pool: int

    @property
    def url(self) -> str:
        """The JDBC address; the server's certificate and its name are both verified."""
        return (
            f"jdbc:postgresql://{self.host}:{self.port}/{self.database}"
            f"?sslmode=verify-full&sslrootcert={SETTINGS}/ca.crt"
        )


def keycloak_conf(
    *,
    hostname: str,
    connection: Connection,
    bootstrap: tuple[str, str],
    proxied: bool = False,
    trusted: bool = False,
) -> str:
    """The file that `kc.sh --config-file` reads: secrets stay out of the environment and of every argument list.

    Args:
        hostname: the public https URL.
        bootstrap: id and secret of the client that administers at first. It is made at the first start only, and the
            job of `automation.py` removes it.
        proxied: whether the edge stands before it.
        trusted: whether the file `TRUSTED` lies beside it, with more authorities to believe outside.

    Source: keycloak.org, "All configuration".
    """
    client_id, secret = bootstrap
    return f"""\
{PROXIED if proxied else ""}hostname={hostname}
http-enabled=false
https-port={HTTPS_PORT}
https-certificate-file={SETTINGS}/tls.crt
https-certificate-key-file={SETTINGS}/tls.key
# Beside the public authorities: the platform's own, and those that were given for what it reaches outside.
truststore-paths={SETTINGS}/ca.crt{f",{SETTINGS}/{TRUSTED}" if trusted else ""}
# A renewed certificate is read from the mounted secret without a restart.
https-certificates-reload-period=5m

db=postgres
db-url={connection.url}
db-username={connection.username}
db-password={connection.password}
# A pool of fixed size: connections opened under load are what load makes slow.
db-pool-initial-size={connection.pool}
db-pool-min-size={connection.pool}
db-pool-max-size={connection.pool}

# Health and metrics answer on a port of their own, over TLS too, that nobody but Prometheus and the kubelet reaches.
health-enabled=true
metrics-enabled=true
http-management-port={MANAGEMENT_PORT}
# Logins and their failures, by realm. Not by client or provider: each value would be a series of its own.
event-metrics-user-enabled=true
event-metrics-user-tags=realm
# Unlimited by default; beyond it clients get 503 at once instead of waiting for an answer that comes too late.
http-max-queued-requests=500

# The replicas find each other in the database, and speak over TLS with certificates that they make themselves.
cache=ispn
cache-stack=jdbc-ping
cache-embedded-mtls-enabled=true

bootstrap-admin-client-id={client_id}
bootstrap-admin-client-secret={secret}
log-console-output=json
"""
