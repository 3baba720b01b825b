"""The variables of the environment on a Docker engine."""

from __future__ import annotations

from typing import Any

from sandbox.commands.connections import MASKED, variables

LOGIN = {"username": "cases_owner", "password": "a/b"}
OUTPUTS: dict[str, Any] = {
    "frontend": {"url": "https://app.etl.localhost:8444"},
    "keycloak": {"url": "https://id.etl.localhost:8443", "realm": "etl", "administrator": {"client_secret": "never"}},
    "databases": [
        {
            "team": "field-work",
            "name": "cases",
            "database": "cases",
            "host": "127.0.0.1",
            "port": 15432.0,
            "logins": {"owner": LOGIN},
        }
    ],
}


def test_addresses_and_logins_have_the_teams_and_the_databases_name() -> None:
    assert dict(variables(OUTPUTS, "/ca.pem", show=True)) == {
        "CA_CERTIFICATE": "/ca.pem",
        "FRONTEND_URL": "https://app.etl.localhost:8444",
        "KEYCLOAK_URL": "https://id.etl.localhost:8443",
        "OIDC_ISSUER": "https://id.etl.localhost:8443/realms/etl",
        "FIELD_WORK_CASES_HOST": "127.0.0.1",
        "FIELD_WORK_CASES_PORT": "15432",
        "FIELD_WORK_CASES_DATABASE": "cases",
        "FIELD_WORK_CASES_OWNER_USER": "cases_owner",
        "FIELD_WORK_CASES_OWNER_PASSWORD": "a/b",
        "FIELD_WORK_CASES_OWNER_URL": "postgresql://cases_owner:a%2Fb@127.0.0.1:15432/cases"
        "?sslmode=verify-full&sslrootcert=/ca.pem",
    }


def test_passwords_are_masked_unless_asked_for_and_the_administrators_never_shown() -> None:
    masked = dict(variables(OUTPUTS, "/ca.pem", show=False))
    assert masked["FIELD_WORK_CASES_OWNER_PASSWORD"] == MASKED
    assert "a/b" not in str(masked)
    assert "a%2Fb" not in str(masked)
    assert "never" not in str(dict(variables(OUTPUTS, "/ca.pem", show=True)))
