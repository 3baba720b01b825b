"""Backup and restore of a database of 1 GB, beside the same by hand with PostgreSQL's own programs."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator

from benchmarks.report import NotMeasuredError, Row
from sandbox import node
from sandbox.toolchain.session import Session
from tests.sandbox.backups.lab import Ended, Lab, lab

GROUP = "backup and restore of 1 GB"
GOAL = "under 1.15"
TIMES = 2
VOLUME = "2Gi"
DATA = """
CREATE TABLE measured (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, place text, value double precision, at timestamptz);
INSERT INTO measured (place, value, at)
    SELECT md5(i::text), sqrt(i), timestamptz '2020-01-01' + i * interval '1 minute'
    FROM generate_series(1, 8500000) AS i;
"""
BY_HAND = """
    set -e; export PGPASSWORD=$(cat /etc/superuser/password) PGUSER=postgres GNUPGHOME=$(mktemp -d); cd /cluster
    gpg() { command gpg --batch --quiet --no-symkey-cache --pinentry-mode loopback --s2k-count 65536 \\
        --passphrase-file /etc/backup/passphrase "$@"; }
"""
BACKUP = (
    BY_HAND
    + """
    pg_dump --format=custom --file=hand.dump
    sha256sum hand.dump > hand.sum
    rm -f hand.gpg; gpg --symmetric --cipher-algo AES256 --compress-algo none --output hand.gpg hand.dump
    rm hand.dump; exit
"""
)
RESTORE = (
    BY_HAND
    + """
    gpg --decrypt --output hand.dump hand.gpg
    sha256sum --check hand.sum
    dropdb --if-exists --force hand; createdb --template=template0 --owner=cases_owner hand
    pg_restore --exit-on-error --single-transaction --dbname=hand hand.dump
    dropdb hand; rm hand.dump; exit
"""
)


def beside_by_hand(session: Session) -> Iterator[Row]:
    """Both ways in turn, in the same pod against the same server, so that what else runs on the machine slows both.

    Raises:
        NotMeasuredError: no node runs, or a run failed.
    """
    if not node.status(session.paths).running:
        raise NotMeasuredError("the sandbox does not run; `make up` starts it")
    os.environ.update(session.variables)
    try:
        with lab(volume=VOLUME) as bench:
            bench.fill()
            with bench.connect() as connection:
                connection.execute("DROP TABLE measured CASCADE; SET ROLE cases_owner")
                connection.execute(DATA)
                [(size,)] = connection.execute("SELECT pg_database_size('cases') / 1048576").fetchall()
            yield from _rows(
                "backup",
                "and read back, with counts and checksums of every table",
                f"{size} MB",
                bench,
                lambda: bench.run("backup.sh"),
                BACKUP,
            )
            yield from _rows(
                "restore",
                "checked beforehand, and every table's rows compared",
                f"{size} MB",
                bench,
                lambda: _restored(bench),
                RESTORE,
            )
    except (AssertionError, subprocess.TimeoutExpired) as error:
        raise NotMeasuredError(str(error).splitlines()[0]) from error


def _rows(name: str, what: str, size: str, bench: Lab, platform: Callable[[], Ended], script: str) -> Iterator[Row]:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(TIMES):
        theirs.append(_seconds(lambda: bench.run("list.sh", before=script)))
        ours.append(_seconds(platform))
    by_hand, by_platform = statistics.median(theirs), statistics.median(ours)
    yield Row(GROUP, f"{name}, by hand", by_hand, note=f"{size}; one after the other: dump, checksum, encryption")
    yield Row(GROUP, f"{name}, by the platform", by_platform, note=what)
    yield Row(GROUP, f"{name}, ratio", by_platform / by_hand, "x", goal=GOAL)


def _restored(bench: Lab) -> Ended:
    ended = bench.restore(TARGET="again")
    with bench.connect("postgres") as connection:
        connection.execute("DROP DATABASE again WITH (FORCE)")
    return ended


def _seconds(run: Callable[[], Ended]) -> float:
    began = time.monotonic()
    ended = run()
    seconds = time.monotonic() - began
    assert ended.status == 0, ended.said
    return seconds
