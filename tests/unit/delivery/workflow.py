"""The workflow of pull requests, as GitHub would read it."""

from typing import Any

import yaml

from delivery.program import ROOT

PATH = ROOT / ".github" / "workflows" / "pull-request.yml"


def load() -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true; GitHub does not.
    found: dict[Any, Any] = yaml.safe_load(PATH.read_text())
    return {"on" if key is True else key: value for key, value in found.items()}


def steps(job: str | None = None) -> list[dict[str, Any]]:
    return [step for name, each in load()["jobs"].items() if job in (None, name) for step in each["steps"]]


def scripts(job: str | None = None) -> list[str]:
    return [step["run"] for step in steps(job) if "run" in step]
