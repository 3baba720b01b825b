import json
from functools import cache
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from stacks.contract import schema
from tests.unit.settings.cases import Case, cases

# What one value alone cannot show: other entries, a calendar, amounts, the stack's name.
BEYOND_A_SCHEMA = {
    "backup_store_certificate_broken",
    "config_namespace_misspelled",
    "connection_limit_beyond_the_size",
    "credentials_role_too_long",
    "database_and_team_run_together",
    "database_name_of_a_clusters_service",
    "database_name_taken_by_objects",
    "docker_with_edge_and_observability",
    "docker_with_what_needs_a_cluster",
    "jobs_broken",
    "jobs_out_of_reach",
    "observability_owners_without_mail",
    "profile_missing",
    "readers_connection_collides",
    "readers_own_team",
    "readers_role_too_long",
    "readers_without_other_teams",
    "schedule_never_comes",
    "schedule_sunday_is_zero",
    "schedule_too_often",
    "schedule_values",
    "services_without_an_edge",
    "spark_memory_range",
    "stack_name",
    "team_twice",
    "timeouts_range",
    "timeouts_transaction_before_17",
}


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema.schema())


def refusals(document: Any) -> list[str]:
    return [error.message for error in validator().iter_errors(document)]


def document(case: Case) -> Any:
    return yaml.safe_load(case.path.read_text(encoding="utf-8"))


def test_the_committed_schema_is_the_models() -> None:
    committed = schema.FILE.read_text(encoding="utf-8")
    assert committed == schema.text(), "run: python -m stacks.contract.schema --write"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("case", cases("valid"), ids=lambda case: case.name)
def test_the_schema_accepts_every_sound_file(case: Case) -> None:
    assert refusals(document(case)) == []


@pytest.mark.parametrize(
    "case",
    [case for case in cases("invalid") if not case.name.startswith("yaml_") and case.name not in BEYOND_A_SCHEMA],
    ids=lambda case: case.name,
)
def test_the_schema_refuses_what_one_value_alone_shows(case: Case) -> None:
    assert refusals(document(case)) != []


def test_what_a_schema_cannot_see_is_listed_and_no_more() -> None:
    listed = [case for case in cases("invalid") if case.name in BEYOND_A_SCHEMA]
    assert {case.name for case in listed} == BEYOND_A_SCHEMA
    assert [case.name for case in listed if refusals(document(case))] == []


def test_every_setting_is_described_for_the_editor() -> None:
    whole = schema.schema()
    owners = [whole["properties"]["config"], *whole["$defs"].values()]
    nameless = [key for owner in owners for key, entry in owner["properties"].items() if not entry.get("description")]
    assert nameless == []


def test_the_editor_says_what_must_not_change() -> None:
    name = schema.schema()["$defs"]["Database"]["properties"]["name"]["description"]
    assert "Must not change once applied: the data would stay behind" in name


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.main([]) == 0
    assert json.loads(capsys.readouterr().out) == schema.schema()
