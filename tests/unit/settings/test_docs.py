import re
import shutil
from pathlib import Path

import pytest

from stacks.contract import reference
from stacks.settings import SettingsError, load_file
from tests.unit.settings.cases import FIXTURES

DOCS = Path(__file__).resolve().parents[3] / "docs"
REQUEST = (DOCS / "request-a-database.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The page's code blocks of a language, without the indentation of the list that they stand in."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", page, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in body.split("\n")) for indent, body in found]


def test_the_reference_says_what_the_model_says() -> None:
    committed = reference.PAGE.read_text(encoding="utf-8")
    assert reference.page(committed) == committed, "run: python -m stacks.contract.reference --write"


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lost its marks"):
        reference.page("# Stack config\n")


def test_the_example_in_the_guide_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    (example,) = blocks(REQUEST, "yaml")
    path.write_text(example, encoding="utf-8")
    assert [team.name for team in load_file(path).teams] == ["epidemiology", "reporting"]


def test_the_error_in_the_guide_is_the_one_that_a_person_gets(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    (example,) = blocks(REQUEST, "yaml")
    path.write_text(example.replace("size: small ", "size: smal  "), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_file(path)
    (promised,) = (line.strip() for line in REQUEST.split("\n") if line.strip().startswith("Pulumi.dev.yaml:"))
    assert re.sub(r":\d+:", ":", str(caught.value)).endswith(re.sub(r":\d+:", ":", promised))


def test_the_example_of_a_job_is_sound_and_its_errors_are_those_that_a_person_gets(tmp_path: Path) -> None:
    page = (DOCS / "spark.md").read_text(encoding="utf-8")
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(next(block for block in blocks(page, "yaml") if "teams" in block), encoding="utf-8")
    shutil.copytree(FIXTURES / "valid" / "jobs", tmp_path / "jobs")
    [team] = load_file(path).teams
    assert team.spark is not None
    assert [job.name for job in team.spark.jobs] == ["positive"]
    shutil.copy(FIXTURES / "invalid" / "jobs" / "broken.yaml", tmp_path / "jobs" / "positive.yaml")
    with pytest.raises(SettingsError) as caught:
        load_file(path)
    promised = [line for line in page.split("\n") if line.startswith("Pulumi.dev.yaml:")]
    assert [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).split("\n")] == promised


@pytest.mark.parametrize("setting", ["event_logs", "registry"])
def test_the_settings_that_the_page_on_spark_shows_are_sound(tmp_path: Path, setting: str) -> None:
    page = (DOCS / "spark.md").read_text(encoding="utf-8")
    [line] = [block for block in blocks(page, "yaml") if block.startswith(f"etl-platform:{setting}:")]
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(f"config:\n  etl-platform:domain: dev.etl.example.com\n  {line}", encoding="utf-8")
    assert getattr(load_file(path), setting) is not None
