"""The containers as they really are: isolated, read-only, reachable from this machine alone, and coming back."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time

import psycopg
import pytest

from sandbox.toolchain.engine import LOCAL
from tests.sandbox.local.conftest import Deployed

pytestmark = pytest.mark.sandbox

SERVICES = ("postgresql", "keycloak", "collector", "frontend")
JOBS = ("keycloak-automation",)
BACK_WITHIN = 600  # seconds; on a busy machine Keycloak takes minutes
WITH_A_SHELL = ("postgresql", "keycloak", "frontend")


def test_another_up_changes_nothing(deployed: Deployed) -> None:
    before = {name: deployed.container(name)["Id"] for name in (*SERVICES, *JOBS)}
    with deployed.place.own_salt:
        status = deployed.place.project.run(
            *("up", "--stack", LOCAL, "--yes", "--skip-preview", "--refresh", "--expect-no-changes"),
            *("--non-interactive", "--suppress-progress", "--suppress-outputs"),
        )
    assert status == 0
    assert {name: deployed.container(name)["Id"] for name in (*SERVICES, *JOBS)} == before


@pytest.mark.parametrize("service", WITH_A_SHELL)
def test_nothing_can_be_written_but_what_is_said(deployed: Deployed, service: str) -> None:
    status, said = deployed.run(service, "/bin/sh", "-c", "echo x > /etc/x || echo x > /usr/bin/x")
    assert status != 0
    assert "Read-only file system" in said
    status, said = deployed.run(service, "/bin/sh", "-c", "id -u; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status")
    user, *rest = said.split()
    assert int(user) > 0
    assert rest == ["CapEff:", "0000000000000000", "NoNewPrivs:", "1"]


def test_ports_are_this_machines_own(deployed: Deployed) -> None:
    bound = {
        binding["HostIp"]
        for name in SERVICES
        for bindings in deployed.container(name)["NetworkSettings"]["Ports"].values()
        for binding in bindings or ()
    }
    assert bound == {"127.0.0.1"}
    listed = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    published = {line.split()[3] for line in listed.splitlines() if '"docker-proxy"' in line}
    assert {"127.0.0.1:8443", "127.0.0.1:8444", "127.0.0.1:15432"} <= published
    assert not {place for place in published if place.rpartition(":")[2] in ("9000", "4318", "13133", "5432")}


def test_the_back_network_has_no_way_out(deployed: Deployed) -> None:
    """A container on it alone reaches the services there, and nothing outside."""
    api = deployed.api
    script = (
        "exec 3<>/dev/tcp/collector/13133 && echo reached the collector; "
        "timeout 5 bash -c 'exec 3<>/dev/tcp/192.0.2.1/53' && echo went out || echo stayed in"
    )
    body = {
        "Image": "docker.io/library/debian:bookworm-slim",
        "Cmd": ["bash", "-c", script],
        "Tty": True,
        "HostConfig": {"NetworkMode": "etl-local-back"},
    }
    made = api.post("/containers/create", body)["Id"]
    try:
        api.post(f"/containers/{made}/start")
        api.post(f"/containers/{made}/wait")
        said = str(api.call("GET", f"/containers/{made}/logs", {"stdout": True, "stderr": True}))
    finally:
        api.delete(f"/containers/{made}", {"force": True})
    assert "reached the collector" in said
    assert "stayed in" in said
    assert api.get("/networks/etl-local-back")["Internal"] is True


def test_keycloaks_management_port_answers_inside_alone(deployed: Deployed) -> None:
    status, said = deployed.run("keycloak", "/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000 && echo open")
    assert (status, said.strip()) == (0, "open")
    with pytest.raises(OSError, match=r"refused|timed out"), socket.create_connection(("127.0.0.1", 9000), 3):
        pass


@pytest.mark.parametrize("name", ["id.etl.localhost", "app.etl.localhost"])
def test_https_verifies_against_the_environments_authority_alone(deployed: Deployed, name: str) -> None:
    port = 8443 if name.startswith("id.") else 8444

    def shake(trust: ssl.SSLContext, as_name: str) -> None:
        with (
            socket.create_connection(("127.0.0.1", port), 10) as plain,
            trust.wrap_socket(plain, server_hostname=as_name),
        ):
            pass

    ours = ssl.create_default_context(cafile=str(deployed.place.authority))
    shake(ours, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(ssl.create_default_context(), name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(ours, "another.etl.localhost")


def test_a_team_reaches_its_database_with_what_it_is_told(deployed: Deployed) -> None:
    (told,) = deployed.outputs["databases"]
    login = told["logins"]["owner"]
    words = {
        "host": "localhost",
        "port": int(told["port"]),
        "dbname": told["database"],
        "user": login["username"],
        "password": login["password"],
        "sslrootcert": str(deployed.place.authority),
    }
    with psycopg.connect(**words, sslmode="verify-full") as connection:
        assert connection.execute("select current_user").fetchone() == ("cases_owner",)
    with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects|no pg_hba\.conf entry"):
        psycopg.connect(**words, sslmode="disable")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(**words | {"dbname": "keycloak"}, sslmode="verify-full")


def test_no_password_stands_in_what_the_engine_tells(deployed: Deployed) -> None:
    secrets = [login["password"] for each in deployed.outputs["databases"] for login in each["logins"].values()]
    secrets.append(deployed.outputs["keycloak"]["administrator"]["client_secret"])
    told = "".join(str(deployed.container(name)) for name in (*SERVICES, *JOBS))
    for each in (*SERVICES, *JOBS):
        told += str(deployed.api.call("GET", f"/containers/etl-local-{each}/logs", {"stdout": True, "stderr": True}))
    assert not [secret for secret in secrets if secret in told]


@pytest.mark.parametrize("service", ["frontend", "collector", "postgresql", "keycloak"])
def test_a_killed_container_comes_back_and_is_well(deployed: Deployed, service: str) -> None:
    before = deployed.container(service)["State"]
    # From outside, as a crash: the engine's own `kill` would count as someone's wish that it stays down.
    subprocess.run(["kill", "-9", str(_outer_pid(deployed, service))], check=True)
    until = time.monotonic() + BACK_WITHIN
    while time.monotonic() < until:
        now = deployed.container(service)["State"]
        well = now.get("Health", {}).get("Status", "healthy") == "healthy"
        if now["Running"] and now["StartedAt"] != before["StartedAt"] and well:
            return
        time.sleep(0.5)
    pytest.fail(f"{service} did not come back")


def _outer_pid(deployed: Deployed, service: str) -> int:
    """The process as the machine numbers it: the engine lives in a process namespace of its own."""
    inner = deployed.container(service)["Id"]
    found = subprocess.run(["pgrep", "--full", f"containerd-shim.*{inner}"], capture_output=True, text=True, check=True)
    shim = found.stdout.split()[0]
    children = subprocess.run(["pgrep", "--parent", shim], capture_output=True, text=True, check=True)
    return int(children.stdout.split()[0])
