"""Alerts about Keycloak. Sources of the names: keycloak.org, "Troubleshooting using metrics" and "Event metrics"."""

from components.observability.alerts.alert import Alert

IDENTITY = (
    Alert(
        name="LoginFailures",
        job="keycloak",
        # Of people, and of programs with an old secret.
        expression="""
sum by (team, realm) (increase(keycloak_user_events_total{event=~"login|client_login", error!=""}[10m]))
  > {login_failures}
""",
        severity="warning",
        owner="platform",
        summary="{{ $value | humanize }} logins to the realm {{ $labels.realm }} failed within ten minutes.",
    ),
    Alert(
        name="IdentityErrors",
        job="keycloak",
        expression="""
sum by (team) (rate(http_server_requests_seconds_count{job="keycloak", outcome="SERVER_ERROR"}[5m]))
  / sum by (team) (rate(http_server_requests_seconds_count{job="keycloak"}[5m]))
  > {identity_errors}
and
sum by (team) (increase(http_server_requests_seconds_count{job="keycloak", outcome="SERVER_ERROR"}[5m]))
  > {identity_errors_floor}
""",
        lasts="5m",
        severity="critical",
        owner="platform",
        summary="Keycloak answers {{ $value | humanizePercentage }} of all requests with an error: people cannot "
        "log in reliably.",
    ),
    Alert(
        name="IdentityWaitsForDatabase",
        job="keycloak",
        expression='agroal_awaiting_count{job="keycloak"} > 0',
        lasts="5m",
        severity="warning",
        owner="platform",
        summary="Requests in a Keycloak replica ({{ $labels.instance }}) have been waiting for connections to its "
        "database.",
    ),
    Alert(
        name="IdentityClusterSmall",
        job="keycloak",
        expression='vendor_cluster_size{job="keycloak"} < on (job) group_left () declared:replicas{job="keycloak"}',
        lasts="{replicas_missing}",
        severity="warning",
        owner="platform",
        summary="A Keycloak replica ({{ $labels.instance }}) sees {{ $value }} of the cluster's members: sessions "
        "may be lost when one goes.",
    ),
)
