from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.network.lab import Lab, eventually, pod, resources

pytestmark = pytest.mark.sandbox

PASSWORD = "correct horse"
SCRIPTS = {
    "10-schema.sql": "CREATE TABLE made_first (n int); INSERT INTO made_first VALUES (7);",
    "20-more.sh": 'psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -c "CREATE TABLE made_by_shell ()"',
}
SLOW = {"30-slow.sh": "sleep 60"}


def server(name: str, scripts: dict[str, str], *arguments: str, storage: str = "", **environment: str) -> list[Any]:
    """A PostgreSQL pod as the platform runs it, with its password in a file and its scripts in a ConfigMap."""
    settings = {
        "PGDATA": "/var/lib/postgresql/data/pgdata",
        "POSTGRES_USER": "admin",
        "POSTGRES_DB": "cases",
        "POSTGRES_PASSWORD_FILE": "/secrets/password",
        "POSTGRES_INITDB_ARGS": "--data-checksums --auth-host=scram-sha-256 --auth-local=scram-sha-256",
        **environment,
    }
    mounts = {
        "data": "/var/lib/postgresql/data",
        "socket": "/var/run/postgresql",
        "tmp": "/tmp",
        "secrets": "/secrets",
        "scripts": "/docker-entrypoint-initdb.d",
    }
    container = {
        "command": None,
        "args": list(arguments),
        "env": [{"name": key, "value": value} for key, value in settings.items()],
        "volumeMounts": [{"name": key, "mountPath": path} for key, path in mounts.items()],
        "readinessProbe": {"tcpSocket": {"port": 5432}, "periodSeconds": 1},
        "resources": resources("256Mi", "1"),
    }
    data: dict[str, Any] = {"persistentVolumeClaim": {"claimName": storage}} if storage else {"emptyDir": {}}
    volumes = [
        {"name": "data", **data},
        {"name": "socket", "emptyDir": {}},
        {"name": "tmp", "emptyDir": {}},
        {"name": "secrets", "secret": {"secretName": "postgres"}},
        {"name": "scripts", "configMap": {"name": name}},
    ]
    identity = {"runAsUser": 999, "runAsGroup": 999, "fsGroup": 999}
    described = pod(name, image="postgres-15", container=container, volumes=volumes, identity=identity)
    del described["spec"]["containers"][0]["command"]
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": scripts}
    return [config, described]


def ask(home: Lab, name: str, sql: str, user: str = "admin") -> str:
    """Ask over TCP as a client would, with the password."""
    question = ["psql", f"postgresql://{user}@127.0.0.1/cases", "-XAtc", sql]
    return home.run(name, "env", f"PGPASSWORD={PASSWORD}", *question).stdout.strip()


@pytest.fixture(scope="module", autouse=True)
def _secret(home: Lab) -> None:
    home.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "postgres"}, "stringData": {"password": PASSWORD}}
    )


@pytest.fixture(scope="module")
def running(home: Lab) -> Iterator[str]:
    home.apply(*server("fresh", SCRIPTS, "-c", "shared_preload_libraries=pgaudit"))
    home.ready("fresh")
    yield "fresh"
    home.delete("pod/fresh")


def test_a_first_start_makes_the_cluster_as_its_variables_say(home: Lab, running: str) -> None:
    assert ask(home, running, "SHOW server_version").startswith("15.20")
    assert ask(home, running, "SELECT current_user, current_database()") == "admin|cases"
    assert ask(home, running, "SHOW data_checksums") == "on"
    assert ask(home, running, "SHOW server_encoding") == "UTF8"
    assert ask(home, running, "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname='admin'") == "t"


def test_an_argument_that_begins_with_a_dash_goes_to_the_server(home: Lab, running: str) -> None:
    assert ask(home, running, "SHOW shared_preload_libraries") == "pgaudit"


def test_scripts_of_the_first_start_ran_in_their_order(home: Lab, running: str) -> None:
    assert ask(home, running, "SELECT n FROM made_first") == "7"
    assert ask(home, running, "SELECT count(*) FROM made_by_shell") == "0"


def test_the_extensions_of_contrib_and_pgaudit_can_be_created(home: Lab, running: str) -> None:
    for extension in ("pg_trgm", "pg_stat_statements", "pgcrypto", "pgaudit"):
        ask(home, running, f"CREATE EXTENSION IF NOT EXISTS {extension}")
    assert "pgaudit" in ask(home, running, "SELECT string_agg(extname, ',') FROM pg_extension")


def test_a_wrong_password_is_refused_over_tcp_and_over_the_socket(home: Lab, running: str) -> None:
    for host in ("127.0.0.1", "/var/run/postgresql"):
        done = home.run(
            running,
            "env",
            "PGPASSWORD=wrong",
            "psql",
            "-h",
            host,
            "-U",
            "admin",
            "-c",
            "SELECT 1",
            "cases",
            check=False,
        )
        assert done.returncode != 0
        assert "password authentication failed" in done.stderr


def test_the_password_is_in_no_environment_and_no_argument_of_the_server(home: Lab, running: str) -> None:
    found = home.run(
        running, "bash", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'"
    )
    assert "PGDATA=" in found.stdout
    assert PASSWORD not in found.stdout


def test_the_server_stops_in_order_when_its_pod_is_deleted(home: Lab) -> None:
    config, described = server("stopped", {})
    described["spec"]["terminationGracePeriodSeconds"] = 20
    home.apply(config, described)
    home.ready("stopped")
    # The log is read while it is still there: kubectl ends with the container.
    log = subprocess.Popen(
        [home.layout.program("kubectl"), "--namespace", home.namespace, "logs", "--follow", "stopped"],
        env={"KUBECONFIG": str(home.layout.paths.kubeconfig)},
        stdout=subprocess.PIPE,
        text=True,
    )
    home.delete("pod/stopped")
    output, _ = log.communicate(timeout=30)
    assert "received fast shutdown request" in output
    assert "database system is shut down" in output.rsplit("received fast shutdown request", 1)[1]


def test_without_a_password_it_does_not_start_and_says_why(home: Lab) -> None:
    home.apply(*server("open", {}, POSTGRES_PASSWORD_FILE=""))
    said = "the superuser has no password: set POSTGRES_PASSWORD_FILE"
    assert eventually(lambda: said in home.kubectl("logs", "open", check=False).stdout + _log(home, "open"), 60)
    home.delete("pod/open")


def test_a_first_start_that_was_killed_is_made_anew_and_a_whole_one_is_kept(home: Lab) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "killed"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "512Mi"}}},
    }
    home.apply(claim, *server("killed", {**SCRIPTS, **SLOW}, storage="killed"))
    assert eventually(lambda: "running /docker-entrypoint-initdb.d/30-slow.sh" in _log(home, "killed"), 60)
    home.kubectl("delete", "pod", "killed", "--grace-period=0", "--force")
    home.kubectl("wait", "--for=delete", "pod/killed", "--timeout=60s")

    home.apply(*server("killed", SCRIPTS, storage="killed"))
    home.ready("killed")
    assert "an earlier first start of /var/lib/postgresql/data/pgdata was interrupted" in _log(home, "killed")
    assert ask(home, "killed", "SELECT n FROM made_first") == "7"
    ask(home, "killed", "INSERT INTO made_first VALUES (8)")
    home.delete("pod/killed")

    home.apply(*server("killed", SCRIPTS, storage="killed"))
    home.ready("killed")
    assert "Skipping initialization" in _log(home, "killed")
    assert ask(home, "killed", "SELECT count(*) FROM made_first") == "2"
    home.delete("pod/killed", "pvc/killed")


def _log(home: Lab, name: str) -> str:
    return home.kubectl("logs", name, check=False).stdout
