"""Steps of other packages: the template that teams copy, and packages that are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.transforms.packages import ROOT, install, python, wheel

JOB = """\
name: trial
sources:
  cases: {csv: {path: cases.csv}, columns: {country: string, cases: bigint}}
steps:
  - name: fewer
    sample: {key: [country], share: 0.25}
  - name: totals
    aggregate: {by: [country], values: {cases: sum(cases)}}
sinks:
  out: {parquet: {path: out}}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the template's wheel is installed."""
    folder = tmp_path_factory.mktemp("plugin")
    install(wheel(ROOT / "examples/plugin", folder), folder / "installed")
    return folder / "installed"


def test_the_template_is_built_installed_and_used_beside_the_built_in_steps(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(JOB)

    done = python("-m", "transforms", "explain", tmp_path / "job.yaml", search=(installed, ROOT))

    assert (done.returncode, done.stderr) == (0, "")
    assert "-- step fewer (sample): country string, cases bigint\n" in done.stdout
    assert "pmod(xxhash64(IDENTIFIER(:country)), :value_1) < :value_2" in done.stdout
    assert "GROUP BY IDENTIFIER(:country)" in done.stdout


def test_its_mistakes_are_told_as_those_of_the_built_in_steps(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(JOB.replace("key: [country]", "key: [contry], shares: 1"))

    done = python("-m", "transforms", "check", tmp_path / "job.yaml", search=(installed, ROOT))

    assert done.returncode == 2
    assert f'{tmp_path}/job.yaml:6: steps[0].sample.shares: unknown key "shares". Did you mean share?' in done.stderr


def test_the_schema_of_job_files_knows_it(installed: Path) -> None:
    done = python("-m", "transforms", "schema", search=(installed, ROOT))
    assert '"sample": {' in done.stdout
    assert "Which share of the keys stays, from 0 to 1." in done.stdout


def test_without_it_the_step_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(JOB)

    done = python("-m", "transforms", "check", tmp_path / "job.yaml", search=(ROOT,))

    assert done.returncode == 2
    assert 'unknown key "sample"' in done.stderr


@pytest.mark.parametrize(
    ("point", "module", "said"),
    [
        ("odd = odd:Odd", "import no_such_module", "the plugin 'odd' (odd:Odd) cannot be imported: No module named"),
        ("odd = odd:Odd", "Odd = 1", "the plugin 'odd' (odd:Odd) is no subclass of transforms.steps.Step"),
        ("filter = odd:Odd", "Odd = 1", "two plugins are called 'filter': "),
    ],
)
def test_a_package_that_is_broken_is_named_in_one_line(point: str, module: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "odd-1.dist-info").mkdir()
    (tmp_path / "odd-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (tmp_path / "odd-1.dist-info/entry_points.txt").write_text(f"[transforms.steps]\n{point}\n")
    (tmp_path / "odd.py").write_text(module)
    (tmp_path / "job.yaml").write_text(JOB)

    done = python("-m", "transforms", "check", tmp_path / "job.yaml", search=(tmp_path, ROOT))

    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1
