"""What was backed up comes back, all of it; and a restore refuses before it touches anything."""

import re

import pytest

from tests.sandbox.backups.lab import Lab, instead

pytestmark = pytest.mark.sandbox


def described(bench: Lab, database: str) -> list[tuple[object, ...]]:
    """What a dump does not hold: owner, grants, limit and settings of the database itself."""
    with bench.connect(database) as connection:
        return connection.execute(
            "SELECT pg_get_userbyid(datdba), datacl::text, datconnlimit, encoding, datcollate, "
            "(SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = pg_database.oid) "
            "FROM pg_database WHERE datname = current_database()"
        ).fetchall()


def test_everything_comes_back_in_a_database_beside_the_original(bench: Lab) -> None:
    with bench.connect() as connection:
        connection.execute("INSERT INTO measured (value) SELECT i FROM generate_series(20001, 1000000) AS i")
    name, whole = bench.backup(), bench.dumped()

    hurried = "sleep() { command sleep 0.2; }; export -f sleep"
    ended = bench.restore(before=hurried, TARGET="again")

    with bench.connect() as connection:
        connection.execute("DELETE FROM measured WHERE id > 20000")

    assert ended.status == 0, ended.said
    assert re.search(r"about [1-9]\d* of \d+ objects", ended.said), "it tells how far it is"
    assert bench.dumped("again") == whole
    assert described(bench, "again") == described(bench, "cases")
    with bench.connect("again") as connection:
        assert connection.execute("SELECT count(*) FROM measured").fetchall() == [(1_000_000,)]
        assert connection.execute("SELECT nextval('counted')").fetchall() == [(10,)]
        assert connection.execute("SELECT convert_from(lo_get(4002), 'UTF8')").fetchall() == [("the writer's",)]
        comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'again'"
        assert connection.execute(comment).fetchall() == [(f"restored from backup {name}",)]
    assert bench.outcomes("restore") == [(True, "success")]


def test_a_database_that_was_emptied_gets_its_data_back_under_its_own_name(bench: Lab) -> None:
    bench.backup()
    whole, before = bench.dumped(), described(bench, "cases")
    with bench.connect() as connection:
        connection.execute('DROP TABLE measured CASCADE; DROP SCHEMA "Odd schema" CASCADE; SELECT lo_unlink(4001)')
        damaged = bench.dumped()

        ended = bench.restore(OVER="yes")  # the session above is thrown out, and stands in no one's way

    assert ended.status == 0, ended.said
    assert bench.dumped() == whole
    assert described(bench, "cases") == before
    with bench.connect("postgres") as connection:
        [(kept,)] = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'cases_before_%'").fetchall()
        connection.execute(f'ALTER DATABASE "{kept}" ALLOW_CONNECTIONS true')
    assert bench.dumped(kept) == damaged


def test_the_newest_backup_before_a_moment_is_taken(bench: Lab) -> None:
    name = bench.backup()
    bench.shell(f"cp -rl /backups/{name} /backups/20260901T010000Z && cp -rl /backups/{name} /backups/20260902T010000Z")
    for at, chosen in (
        ("2026-09-02T00:59Z", "20260901T010000Z"),
        ("2026-09-02T03:00+02:00", "20260902T010000Z"),
        ("20260901T010000Z", "20260901T010000Z"),
        ("latest", name),
    ):
        ended = bench.run("restore.sh", "check", variables={"TARGET": "again", "BACKUP": at})
        assert f"checking {chosen}" in ended.said


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"TARGET": "cases"}, "cases is the original"),
        ({"TARGET": "platform"}, "platform is the server's own database"),
        ({"TARGET": "postgres"}, "postgres is the server's own database"),
        ({"TARGET": 'x"; DROP DATABASE cases; --'}, "cannot be the new database's name"),
        ({"TARGET": "taken"}, "a database called taken exists"),
        ({"TARGET": "again", "DISK": "100000000"}, "ask for a bigger size"),
        ({"TARGET": "again", "BACKUP": "20200101T000000Z"}, "there is no backup of epidemiology/cases at or before"),
        ({"TARGET": "again", "BACKUP": "the other day"}, "is neither a backup's name nor a moment"),
        ({"TARGET": "again", "DATABASE": "other"}, "is of epidemiology/cases, not of epidemiology/other"),
        ({"TARGET": "again", "TEAM": "reporting"}, "is of epidemiology/cases, not of reporting/cases"),
        ({"TARGET": "again", "OVER": "perhaps"}, 'OVER is "perhaps"'),
    ],
)
def test_a_mistaken_restore_is_refused_and_touches_nothing(bench: Lab, variables: dict[str, str], reason: str) -> None:
    bench.backup()
    with bench.connect("postgres") as connection:
        connection.execute("CREATE DATABASE taken")
        everything = "SELECT oid, datname, datacl FROM pg_database ORDER BY oid"
        before = connection.execute(everything).fetchall()

        ended = bench.restore(**variables)

        assert ended.status != 0
        assert reason in ended.said
        assert connection.execute(everything).fetchall() == before


def test_a_restore_that_was_cut_short_leaves_the_original_and_is_done_again(bench: Lab) -> None:
    bench.backup()
    whole = bench.dumped()
    # In the middle of its transaction the restore waits for more of the dump, and is killed.
    cut = instead(
        "pg_restore",
        '[[ " $* " == *" --single-transaction "* ]] || exec "$real" "$@"\n'
        '(head -c 100000; sleep 5) | "$real" "$@" & sleep 1.5; signal KILL "$real"; exit 137',
    )

    ended = bench.restore(before=cut, TARGET="again")

    assert ended.status != 0
    assert "the restore failed" in ended.said
    assert bench.dumped() == whole
    with bench.connect("again") as connection:
        assert connection.execute("SELECT to_regclass('public.measured')").fetchall() == [(None,)]

    assert bench.restore(TARGET="again").status == 0
    assert bench.dumped("again") == whole
