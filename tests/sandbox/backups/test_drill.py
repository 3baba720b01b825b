"""The drill passes for a sound backup, and fails when it should."""

import pytest

from tests.sandbox.backups.lab import Lab

pytestmark = pytest.mark.sandbox

# A manifest that fits a changed dump, as someone could write it who can write to the volume.
RESEAL = r"""
    sum=$(sha256sum "$f/database.dump.gpg" | cut -d' ' -f1); size=$(stat -c %s "$f/database.dump.gpg")
    sed -i -E "s/\"sha256\": \"[0-9a-f]+\"/\"sha256\": \"$sum\"/" "$f/manifest.json"
    sed -i -E "s/\"bytes\": [0-9]+/\"bytes\": $size/" "$f/manifest.json"
"""
FLIP = r"""
    middle=$(($(stat -c %s "$f/database.dump.gpg") / 2))
    byte=$(dd if="$f/database.dump.gpg" bs=1 skip=$middle count=1 2>/dev/null | od -An -tu1)
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$f/database.dump.gpg" bs=1 seek=$middle conv=notrunc 2>/dev/null
"""


def dump_anew(command: str) -> str:
    """Replace a backup's dump by another, as someone would who can also write a fitting manifest."""
    return f""". /scripts/common.sh; trap - ERR; prepare
        {command} | encrypt > /tmp/other; mv /tmp/other "$f/database.dump.gpg"; {RESEAL}"""


# What is done to the backup in $f, and the reason that must be given.
DAMAGES = {
    "one flipped byte": (FLIP, "its SHA-256 is not the manifest's"),
    "one flipped byte and a fitting manifest": (FLIP + RESEAL, "cannot be read"),
    "cut short": ("""truncate --size=-100 "$f/database.dump.gpg" """, "bytes, its manifest says"),
    "cut short with a fitting manifest": (
        """truncate --size=-100 "$f/database.dump.gpg" """ + "\n" + RESEAL,
        "cannot be read",
    ),
    "one row more in the manifest": (
        """sed -i '/"table": "public.closed"/,+1b; s/"rows": 1,$/"rows": 2,/' "$f/manifest.json" """,
        "what was restored is not what was backed up",
    ),
    "another checksum in the manifest": (
        """sed -i -E 's/"checksum": "([0-9])/"checksum": "1\\1/' "$f/manifest.json" """,
        "as many with other content",
    ),
    "an empty backup": (dump_anew("pg_dump --format=custom --dbname=platform"), "the archive holds the data of"),
    "another passphrase": (
        """sed -i -E 's/"key": "[0-9a-f]+"/"key": "0123456789abcdef"/' "$f/manifest.json" """,
        "was made with another passphrase",
    ),
    "a backup of another database": (
        """sed -i 's/"database": "cases"/"database": "figures"/' "$f/manifest.json" """,
        "is of epidemiology/figures",
    ),
    "no manifest": ("""rm "$f/manifest.json" """, "there is no backup"),
}


def test_a_sound_backup_passes_and_leaves_nothing(bench: Lab) -> None:
    bench.backup()
    before = bench.checksums()

    ended = bench.run("drill.sh")

    assert ended.status == 0, ended.said
    assert bench.outcomes("drill") == [(True, "success")]
    assert bench.checksums() == before
    assert bench.shell("ls -A /cluster").said == ""


def test_without_a_backup_it_fails(bench: Lab) -> None:
    ended = bench.run("drill.sh")
    assert ended.status != 0
    assert "there is no backup" in ended.said
    [(succeeded, outcome)] = bench.outcomes("drill")
    assert not succeeded
    assert outcome.startswith("there is no backup of epidemiology/cases")


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_sound_fails_it(bench: Lab, damage: str) -> None:
    name = bench.backup()
    script, reason = DAMAGES[damage]
    bench.run("list.sh", before=f"f=/backups/{name}\n{script}\nexit")

    drill = bench.run("drill.sh")

    assert drill.status != 0, drill.said
    assert reason in drill.said
    [(succeeded, outcome)] = bench.outcomes("drill")
    assert not succeeded
    assert outcome


@pytest.mark.parametrize("damage", [name for name in DAMAGES if "row" not in name and "checksum" not in name])
def test_a_restore_refuses_it_before_it_touches_anything(bench: Lab, damage: str) -> None:
    name = bench.backup()
    script, reason = DAMAGES[damage]
    bench.run("list.sh", before=f"f=/backups/{name}\n{script}\nexit")

    ended = bench.restore(TARGET="again")

    assert ended.status != 0
    assert reason in ended.said
    with bench.connect("postgres") as connection:
        assert connection.execute("SELECT FROM pg_database WHERE datname = 'again'").fetchall() == []


def test_a_backup_that_was_never_tried_by_a_person_is_restored_by_no_superuser(bench: Lab) -> None:
    """What only a superuser may do stops the drill: a hostile dump gets no further."""
    with bench.connect() as connection:
        connection.execute("CREATE FUNCTION sneak() RETURNS text LANGUAGE internal AS 'current_user'")
        connection.execute("ALTER FUNCTION sneak() OWNER TO cases_owner")
        try:
            bench.backup()
        finally:
            connection.execute("DROP FUNCTION sneak()")

    ended = bench.run("drill.sh")

    assert ended.status != 0
    assert "permission denied for language internal" in ended.said
