"""The command where it needs Spark: each test starts one of its own, as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.transforms.packages import ROOT, install, wheel
from transforms.reading import read_job

ASK = "from transforms.runtime.session import open_session\nprint(open_session('x').sparkContext.master)"


def python(*arguments: str | Path, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd, env=plain | {"PYTHONPATH": str(ROOT)} | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("master", [None, "local[1]"])
def test_the_master_is_what_the_configuration_says_and_else_this_machine(master: str | None, tmp_path: Path) -> None:
    (tmp_path / "spark-defaults.conf").write_text(f"spark.master {master}\n" if master else "")

    done = python("-c", ASK, SPARK_CONF_DIR=str(tmp_path))

    assert done.stdout == f"{master or 'local[*]'}\n", done.stderr


def test_without_java_a_command_says_what_is_needed(tmp_path: Path) -> None:
    python("-m", "transforms", "new", tmp_path / "job.yaml")

    done = python("-m", "transforms", "check", tmp_path / "job.yaml", "--connect", JAVA_HOME=str(tmp_path))

    assert done.returncode == 1
    said = "transforms check: Spark did not start. It needs Java 17 or newer: on PATH, or by JAVA_HOME"
    assert done.stderr.splitlines()[-1] == said
    assert "Traceback" not in done.stderr


def test_a_new_job_takes_the_columns_of_parquet_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    table = pa.table(
        {
            "country": pa.array(["AT"]),
            "day": pa.array([18283], pa.date32()),
            "cases": pa.array([1], pa.int32()),
            "rate": pa.array([1.5], pa.float32()),
            "tags": pa.array([["a"]], pa.list_(pa.string())),
            "place": pa.array([{"lat": 1.0}]),
        }
    )
    pq.write_table(table, tmp_path / "cases/part-0.parquet")

    done = python("-m", "transforms", "new", tmp_path / "job.yaml", "--from", tmp_path / "cases")

    assert done.returncode == 0, done.stderr
    source = read_job(tmp_path / "job.yaml").sources["data"]
    assert source.parquet is not None
    assert source.parquet.path == "cases"
    assert {name: str(spec.type) for name, spec in source.columns.items()} == {
        "country": "string",
        "day": "date",
        "cases": "int",
        "rate": "float",
        "tags": "array<string>",
    }
    assert '# column "place" is a struct<lat:double>.' in (tmp_path / "job.yaml").read_text()


def test_the_plugin_that_teams_copy_passes_its_own_tests(tmp_path: Path) -> None:
    plugin = ROOT / "examples/plugin"
    install(wheel(plugin, tmp_path), tmp_path / "installed")

    done = python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, plugin / "tests",
        cwd=tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path / "installed"), str(ROOT)]),
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout
