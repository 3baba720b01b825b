"""Keycloak."""

from tests.sandbox.observability.cases.case import KEYCLOAK, fires, series, silent


def _logins(per_minute: int, event: str = "login", **labels: str) -> dict[str, str]:
    return {series("keycloak_user_events_total", KEYCLOAK, realm="etl", event=event, **labels): f"0+{per_minute}x30"}


def _answers(good: str, bad: str) -> dict[str, str]:
    name = "http_server_requests_seconds_count"
    return {series(name, KEYCLOAK, outcome="SUCCESS"): good, series(name, KEYCLOAK, outcome="SERVER_ERROR"): bad}


def _cluster(seen: int) -> dict[str, str]:
    return {
        series("vendor_cluster_size", KEYCLOAK): f"{seen}x30",
        series("declared:replicas", {"job": "keycloak", "team": "platform"}): "2x30",
    }


IDENTITY_CASES = (
    fires(
        "LoginFailures", "ten a minute", _logins(10, error="invalid_user_credentials"), "20m",
        {"team": "platform", "realm": "etl"}, "100 logins to the realm etl failed within ten minutes.",
    ),
    fires(
        "LoginFailures", "a program goes on with an old secret",
        _logins(10, "client_login", error="invalid_client_credentials"), "20m",
        {"team": "platform", "realm": "etl"}, "100 logins to the realm etl failed within ten minutes.",
    ),
    silent("LoginFailures", "tokens are renewed too late", _logins(10, "refresh_token", error="invalid_token"), "20m"),
    silent("LoginFailures", "four a minute", _logins(4, error="invalid_user_credentials"), "20m"),
    silent("LoginFailures", "a hundred people log in each minute", _logins(100), "20m"),
    fires(
        "IdentityErrors", "one in eleven", _answers("0+60x30", "0+6x30"), "15m", {"team": "platform"},
        "Keycloak answers 9.091% of all requests with an error: people cannot log in reliably.",
    ),
    silent("IdentityErrors", "one in a hundred", _answers("0+600x30", "0+6x30"), "15m"),
    silent("IdentityErrors", "one error at night, and little else", _answers("0+1x30", "0x12 1x20"), "15m"),
    fires(
        "IdentityWaitsForDatabase", "for long", {series("agroal_awaiting_count", KEYCLOAK): "3x20"}, "10m", KEYCLOAK,
        "Requests in a Keycloak replica (10.0.0.1:9000) have been waiting for connections to its database.",
    ),
    silent("IdentityWaitsForDatabase", "for a moment", {series("agroal_awaiting_count", KEYCLOAK): "0x8 3 0x9"}, "10m"),
    fires(
        "IdentityClusterSmall", "a replica is alone", _cluster(1), "20m", KEYCLOAK,
        "A Keycloak replica (10.0.0.1:9000) sees 1 of the cluster's members: sessions may be lost when one goes.",
    ),
    silent("IdentityClusterSmall", "it sees the other", _cluster(2), "20m"),
)  # fmt: skip
