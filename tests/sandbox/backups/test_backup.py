"""What a backup is, what it keeps, and what stays as it was when one fails."""

import shlex
import time

import pytest

from tests.sandbox.backups.lab import Lab, instead

pytestmark = pytest.mark.sandbox


def test_a_backup_says_what_it_holds_and_shows_nothing_of_it(bench: Lab) -> None:
    name = bench.backup()

    manifest = bench.manifest(name)
    counted = {entry["table"]: entry["rows"] for entry in manifest["contents"]}
    assert counted["public.measured"] == 20_000
    assert counted['"Odd schema"."ta""ble; DROP TABLE measured"'] == 1
    assert counted["public.closed"] == 1, "row-level security hides nothing from a backup"
    assert counted["large objects"] == 2
    assert manifest["rows"] == sum(rows for table, rows in counted.items() if table != "large objects")
    assert (manifest["team"], manifest["database"], manifest["owner"]) == ("epidemiology", "cases", "cases_owner")
    assert bench.shell(f"cd /backups/{name} && ls").said.split() == ["database.dump.gpg", "manifest.json", "roles.sql"]
    assert bench.shell(f"! grep -a measured /backups/{name}/database.dump.gpg").said == ""
    assert "PASSWORD" not in bench.shell(f"cat /backups/{name}/roles.sql").said
    assert bench.outcomes("backup") == [(True, "success")]


def test_no_password_or_passphrase_is_ever_an_argument_or_a_line(bench: Lab) -> None:
    watch = "while sleep 0.02; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\\\0' ' '; done > $WORK/seen & watcher=$!"
    ended = bench.run("backup.sh; kill $watcher; cat $WORK/seen", before=watch)
    for key in ("password", "passphrase"):
        assert bench.shell(f"cat /etc/backup/{key}").said not in ended.said
    assert "pg_dump" in ended.said, "the watcher saw the run"


def test_the_role_is_no_superuser(bench: Lab) -> None:
    with bench.connect() as connection:
        rights = (
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = 'cases_backup'"
        )
        assert connection.execute(rights).fetchall() == [(False, False, False, False)]


def copies(bench: Lab, *names: str) -> None:
    """Whole backups of these moments."""
    original = bench.backup()
    for name in names:
        bench.shell(f"cp -rl /backups/{original} /backups/{name}")
    bench.shell(f"rm -r /backups/{original}")


def test_the_newest_of_each_day_and_week_stays_and_the_rest_goes_last(bench: Lab) -> None:
    copies(
        bench,
        "20260901T010000Z", "20260914T010000Z", "20260915T010000Z", "20260919T010000Z", "20260920T010000Z",
        "20260920T130000Z",
    )  # fmt: skip

    ended = bench.run("backup.sh", variables={"KEEP_DAILY": "2", "KEEP_WEEKLY": "3"})

    assert ended.status == 0, ended.said
    *older, newest = bench.names()
    # Two days: today's and the afternoon of the 20th. Three weeks: today's, that of the 20th, and that of the 1st.
    assert older == ["20260901T010000Z", "20260920T130000Z"]
    assert newest > "20261000"
    assert ended.said.index("is whole") < ended.said.index("removing")


def test_a_recovered_state_is_no_newest_backup_and_takes_no_ones_place(bench: Lab) -> None:
    copies(bench, "20260901T010000Z")
    once = {"KEEP_LAST": "1", "KEEP_DAILY": "3", "KEEP_WEEKLY": "0"}
    original = bench.backup()
    for _ in range(2):
        time.sleep(1)  # a name is a second
        ended = bench.run("backup.sh", variables=once | {"MOMENT": "2026-09-20T09:41:00Z"})
        assert ended.status == 0, ended.said

    first, second, recovered = bench.names()

    assert (first, second) == ("20260901T010000Z", original), "of its day the original stays, whatever came after it"
    assert bench.manifest(recovered)["moment"] == "2026-09-20T09:41:00Z"
    assert f"restoring {original}" in bench.run("drill.sh").said
    assert bench.restore(BACKUP=recovered, TARGET="again").status == 0
    assert f"backup\t{recovered}\t" in bench.run("list.sh").said


def test_what_looks_like_no_backup_is_never_counted_and_never_removed(bench: Lab) -> None:
    copies(bench, "20260901T010000Z")
    bench.shell("mkdir /backups/20260902T010000Z /backups/notes && echo x > /backups/notes/x")

    assert bench.run("backup.sh", variables={"KEEP_DAILY": "2", "KEEP_WEEKLY": "0"}).status == 0

    assert {"20260901T010000Z", "20260902T010000Z", "notes"} < set(bench.names())


# What is left is less than the dump, and more than the file system takes for a new folder.
FILL = "fallocate --length $(($(df --output=avail -B1 /backups | tail -1) - 220000)) /backups/notes"
ONLY_DUMPS = '[[ $1 != --version ]] || exec "$real" "$@"; '

# What is done before the run, the reason that it must give, and whether the server can hear of it.
FAULTS = {
    "the dump is killed": (
        instead("pg_dump", ONLY_DUMPS + '"$real" "$@" | head -c 50000; kill -KILL $$'),
        "the dump failed",
        True,
    ),
    "the password is wrong": (
        "export KEYS=$WORK/keys; mkdir $KEYS; cp /etc/backup/{ca.crt,passphrase} $KEYS; echo wrong > $KEYS/password",
        "cannot log in",
        False,
    ),
    "the server is newer than the client": (
        instead("pg_dump", 'echo "pg_dump (PostgreSQL) 14.9"'),
        "the server is PostgreSQL 15 and this client 14",
        True,
    ),
    "another run is at work": (
        "(flock --exclusive 9; sleep 3) 9>>/backups/.lock & sleep 0.3",
        "another run is working on these backups",
        True,
    ),
    "the server is away": (
        "export PGHOST=127.0.0.1 PGPORT=5433; sleep() { :; }; export -f sleep",
        "does not answer",
        False,
    ),
    "the pod is stopped": (
        instead("pg_dump", ONLY_DUMPS + 'signal TERM "bash /scripts/backup.sh"; exec sleep 5'),
        "stopped by a signal",
        True,
    ),
    "there is little space": (FILL, "the volume of the backups has", True),
    # The newest copy claims to be small, so that only the disk itself can refuse.
    "the disk fills up half-way": (
        f'sed -i \'s/"bytes": [0-9]*/"bytes": 10/\' /backups/20260920T010000Z/manifest.json; {FILL}',
        "the dump failed",
        True,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_and_leaves_the_older_copies_alone(bench: Lab, fault: str) -> None:
    copies(bench, "20260901T010000Z", "20260920T010000Z")
    before, reason, heard = FAULTS[fault]
    dumps = bench.checksums("*.gpg")

    # One is kept: a run that took its own failure for a success would remove both.
    ended = bench.run("backup.sh", before=before, variables={"KEEP_DAILY": "1", "KEEP_WEEKLY": "0"})

    bench.shell("rm -f /backups/notes")
    assert ended.status != 0, ended.said
    assert reason in ended.said
    assert bench.names() == ["20260901T010000Z", "20260920T010000Z"]
    assert bench.checksums("*.gpg") == dumps
    if heard:
        assert [succeeded for succeeded, _ in bench.outcomes("backup")] == [True, False]


def test_a_run_that_was_killed_outright_is_cleared_by_the_next(bench: Lab) -> None:
    copies(bench, "20260901T010000Z")
    killed = instead("pg_dump", ONLY_DUMPS + 'signal KILL "bash /scripts/backup.sh"; exec sleep 5')
    assert bench.run("backup.sh", before=killed).status != 0
    assert any(name.endswith(".partial") for name in bench.names())

    bench.backup()

    assert not any(name.endswith(".partial") for name in bench.names())
    assert "20260901T010000Z" in bench.names()


def test_a_clock_that_runs_wrong_removes_nothing(bench: Lab) -> None:
    copies(bench, "20260901T010000Z", "20260902T010000Z", "20990101T010000Z")

    ended = bench.run("backup.sh", variables={"KEEP_DAILY": "1", "KEEP_WEEKLY": "0"})

    assert ended.status != 0
    assert "20990101T010000Z, lies in the future" in ended.said
    assert len(bench.names()) == 4, "the backup itself was made"
    [(succeeded, outcome)] = bench.outcomes("backup")[-1:]
    assert not succeeded
    assert "future" in outcome


def test_everything_in_a_backup_is_of_one_moment(bench: Lab) -> None:
    writing = shlex.quote(
        "for i in $(seq 300); do echo 'INSERT INTO closed VALUES (3); INSERT INTO nothing DEFAULT VALUES;'; done "
        "| PGPASSWORD=$(cat /etc/superuser/password) PGUSER=postgres psql -qX"
    )
    try:
        ended = bench.run("backup.sh", before=f"bash -c {writing} & sleep 0.1")
        assert ended.status == 0, ended.said
        drill = bench.run("drill.sh")
        assert drill.status == 0, drill.said
    finally:
        with bench.connect() as connection:
            connection.execute(
                "DELETE FROM closed WHERE number = 3; TRUNCATE nothing; INSERT INTO nothing DEFAULT VALUES"
            )
