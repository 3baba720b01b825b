"""The tables of docs/stack-config.md; `python -m stacks.contract.reference --write` renews them in the page."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from stacks.contract.extensions import EXTENSIONS, REFUSED
from stacks.contract.model import (
    Access,
    Alerts,
    Backup,
    BackupStore,
    Database,
    Directory,
    EventLogs,
    Identity,
    Job,
    JobResources,
    Keep,
    Mail,
    Observability,
    Provider,
    ProviderGroup,
    Registry,
    Settings,
    Spark,
    Team,
    Timeouts,
)
from stacks.contract.schema import describe
from stacks.contract.setting import Setting, settings_of
from transforms.documents import pages
from transforms.documents.pages import END, begin, renewed
from transforms.documents.problems import NAMESPACE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "stack-config.md"
BEGIN = begin("stacks/contract")

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The stack", Settings),
    ("Access, and the edge", Access),
    ("Identity", Identity),
    ("Mail", Mail),
    ("A provider", Provider),
    ("A group of the provider", ProviderGroup),
    ("A directory", Directory),
    ("A store for backups", BackupStore),
    ("Event logs of Spark", EventLogs),
    ("Observability", Observability),
    ("Alerts", Alerts),
    ("A registry for the jobs' image", Registry),
    ("A team", Team),
    ("A database", Database),
    ("Time-outs", Timeouts),
    ("A backup", Backup),
    ("What is kept", Keep),
    ("Spark", Spark),
    ("A job", Job),
    ("What a job's run takes", JobResources),
)


def text() -> str:
    """The generated part of the page, with its marks."""
    parts = [BEGIN]
    parts += [_section(title, model) for title, model in _SECTIONS]
    parts += [_extensions(), END]
    return "\n\n".join(parts)


def page(current: str) -> str:
    """The page with its generated part renewed. Raises ValueError when its marks are gone."""
    return renewed(current, text(), PAGE.name)


def main(argv: Sequence[str]) -> int:
    """Print the generated part, or with --write renew it in the page."""
    return pages.main(argv, module="stacks.contract.reference", about="The config's reference.", page=PAGE, text=text())


def _section(title: str, model: type[BaseModel]) -> str:
    rows = [_row(key, setting, model) for key, setting in settings_of(model).items() if key != "environment"]
    return "\n".join([f"## {title}", "", "| key | what to write | without it | |", "|---|---|---|---|", *rows])


def _row(key: str, setting: Setting, model: type[BaseModel]) -> str:
    field = next(field for name, field in model.model_fields.items() if (field.alias or name) == key)
    prefix = f"{NAMESPACE}:" if model is Settings else ""
    about = describe(field.description or "", setting)
    cells = (f"`{prefix}{key}`", _code(setting.phrase), _default(key, setting, field.default), about)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _default(key: str, setting: Setting, default: Any) -> str:
    if key == "profile":
        return "the stack's name"
    if setting.required:
        return "refused"
    if isinstance(default, BaseModel) or default is None or default == ():
        return ""
    return f"`{default if isinstance(default, str | int) and not isinstance(default, bool) else json.dumps(default)}`"


def _code(phrase: str) -> str:
    """The phrase of the errors, with what a person types set as code."""
    phrase = re.sub(
        r"(?:such as |\()((?:\[|\{|- |\").*?(?:\]|\}|…|\"))", lambda m: m[0].replace(m[1], f"`{m[1]}`"), phrase
    )
    if phrase.startswith("one of "):
        return "one of " + ", ".join(f"`{word}`" for word in phrase.removeprefix("one of ").split(", "))
    return phrase


def _extensions() -> str:
    allowed = ", ".join(f"`{name}`" for name in EXTENSIONS)
    refused = "\n".join(f"| `{name}` | {reason} |" for name, reason in REFUSED.items())
    return f"## Extensions\n\nAllowed: {allowed}.\n\n| refused | because |\n|---|---|\n{refused}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
