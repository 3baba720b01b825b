"""Job files that a stack's file names, beyond what the fixtures of tests/fixtures/settings show."""

from pathlib import Path

import pytest

from stacks import jobs

SOUND = Path(__file__).resolve().parents[2] / "fixtures/settings/valid/jobs/positive.yaml"
CASES = {"cases": True}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jobs").mkdir()
    return tmp_path


def test_a_sound_file_has_no_problem_and_its_text_and_sql_are_known(folder: Path) -> None:
    (folder / "jobs/a.yaml").write_text(SOUND.read_text())
    assert jobs.problems(folder, "jobs/a.yaml", CASES) == ()
    found = jobs.read(folder, "jobs/a.yaml")
    assert found.content == SOUND.read_text()
    assert found.sql.startswith("-- job figures\n")


def test_a_link_that_leads_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "secret.yaml").write_text(SOUND.read_text())
    (folder / "jobs/a.yaml").symlink_to("../secret.yaml")
    assert jobs.problems(folder, "jobs/a.yaml", CASES) == (
        "jobs/a.yaml: it is a link to a file outside jobs/. Put the file itself there.",
    )


def test_links_in_a_circle_a_folder_and_a_file_too_large_are_refused(folder: Path) -> None:
    (folder / "jobs/circle.yaml").symlink_to("circle.yaml")
    (folder / "jobs/folder.yaml").mkdir()
    (folder / "jobs/large.yaml").write_text("# " + "x" * 300_000)
    said = [jobs.problems(folder, f"jobs/{name}.yaml", CASES) for name in ("circle", "folder", "large")]
    assert said == [
        ("jobs/circle.yaml: it cannot be read: its links go round in a circle.",),
        ("jobs/folder.yaml: it is a folder, and a job is a file in one.",),
        ("jobs/large.yaml: expected a job file of at most 200 kB; got 300 kB.",),
    ]


def test_a_job_that_no_database_of_the_team_serves_is_told_so_once_for_each_place(folder: Path) -> None:
    (folder / "jobs/a.yaml").write_text(SOUND.read_text())
    missing = "the team's jobs have no connection \"cases\". The team's jobs have none."
    assert jobs.problems(folder, "jobs/a.yaml", {}) == (
        f"jobs/a.yaml:4: sources.cases.jdbc.connection: {missing}",
        f"jobs/a.yaml:11: sinks.result.jdbc.connection: {missing}",
    )


def test_rows_may_not_be_put_aside_into_a_database_that_the_team_only_reads(folder: Path) -> None:
    text = SOUND.read_text().replace(
        "steps:\n",
        "rules:\n  known: {expect: country IS NOT NULL}\nsteps:\n  - name: checked\n    validate:\n"
        "      rules: [known]\n      quarantine: {jdbc: {connection: other.cases, table: aside}}\n",
    )
    (folder / "jobs/a.yaml").write_text(text)
    [problem] = jobs.problems(folder, "jobs/a.yaml", CASES | {"other.cases": False})
    assert "quarantine.jdbc.connection: the team may read other.cases and not write there." in problem
