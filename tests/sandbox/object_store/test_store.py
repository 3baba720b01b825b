"""Backups in a store: made, listed, tried and restored as those on a volume."""

import pytest

from tests.sandbox.object_store.lab import StoreLab

pytestmark = pytest.mark.sandbox

FILES = ["database.dump.gpg", "manifest.json", "roles.sql"]


def test_a_backup_lies_in_the_store_and_nowhere_else(bench: StoreLab) -> None:
    name = bench.backup()

    assert bench.objects() == [f"{name}/{file}" for file in FILES]
    assert set(bench.shell("ls -A /backups").said.split()) <= {"lost+found"}
    assert bench.manifest(name)["sha256"] in bench.checksums("database.dump.gpg")
    assert bench.outcomes("backup") == [(True, "success")]


def test_it_is_listed_and_passes_the_drill(bench: StoreLab) -> None:
    name = bench.backup()
    before = bench.checksums()

    [line] = [each for each in bench.run("list.sh").said.splitlines() if each.startswith("backup\t")]
    drill = bench.run("drill.sh")

    manifest = bench.manifest(name)
    assert line.split("\t")[1:4] == [name, str(manifest["bytes"]), str(manifest["rows"])]
    assert drill.status == 0, drill.said
    assert bench.outcomes("drill") == [(True, "success")]
    assert bench.checksums() == before


def test_everything_comes_back_from_the_store(bench: StoreLab) -> None:
    name, whole = bench.backup(), bench.dumped()

    ended = bench.restore(TARGET="again")

    assert ended.status == 0, ended.said
    assert bench.dumped("again") == whole
    with bench.connect("again") as connection:
        assert connection.execute("SELECT count(*) FROM measured").fetchall() == [(20_000,)]
        comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'again'"
        assert connection.execute(comment).fetchall() == [(f"restored from backup {name}",)]


def test_no_credential_of_the_store_is_ever_an_argument_or_a_line(bench: StoreLab) -> None:
    watch = "while sleep 0.02; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; done > $WORK/seen & watcher=$!"
    ended = bench.run("backup.sh; kill $watcher; cat $WORK/seen $WORK/store.log", before=watch)
    assert "copyto" in ended.said, "the watcher saw the run"
    assert bench.store.password not in ended.said
    assert bench.store.username not in ended.said


def test_the_newest_of_each_day_stays_and_the_rest_goes_last(bench: StoreLab) -> None:
    bench.copies("20260901T010000Z", "20260919T010000Z", "20260920T010000Z", "20260920T130000Z")

    ended = bench.run("backup.sh", variables={"KEEP_DAILY": "2", "KEEP_WEEKLY": "0"})

    assert ended.status == 0, ended.said
    *older, newest = sorted({entry.partition("/")[0] for entry in bench.objects()})
    assert older == ["20260920T130000Z"]
    assert newest > "20261000"
    assert ended.said.index("is whole") < ended.said.index("removing")


def test_the_last_few_stay_whatever_their_day(bench: StoreLab) -> None:
    bench.copies("20260920T010000Z", "20260920T130000Z")

    ended = bench.run("backup.sh", variables={"KEEP_LAST": "3", "KEEP_DAILY": "1", "KEEP_WEEKLY": "0"})

    assert ended.status == 0, ended.said
    assert len({entry.partition("/")[0] for entry in bench.objects()}) == 3


def test_what_is_none_of_ours_is_never_counted_and_never_removed(bench: StoreLab) -> None:
    bench.copies("20260901T010000Z")
    foreign = (
        "mkdir 20260902T010000Z 20260903T010000Z notes"
        " && echo x > notes/x && echo x > 20260902T010000Z/database.dump.gpg && echo x > 20260901T010000Z/notes"
        " && echo x > 20260903T010000Z/database.dump.gpg"
        """ && echo '{\n    "bytes": "a[$(touch /tmp/broken)]"\n}' > 20260903T010000Z/manifest.json"""
    )
    bench.change(foreign)

    ended = bench.run("backup.sh", variables={"KEEP_DAILY": "1", "KEEP_WEEKLY": "0"})

    assert ended.status == 0, ended.said
    assert "20260903T010000Z/manifest.json is none of ours" in ended.said
    assert bench.shell("ls /tmp/broken", check=False).status != 0, "what a manifest says was run"
    left = bench.objects()
    assert {"notes/x", "20260902T010000Z/database.dump.gpg", "20260903T010000Z/manifest.json"} < set(left)
    # The copy itself is one too many, and what someone put beside it stays.
    assert [entry for entry in left if entry.startswith("20260901T")] == ["20260901T010000Z/notes"]


def test_another_database_beside_it_is_not_seen(bench: StoreLab) -> None:
    bench.backup()
    ended = bench.run("drill.sh", variables={"STORE": "etl-backups/dev/backups/epidemiology/case"})
    assert ended.status != 0
    assert "there is no backup of epidemiology/cases" in ended.said
