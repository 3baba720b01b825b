"""The job files among the fixtures, and job files written by a test."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from transforms.analysis import Analysis, analyse
from transforms.documents.problems import DocumentError
from transforms.query.compile import Plan, compile_job
from transforms.reading import read_job

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "jobs"
EXPECT = "# expect: "


@dataclass(frozen=True)
class Case:
    """A job file, and the errors (`line: path: message`) that it must get."""

    path: Path
    expected: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem


def cases(kind: str) -> list[Case]:
    """Every fixture of a kind, `valid` or `invalid`."""
    return [_case(path) for path in sorted((FIXTURES / kind).glob("*.yaml"))]


def _case(path: Path) -> Case:
    lines = path.read_text(encoding="utf-8").split("\n")
    return Case(path, tuple(line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)))


class _Dumper(yaml.SafeDumper):
    """Puts every text in quotes, as a person would who trusts no text."""


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def written(job: dict[str, Any], folder: Path) -> Path:
    """A job as a file."""
    path = folder / "job.yaml"
    path.write_text(yaml.dump(job, Dumper=_Dumper, sort_keys=False, width=10_000), encoding="utf-8")
    return path


def analysed(job: dict[str, Any], folder: Path) -> Analysis:
    """A job, analysed."""
    return analyse(read_job(written(job, folder)))


def compiled(job: dict[str, Any], folder: Path) -> Plan:
    """A job, compiled."""
    return compile_job(analysed(job, folder))


def errors(path: Path) -> list[str]:
    """What is wrong with a job file, as `line: path: message`."""
    try:
        analyse(read_job(path))
    except DocumentError as error:
        return [str(problem).removeprefix(f"{path}:").strip() for problem in error.problems]
    return []


def job_of(columns: dict[str, Any], *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A job with one source `data` of these columns, these steps, and one sink `out`."""
    return {
        "name": "demo",
        "sources": {"data": {"parquet": {"path": "data"}, "columns": columns}},
        "steps": list(steps),
        "sinks": {"out": {"parquet": {"path": "out"}}},
        **more,
    }
