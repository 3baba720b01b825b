"""What a config asks for that not every cluster has."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery import demands
from delivery.program import BadInputError

ONE_SERVER: dict[str, Any] = {"name": "cases"}
STORE = {"endpoint": "https://s3.example.com", "bucket": "etl-backups"}


def asked_for(monkeypatch: pytest.MonkeyPatch, folder: Path, database: dict[str, Any], **more: Any) -> list[str]:
    team = {"name": "lab", "owners": ["ada@example.com"], "databases": [database], **more.pop("team", {})}
    config = {
        "etl-platform:domain": "dev.etl.example.com",
        "etl-platform:teams": [team],
        **{f"etl-platform:{key}": value for key, value in more.items()},
    }
    file = folder / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump({"config": config}))
    monkeypatch.setattr(demands, "stack_file", lambda _: file)
    return demands.asked_for("dev")


def test_an_ordinary_environment_asks_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert asked_for(monkeypatch, tmp_path, ONE_SERVER) == []


def test_high_availability_asks_for_its_operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert asked_for(monkeypatch, tmp_path, ONE_SERVER | {"high_availability": True}) == [demands.CLOUDNATIVE_PG]


def test_a_store_asks_for_its_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert asked_for(monkeypatch, tmp_path, ONE_SERVER, backup_store=STORE) == [demands.OBJECT_STORE]


def test_a_team_that_runs_spark_asks_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert asked_for(monkeypatch, tmp_path, ONE_SERVER, team={"spark": {}}) == [demands.SPARK]


def test_a_stack_that_is_watched_asks_for_what_watches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert asked_for(monkeypatch, tmp_path, ONE_SERVER, observability={}) == [demands.OBSERVABILITY]


def test_a_broken_config_is_told_as_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="expected one of small, medium, large"):
        asked_for(monkeypatch, tmp_path, ONE_SERVER | {"size": "smal"})
