"""The job files that are measured, compiled; with ten rules in front where these are what is measured."""

from pathlib import Path
from typing import Any

import yaml

from transforms.documents import source as documents
from transforms.expressions.parse import parse
from transforms.query.compile import Plan, compile_job
from transforms.reading import read_analysis

HERE = Path(__file__).parent
COMPARED = ("daily", "tpch_q1", "tpch_q3", "tpch_q6")
"""The jobs that are written by hand as well."""

CHECKED = ("daily", "intake")
"""The jobs that are measured with rules and without."""


def by_hand(name: str) -> str:
    """The job's query as a person would write it."""
    return (HERE / "by_hand" / f"{name}.sql").read_text()


def compiled(name: str) -> Plan:
    """The job, compiled."""
    return compile_file(HERE / "jobs" / f"{name}.yaml")


def compile_file(file: Path) -> Plan:
    """What `transforms run` does with a job file before it starts Spark; nothing is left from a run before."""
    parse.cache_clear()
    return compile_job(read_analysis(file))


def with_ten_rules(name: str, folder: Path) -> Plan:
    """The same job behind a step that judges each row of its source by ten rules; its file is written to `folder`."""
    tree = _tree(name)
    added = _tree("ten_rules")
    first, *others = tree["steps"]
    tree["rules"] = added["rules"]
    tree["steps"] = [added["step"] | {"from": first["from"]}, first | {"from": added["step"]["name"]}, *others]
    return _written(tree, folder / f"{name}_checked.yaml")


def of_twenty_steps(folder: Path) -> Path:
    """A job file of twenty steps of six kinds, like those that teams write."""
    tree = _tree("daily")
    real, placed, smooth, relative, monthly = tree["steps"]
    between: list[dict[str, Any]] = []
    for number in range(1, 6):
        between += [
            {"name": f"derived_{number}", "derive": {"columns": {f"score_{number}": f"new_cases * {number} + tests"}}},
            {"name": f"kept_{number}", "filter": {"where": f"score_{number} >= 0 OR tests_units = 'people'"}},
            {"name": f"chosen_{number}", "select": {"rename": {f"score_{number}": f"rank_{number}"}}},
        ]
    renamed = {"name": "renamed", "select": {"rename": {"new_tests": "tests"}}}
    monthly["aggregate"]["values"]["tests"] = "sum(tests)"
    tree["steps"] = [real, placed, smooth, renamed, *between[:-1], relative, monthly]
    assert len(tree["steps"]) == 20
    return _file(tree, folder / "twenty.yaml")


def _tree(name: str) -> dict[str, Any]:
    # As the library reads it: to YAML's own types, `on` is a boolean.
    tree: dict[str, Any] = documents.read(HERE / "jobs" / f"{name}.yaml").tree
    return tree


def _written(tree: dict[str, Any], file: Path) -> Plan:
    return compile_file(_file(tree, file))


def _file(tree: dict[str, Any], file: Path) -> Path:
    file.write_text(yaml.safe_dump(tree, sort_keys=False))
    return file
