"""What goes wrong between a backup and its store: it is said, and older copies stay as they were."""

import pytest

from tests.sandbox.backups.test_drill import FLIP
from tests.sandbox.object_store.lab import StoreLab

pytestmark = pytest.mark.sandbox

OLDER = ["20260901T010000Z", "20260920T010000Z"]
ONE_A_DAY = {"KEEP_DAILY": "1", "KEEP_WEEKLY": "0"}
"""One is kept: a run that took its own failure for a success would remove the older ones."""


def client(body: str) -> str:
    """Shell that puts a program of ours before the client; in `body`, "$real" is the latter."""
    return f"""
        cat > $WORK/rclone <<'END'
#!/bin/bash
real=/store/rclone
{body}
exec "$real" "$@"
END
        chmod +x $WORK/rclone; export RCLONE=$WORK/rclone
    """


SENDING_THE_DUMP = '[[ " $* " != *" copyto "*database.dump.gpg* ]] || '
RETURNING_THE_DUMP = '[[ " $* " != *" cat "*database.dump.gpg* ]] || '

# What is done before the run, and the reason that it must give.
FAULTS = {
    "wrong credentials": (
        "export STORE_KEYS=$WORK; cp /etc/store/access-key-id $WORK; echo wrong > $WORK/secret-access-key",
        "cannot be read",
    ),
    "no credentials": ("export STORE_KEYS=$WORK", "the Secret with the credentials of the store has no access-key-id"),
    "another authority's certificate": ("export AUTHORITIES=/etc/backup/ca.crt", "certificate"),
    "the store is away": ("export STORE_ENDPOINT=https://127.0.0.1:9", "cannot be read"),
    "no such bucket": ("export STORE=no-such-bucket/dev", "cannot be read"),
    "nothing may be written": (
        client('[[ " $* " != *" copyto "* ]] || { echo "api error AccessDenied" >&2; exit 1; }'),
        "the store cannot be written to: api error AccessDenied",
    ),
    "the upload is killed half-way": (
        # The store's own end of an upload that broke off: some of the object, under its name.
        client(
            SENDING_THE_DUMP
            + '{ for last; do :; done; head -c 50000 "${@: -2:1}" > "$WORK/half"; '
            + '"$real" "${@:1:$#-2}" "$WORK/half" "$last"; kill -KILL $$; }'
        ),
        "database.dump.gpg could not be brought to the store",
    ),
    "the store gives back another byte": (
        client(RETURNING_THE_DUMP + "{ \"$real\" \"$@\" | tr 'a' 'b'; exit; }"),
        "what the store gives back of",
    ),
    "the store is gone when it is to give back": (
        client(RETURNING_THE_DUMP + "exit 1"),
        "what the store gives back of",
    ),
    "the pod is stopped during the upload": (
        client(SENDING_THE_DUMP + '{ signal TERM "bash /scripts/backup.sh"; exec sleep 20; }'),
        "stopped by a signal",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_and_leaves_the_older_copies_alone(bench: StoreLab, fault: str) -> None:
    bench.copies(*OLDER)
    before, reason = FAULTS[fault]
    objects, sums = bench.objects(), bench.checksums()

    ended = bench.run("backup.sh", before=before, variables=ONE_A_DAY)

    assert ended.status != 0, ended.said
    assert reason in ended.said
    assert "no backup was made" in ended.said
    assert bench.objects() == objects
    assert bench.checksums() == sums
    [(succeeded, outcome)] = bench.outcomes("backup")
    assert not succeeded
    assert reason in outcome


KILLED = client(SENDING_THE_DUMP + '{ "$real" "$@"; signal KILL "bash /scripts/backup.sh"; exec sleep 2; }')
"""Outright, with the dump in the store and no manifest."""


def test_what_a_run_left_that_was_killed_outright_does_not_count_and_is_cleared_once_it_must_have_ended(
    bench: StoreLab,
) -> None:
    bench.copies(*OLDER)
    assert bench.run("backup.sh", before=KILLED, variables=ONE_A_DAY).status != 0
    [mark] = [entry for entry in bench.objects() if entry.endswith(".partial")]
    left = mark.removesuffix(".partial")
    assert f"{left}/database.dump.gpg" in bench.objects()
    assert left not in bench.run("list.sh").said

    # Its run could be at work for hours: the next one goes beside it and counts nothing of it.
    beside = bench.run("backup.sh")
    assert beside.status == 0, beside.said
    assert f"{left}/database.dump.gpg" in bench.objects()

    after = bench.run("backup.sh", variables={"LONGEST_RUN": "0"})
    assert after.status == 0, after.said
    assert f"removing {left} from the store" in after.said
    assert not [entry for entry in bench.objects() if left in entry]
    assert set(OLDER) < set(bench.names())


def test_a_removal_that_was_cut_short_takes_no_whole_copy_with_it_later(bench: StoreLab) -> None:
    """The mark is there and the manifest too: retention judges the copy again, after a success."""
    bench.copies(*OLDER)
    bench.change(f"echo x > {OLDER[0]}.expired; echo x > {OLDER[1]}.expired; rm {OLDER[1]}/manifest.json")

    ended = bench.run("backup.sh")

    assert ended.status == 0, ended.said
    names = bench.names()
    assert OLDER[0] in names
    assert not [entry for entry in bench.objects() if OLDER[1] in entry or entry.endswith(".expired")]


def test_a_copy_that_cannot_be_removed_fails_the_run_and_the_new_one_counts(bench: StoreLab) -> None:
    bench.copies(*OLDER)
    denied = client('[[ " $* " != *" delete "* ]] || { echo "api error AccessDenied" >&2; exit 1; }')

    ended = bench.run("backup.sh", before=denied, variables=ONE_A_DAY)

    assert ended.status != 0
    assert "the new backup is whole, but 20260920T010000Z could not be removed" in ended.said
    assert "no backup was made" not in ended.said
    assert len([entry for entry in bench.objects() if entry.endswith("manifest.json")]) == 3


def test_two_runs_at_once_both_make_a_backup(bench: StoreLab) -> None:
    # The first stands still in its upload, with its name chosen, until the second has ended.
    slow = client(SENDING_THE_DUMP + "{ until [[ -e $FIRST/second ]]; do sleep 0.2; done; }")
    first = f"(export FIRST=$WORK WORK=$(mktemp -d) BACKUPS=$(mktemp -d)\n{slow}\nbash /scripts/backup.sh) & first=$!"
    second = "sleep 3; bash /scripts/backup.sh; second=$?; touch $WORK/second; wait $first; exit $((second + $?))"

    ended = bench.run("list.sh", before=f"{first}\n{second}")

    assert ended.status == 0, ended.said
    assert ended.said.count("is whole") == 2
    assert len([entry for entry in bench.objects() if entry.endswith("manifest.json")]) == 2
    assert not [entry for entry in bench.objects() if entry.endswith(".partial")]


# What is done to the backup in $f in the store, and the reason that must be given.
DAMAGES = {
    "one flipped byte": (FLIP, "its SHA-256 is not the manifest's"),
    "cut short": ("truncate -s -100 $f/database.dump.gpg", "bytes, its manifest says"),
    "no dump": ("rm $f/database.dump.gpg", "there is no backup"),
    "no manifest": ("rm $f/manifest.json", "there is no backup"),
    "a backup of another database": (
        """sed -i 's/"cases"/"figures"/' $f/manifest.json""",
        "is of epidemiology/figures",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_in_the_store_fails_the_drill_and_is_restored_by_no_one(bench: StoreLab, damage: str) -> None:
    bench.copies(OLDER[0])
    script, reason = DAMAGES[damage]
    bench.change(f"f={OLDER[0]}\n{script}")

    drill, restore = bench.run("drill.sh"), bench.restore(TARGET="again")

    assert drill.status != 0
    assert restore.status != 0
    assert reason in drill.said
    assert reason in restore.said
    [(succeeded, _)] = bench.outcomes("drill")
    assert not succeeded
    with bench.connect("postgres") as connection:
        assert connection.execute("SELECT FROM pg_database WHERE datname = 'again'").fetchall() == []


def test_a_drill_whose_store_is_away_says_so(bench: StoreLab) -> None:
    bench.copies(OLDER[0])
    ended = bench.run("drill.sh", variables={"STORE_ENDPOINT": "https://127.0.0.1:9"})
    assert ended.status != 0
    [(succeeded, outcome)] = bench.outcomes("drill")
    assert not succeeded
    assert "the store https://127.0.0.1:9 cannot be read" in outcome
