"""What the stack tells of an environment in a cluster."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.databases import Database
from components.identity import Keycloak, Realm
from components.network import CertificateAuthority
from components.network.edge import Edge
from components.network.policies import OBSERVABILITY
from components.observability.prometheus import Prometheus
from components.observability.web import Web
from components.team import Team
from stacks.identity import IDENTITY
from stacks.images import Images
from stacks.traces import Traces


def outputs(
    authority: CertificateAuthority,
    keycloak: Keycloak,
    realm: Realm,
    teams: Mapping[str, Team],
    edge: Edge | None,
    watch: Prometheus | None,
    told: Traces | None,
) -> dict[str, Any]:
    """What the stack tells: where things are, and where the credentials lie; never a credential."""
    return {
        "ca_certificate": authority.certificate,
        "keycloak": {
            "url": keycloak.url,
            "realm": realm.id,
            "address": keycloak.endpoint.host,
            "port": keycloak.endpoint.port,
            "version": Images().keycloak_version,
            "administrator": pulumi.Output.concat(IDENTITY, "/", keycloak.automation.secret),
            "server": server_of(keycloak.args.database),
        },
        "edge": {
            "hosts": list(edge.args.hosts.values()),
            "address": edge.endpoint.host,
            "port": edge.endpoint.port,
        }
        if edge
        else None,
        "observability": {
            "prometheus": _web(watch.web),
            "alertmanager": _web(watch.args.alertmanager.web),
        }
        if watch
        else None,
        "traces": {"collector": told.collector.endpoint.endpoint, "url": told.jaeger.url} if told else None,
        "databases": [
            {
                "team": team.args.name,
                "name": request.name,
                "database": team.databases[request.name].name,
                "host": team.databases[request.name].args.server.endpoint.host,
                "port": team.databases[request.name].args.server.endpoint.port,
                "secret": f"{team.data}/{request.server_name}-connection",
                "readers": list(request.readers),
                "server": server_of(team.databases[request.name]),
            }
            for team in teams.values()
            for request in team.args.databases
        ],
        "services": [
            {"team": team.args.name, "name": name, "url": service.url}
            for team in teams.values()
            for name, service in team.services.items()
        ],
        "spark": [
            {
                "team": team.args.name,
                "namespace": team.args.workspace,
                "jobs": {job.name: job.schedule or "" for job in team.args.spark.jobs},
            }
            for team in teams.values()
            if team.args.spark
        ],
    }


def _web(web: Web) -> dict[str, Any]:
    """Where a server of observability answers, and where its login lies."""
    return {
        "url": web.url,
        "address": web.endpoint.host,
        "port": web.endpoint.port,
        "login": pulumi.Output.concat(OBSERVABILITY, "/", web.login.metadata.name),
    }


def server_of(database: Database) -> dict[str, Any]:
    """Where a database's server is, by which name its certificate knows it, and where its superuser's password lies."""
    server = database.args.server
    return {
        "service": server.host,
        "host": server.endpoint.host,
        "port": server.endpoint.port,
        "administrator": f"{server.args.namespace_name}/{server.args.name}-server",
    }
