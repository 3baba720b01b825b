"""What is made to go back to a moment: the original alone, on its archive, and nothing that it could harm."""

from datetime import UTC, datetime
from typing import Any

import pytest

from operations.errors import OperationError
from operations.jobs import Runner
from operations.recovered import MARK, Recovered, described
from operations.recovery import reachable

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


REACHES: dict[str, Any] = {"status": {"firstRecoverabilityPoint": "2026-11-20T00:00:00Z"}}


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


@pytest.mark.parametrize(
    ("written", "hour"), [("2026-11-24T09:41:00Z", 9), ("2026-11-24T09:41:00", 9), ("2026-11-24T09:41:00+01:00", 8)]
)
def test_a_moment_is_utc_unless_it_names_its_zone(written: str, hour: int) -> None:
    assert reachable("lab/cases", written, REACHES) == datetime(2026, 11, 24, hour, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "original", "reason"),
    [
        ("yesterday", REACHES, '"yesterday" is no moment'),
        ("0001-01-01T00:00:00+14:00", REACHES, "is no moment"),
        ("2100-01-01T00:00:00Z", REACHES, "is still to come"),
        ("2026-11-19T23:59:59Z", REACHES, "the archive of lab/cases begins at 2026-11-20T00:00:00Z"),
        ("2026-11-24T09:41:00Z", {}, "has no copy in its archive yet"),
    ],
)
def test_a_moment_that_cannot_be_reached_is_refused_with_the_reason(
    written: str, original: dict[str, Any], reason: str
) -> None:
    with pytest.raises(OperationError, match=reason):
        reachable("lab/cases", written, original)


def test_what_bears_the_name_and_not_the_mark_is_never_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    recovered = Recovered(Runner(None, Silent()), "lab-data", "cases")
    monkeypatch.setattr(recovered, "get", lambda _: {"metadata": {"name": "cases-recovered"}})
    with pytest.raises(OperationError, match="a cluster cases-recovered that is not ours is in the way, in lab-data"):
        recovered.make(ORIGINAL, MOMENT)
    recovered.remove()  # which would ask the server to delete it


def test_another_recovery_under_way_is_left_alone_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    recovered = Recovered(Runner(None, Silent()), "lab-data", "cases")
    metadata = {"annotations": {MARK: "2026-11-24T09:41:00Z"}, "creationTimestamp": "2026-11-24T10:00:00Z"}
    monkeypatch.setattr(recovered, "get", lambda _: {"metadata": metadata})
    with pytest.raises(OperationError, match="a recovery to 2026-11-24T09:41:00Z runs since 2026-11-24T10:00:00Z"):
        recovered.make(ORIGINAL, MOMENT)


class Silent:
    """A cluster that must not be asked."""

    api_client = None
