"""A database with everything that is hard to back up, its server, and a pod in which the scripts run at will."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Any

import psycopg

from components.databases.backup.vault import scripts
from sandbox.toolchain.versions import Versions
from tests.sandbox.servers import Throwaway, cluster, postgresql, wait_until_ready

TEAM, DATABASE = "epidemiology", "cases"
TOOLBOX = "toolbox"
VOLUME = "48Mi"  # small enough to be filled within a second
KEEP = {"KEEP_LAST": "1", "KEEP_DAILY": "7", "KEEP_WEEKLY": "4", "KEEP_MONTHLY": "0"}
BOUND = 300  # seconds for any one run; a bound against hanging, not a measure

ROLES = """
CREATE ROLE cases_owner; CREATE ROLE cases_reader; CREATE ROLE cases_writer IN ROLE cases_reader;
CREATE ROLE cases_backup LOGIN PASSWORD '{password}' BYPASSRLS
    IN ROLE cases_owner, cases_reader, cases_writer, pg_read_all_data;
CREATE DATABASE platform OWNER cases_backup;
REVOKE ALL ON DATABASE platform FROM PUBLIC;
"""
EMPTY = """
DROP DATABASE IF EXISTS cases WITH (FORCE);
CREATE DATABASE cases OWNER cases_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'
    CONNECTION LIMIT 30;
REVOKE ALL ON DATABASE cases FROM PUBLIC;
GRANT CONNECT ON DATABASE cases TO cases_reader;
ALTER DATABASE cases SET statement_timeout = '1h';
"""
# As the platform makes it: the extension and the schema's privileges by the superuser, the rest by the owner.
FOUNDATION = """
CREATE EXTENSION pg_trgm SCHEMA public;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO cases_reader;
SET ROLE cases_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO cases_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE, DELETE ON TABLES TO cases_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO cases_writer;
"""
CONTENT = """
CREATE TABLE measured (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value double precision, at timestamptz);
INSERT INTO measured (value, at)
    SELECT sqrt(i), timestamptz '2020-01-01 00:00+01' + i * interval '1 minute' FROM generate_series(1, 20000) AS i;
CREATE TABLE words (word text COLLATE "C", raw bytea, more jsonb, one text GENERATED ALWAYS AS (left(word, 1)) STORED);
INSERT INTO words (word, raw, more)
    VALUES ('ünïcode 漢字 🐘', '\\x00ff', '{"b": [1, null]}'), ('', '', 'null'), (NULL, NULL, NULL);
CREATE INDEX ON words USING gin (word gin_trgm_ops);
CREATE SCHEMA "Odd schema";
CREATE TABLE "Odd schema"."ta""ble; DROP TABLE measured" ("col umn" text, t int, "each" int);
INSERT INTO "Odd schema"."ta""ble; DROP TABLE measured" VALUES ('x', 1, 2);
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE reported (day date, number int) PARTITION BY RANGE (day);
CREATE TABLE reported_2020 PARTITION OF reported FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE reported_rest PARTITION OF reported DEFAULT;
INSERT INTO reported VALUES ('2020-05-05', 1), ('1999-01-01', 2);
CREATE TABLE closed (number int);
INSERT INTO closed VALUES (1);
ALTER TABLE closed ENABLE ROW LEVEL SECURITY; ALTER TABLE closed FORCE ROW LEVEL SECURITY;
CREATE SEQUENCE counted START 7 INCREMENT 3; SELECT nextval('counted');
CREATE VIEW shown AS SELECT count(*) FROM measured;
CREATE MATERIALIZED VIEW kept AS SELECT count(*) FROM measured;
CREATE FUNCTION doubled(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
COMMENT ON TABLE words IS 'it''s said';
GRANT SELECT ON "Odd schema"."ta""ble; DROP TABLE measured" TO cases_writer WITH GRANT OPTION;
SELECT lo_from_bytea(4001, 'the owner''s');
RESET ROLE; SET ROLE cases_writer;
SELECT lo_from_bytea(4002, 'the writer''s');
"""


# The image has no pkill: `signal KILL "bash /scripts/backup.sh"` goes by how a command line begins.
SIGNAL = """
signal() {
    local process
    for process in /proc/[0-9]*; do
        [[ "$(tr '\\0' ' ' 2>/dev/null <"$process/cmdline")" != "$2 "* ]] || kill -"$1" "${process##*/}" 2>/dev/null
    done
}
export -f signal
"""


def instead(program: str, body: str) -> str:
    """Shell that puts a program of ours before one of PostgreSQL's; in `body`, "$real" is the latter."""
    lines = f"#!/bin/bash\nreal=$(type -ap {program} | sed -n 2p)\n{body}\n"
    return f"""
        mkdir -p $WORK/bin; cat > $WORK/bin/{program} <<'END'
{lines}END
        chmod +x $WORK/bin/{program}; export PATH=$WORK/bin:$PATH
    """


@dataclass(frozen=True)
class Ended:
    """How a script ended and what it said."""

    status: int
    said: str


@dataclass(frozen=True)
class Lab:
    """The server, and the toolbox beside it."""

    server: Throwaway
    password: str

    def connect(self, database: str = DATABASE, **options: Any) -> psycopg.Connection[Any]:
        """As the superuser."""
        server = self.server
        return psycopg.connect(
            host=server.host, port=server.port, user=server.username, password=server.password, dbname=database,
            sslmode="require", autocommit=True, **options,
        )  # fmt: skip

    def fill(self) -> None:
        """Make the database anew, with everything in it."""
        with self.connect("postgres") as connection:
            for statement in EMPTY.strip().split(";\n"):
                connection.execute(statement)
        with self.connect() as connection:
            connection.execute(FOUNDATION + CONTENT)

    def shell(self, script: str, *, check: bool = True, container: str = TOOLBOX) -> Ended:
        """Run a shell script in the toolbox, or in the server's container."""
        done = subprocess.run(
            ["kubectl", "exec", "--namespace", self.server.namespace, container, "--container", container, "--",
             "bash", "-c", script],
            capture_output=True, text=True, timeout=BOUND, check=False,
        )  # fmt: skip
        ended = Ended(done.returncode, done.stdout + done.stderr)
        assert not check or ended.status == 0, ended.said
        return ended

    def run(self, script: str, *arguments: str, variables: Mapping[str, str] | None = None, before: str = "") -> Ended:
        """Run a script of the platform as its job would, in a scratch folder of its own."""
        given = {
            "TEAM": TEAM, "DATABASE": DATABASE, "PGHOST": f"postgres.{self.server.namespace}.svc",
            "PGUSER": "cases_backup", "PGDATABASE": DATABASE,
            "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/etc/backup/ca.crt",
            "EXTENSIONS": "pg_trgm", "DISK": str(2**40), "LAST_WORDS": "/dev/null", **KEEP, **(variables or {}),
        }  # fmt: skip
        lines = [f"export {key}='{value}'" for key, value in given.items()]
        command = f"bash /scripts/{script} {' '.join(arguments)}"
        return self.shell("\n".join([*lines, "export WORK=$(mktemp -d)", SIGNAL, before, command]), check=False)

    def restore(self, before: str = "", **variables: str) -> Ended:
        """All four steps of a restore in their order, as far as they come."""
        superuser = "export PGUSER=postgres PGDATABASE=postgres KEYS=/etc/superuser"
        steps = f"""{before}
            bash /scripts/restore.sh check &&
            ({superuser}; bash /scripts/restore.sh prepare) &&
            bash /scripts/restore.sh load &&
            ({superuser}; bash /scripts/restore.sh finish) && exit 0; exit 1"""
        return self.run("restore.sh nothing", variables=variables, before=steps)

    def names(self) -> list[str]:
        """The folders on the backups' volume, whatever they are called."""
        return sorted(name for name in self.shell("ls -A /backups").said.split() if name not in ("lost+found", ".lock"))

    def checksums(self, names: str = "*") -> str:
        """Of every file of every backup, or of those with such names."""
        return self.shell(
            f"cd /backups && find 2*/ -name '{names}' -type f -print0 | sort -z | xargs -0 sha256sum"
        ).said

    def manifest(self, name: str) -> dict[str, Any]:
        """What a backup says of itself."""
        found: dict[str, Any] = json.loads(self.shell(f"cat /backups/{name}/manifest.json").said)
        return found

    def outcomes(self, kind: str) -> list[tuple[bool, str]]:
        """What the runs of a kind have reported, oldest first."""
        with self.connect("platform") as connection:
            rows = connection.execute("SELECT succeeded, outcome FROM runs WHERE kind = %s ORDER BY finished", [kind])
            return rows.fetchall()

    def dumped(self, database: str = DATABASE) -> str:
        """A digest of everything in a database, as PostgreSQL's own client writes it."""
        script = f"pg_dump -U postgres -h 127.0.0.1 {database} | grep -v restrict | sha256sum"
        return self.shell(f"export PGPASSWORD=$(cat /tls/password); {script}", container="postgres").said

    def forget(self) -> None:
        """Remove what earlier tests restored, and what was reported of them."""
        with self.connect("postgres") as connection:
            kept = [DATABASE, "platform", "postgres"]
            extra = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> ALL (%s)"
            for (name,) in connection.execute(extra, [kept]).fetchall():
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        with self.connect("platform") as connection:
            connection.execute("DROP TABLE IF EXISTS runs")

    def backup(self) -> str:
        """Make a backup that must succeed; returns its name."""
        before = set(self.names())
        if before:
            time.sleep(1)  # a name is a second
        ended = self.run("backup.sh")
        assert ended.status == 0, ended.said
        [made] = set(self.names()) - before
        return made


@contextmanager
def lab(
    *,
    volume: str = VOLUME,
    toolbox: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    secrets: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Iterator[Lab]:
    """A server with the database in it, and the toolbox; all of it is removed afterwards.

    Args:
        volume: the size of the backups' volume.
        toolbox: changes the toolbox's pod.
        secrets: further Secrets beside it.
    """
    with postgresql() as server:
        password = token_urlsafe(16)
        api, namespace = cluster(), server.namespace
        keys = {"password": password, "passphrase": token_urlsafe(24), "ca.crt": server.authority}
        superuser = {"password": server.password, "ca.crt": server.authority}
        for name, content in {"keys": keys, "superuser": superuser, **secrets}.items():
            api.create_namespaced_secret(namespace, {"metadata": {"name": name}, "stringData": dict(content)})
        api.create_namespaced_config_map(namespace, {"metadata": {"name": "scripts"}, "data": dict(scripts())})
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": volume}}}
        api.create_namespaced_persistent_volume_claim(namespace, {"metadata": {"name": "backups"}, "spec": claim})
        api.create_namespaced_pod(namespace, toolbox(_toolbox()))
        wait_until_ready(api, namespace, TOOLBOX)
        made = Lab(server, password)
        with made.connect("postgres") as connection:
            for statement in ROLES.format(password=password).strip().split(";\n"):
                connection.execute(statement)
        yield made


def _toolbox() -> dict[str, Any]:
    mounts = {"scripts": "/scripts", "keys": "/etc/backup", "superuser": "/etc/superuser", "backups": "/backups",
              "cluster": "/cluster", "tmp": "/tmp"}  # fmt: skip
    volumes: list[dict[str, Any]] = [
        {"name": "scripts", "configMap": {"name": "scripts"}},
        {"name": "keys", "secret": {"secretName": "keys", "defaultMode": 0o440}},
        {"name": "superuser", "secret": {"secretName": "superuser", "defaultMode": 0o440}},
        {"name": "backups", "persistentVolumeClaim": {"claimName": "backups"}},
        {"name": "cluster", "emptyDir": {}},
        {"name": "tmp", "emptyDir": {}},
    ]
    return {
        "metadata": {"name": TOOLBOX, "labels": {"app": TOOLBOX}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "securityContext": {"runAsUser": 999, "runAsGroup": 999, "fsGroup": 999},
            "containers": [
                {
                    "name": TOOLBOX,
                    "image": Versions.read().images["postgres-15"],
                    "imagePullPolicy": "Never",
                    "command": ["sleep", "infinity"],
                    "resources": {"limits": {"memory": "512Mi"}},
                    "volumeMounts": [{"name": name, "mountPath": path} for name, path in mounts.items()],
                }
            ],
            "volumes": volumes,
        },
    }
