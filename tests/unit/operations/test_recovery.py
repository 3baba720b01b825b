"""What is made to go back to a moment: the original alone, on its archive, and nothing that it could harm."""

from datetime import UTC, datetime
from typing import Any

from operations.recovery import MARK, described

STORE = {"destinationPath": "s3://etl-backups/dev/wal/lab", "serverName": "cases-abc", "endpointURL": "https://s3"}
ORIGINAL: dict[str, Any] = {
    "metadata": {"name": "cases", "annotations": {"pulumi.com/waitFor": "condition=Ready"}},
    "spec": {
        "instances": 3,
        "imageName": "postgresql:15",
        "storage": {"size": "10Gi"},
        "inheritedMetadata": {"labels": {"app.kubernetes.io/name": "cases"}},
        "bootstrap": {"initdb": {"database": "postgres"}},
        "backup": {"retentionPolicy": "7d", "barmanObjectStore": STORE},
        "postgresql": {"pg_hba": ["hostnossl all all all reject"], "synchronous": {"number": 1}},
    },
}
MOMENT = datetime(2026, 11, 24, 9, 41, 0, 250000, tzinfo=UTC)


def spec() -> dict[str, Any]:
    found: dict[str, Any] = described(ORIGINAL, MOMENT)["spec"]
    return found


def test_it_replays_the_originals_archive_up_to_the_moment() -> None:
    recovery = spec()["bootstrap"]["recovery"]
    [source] = spec()["externalClusters"]
    assert recovery == {"source": source["name"], "recoveryTarget": {"targetTime": "2026-11-24 09:41:00.250000+00:00"}}
    assert source["barmanObjectStore"] == STORE


def test_it_waits_for_no_standby_and_never_writes_into_the_archive() -> None:
    assert spec()["instances"] == 1
    assert "synchronous" not in spec()["postgresql"]
    assert "backup" not in spec()


def test_it_is_as_closed_as_the_original() -> None:
    assert spec()["postgresql"]["pg_hba"] == ORIGINAL["spec"]["postgresql"]["pg_hba"]
    assert spec()["inheritedMetadata"] == ORIGINAL["spec"]["inheritedMetadata"]


def test_it_bears_a_name_and_a_mark_by_which_it_is_known_for_ours() -> None:
    metadata = described(ORIGINAL, MOMENT)["metadata"]
    assert metadata == {"name": "cases-recovered", "annotations": {MARK: "2026-11-24T09:41:00Z"}}


def test_the_original_is_not_changed_by_describing_it() -> None:
    before = repr(ORIGINAL)
    described(ORIGINAL, MOMENT)
    assert repr(ORIGINAL) == before
