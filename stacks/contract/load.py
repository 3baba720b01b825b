"""From a stack's file, or the engine's config, to settings: every mistake at once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from stacks.contract import crosschecks, fields, names, services_checks, stackfile, wording
from stacks.contract.model import Settings
from stacks.contract.setting import settings_of
from transforms.documents import source
from transforms.documents.problems import NAMESPACE, DocumentError, Problem, Refused, expected, one_of, quoted, shown
from transforms.documents.source import Source

CHECKOUT = Path(__file__).resolve().parents[2]
PROFILES = get_args(fields.Profile)
_STACK_FILE = re.compile(r"^Pulumi\.(?P<stack>.+)\.ya?ml$")


def load_file(path: Path | str, stack: str | None = None) -> Settings:
    """The settings in a `Pulumi.<stack>.yaml`.

    `stack` is the stack's name; without it the file's name tells it. Raises DocumentError with every mistake.
    """
    path = Path(path)
    named = _STACK_FILE.match(path.name)
    if stack is None and named:
        stack = named["stack"]
    return _settings(stackfile.settings(source.read(path)), stack, path.parent)


def load_stack(stack: str, config: Mapping[str, Any] | None, path: Path | str) -> Settings:
    """The settings that the engine hands to the program.

    `config` maps full keys (`etl-platform:domain`) to values as Pulumi's runtime has them, texts and JSON; None means
    the file's alone. The file at `path` tells the lines of the errors; where the two differ, `config` wins.
    Raises DocumentError with every mistake.
    """
    path = Path(path)
    if config is not None and not path.exists():
        document = Source(f"config of the stack {stack}", tree={})
    else:
        # The engine runs the program in another folder than the person's, so the bare name says more than a path.
        document = source.read(path, path.name)
    ours = stackfile.settings(document)
    for key, value in (config or {}).items():
        _take(ours, key, value)
    return _settings(ours, stack, path.parent)


def load_mapping(values: Mapping[str, Any], environment: str = "dev", folder: Path = CHECKOUT) -> Settings:
    """Settings from plain values (`{"domain": …, "teams": […]}`), checked as a file's are. Raises DocumentError.

    `folder` is where the files lie that they name.
    """
    ours = Source("settings", tree={})
    for key, value in values.items():
        _take(ours, f"{NAMESPACE}:{key}", value)
    return _settings(ours, environment, folder)


def _take(ours: Source, key: str, value: Any) -> None:
    namespace, _, name = key.partition(":")
    if namespace != NAMESPACE:
        return
    if name not in stackfile.SETTINGS:
        if not any(problem.path == key for problem in ours.problems):
            ours.report((), wording.unknown_key(Settings, name, {}, prefix=f"{NAMESPACE}:"), path=key, cover=False)
        return
    if isinstance(value, str) and settings_of(Settings)[name].is_structured:
        value = _json(value)
    if not ours.is_covered((name,)) and value != ours.tree.get(name):
        ours.tree[name] = value
        for known in (ours.lines, ours.spellings):
            for loc in [loc for loc in known if loc[:1] == (name,) and len(loc) > 1]:
                del known[loc]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _settings(ours: Source, stack: str | None, folder: Path) -> Settings:
    tree = ours.tree
    if "profile" not in tree and not ours.is_covered(("profile",)):
        _default_profile(ours, stack)
    _check_stack(ours, stack)
    wording.report_nothings(ours, Settings)
    settings = None
    try:
        settings = Settings.model_validate({**tree, "environment": stack or str(tree.get("profile"))})
    except ValidationError as error:
        wording.explain(ours, Settings, error)
    crosschecks.check(ours)
    crosschecks.check_job_files(ours, folder)
    services_checks.check_contexts(ours, folder)
    if ours.problems or settings is None:
        raise DocumentError(ours.problems)
    return settings.within(folder)


def _default_profile(ours: Source, stack: str | None) -> None:
    if stack in PROFILES:
        ours.tree["profile"] = stack
    elif stack is None:
        ours.report(
            ("profile",),
            f"missing; expected {one_of(PROFILES)}. Only a file called Pulumi.dev.yaml, and so on, can do without.",
        )
    else:
        ours.report(
            ("profile",),
            f"missing; expected {one_of(PROFILES)}, because the stack's name {quoted(stack)} is none of them.",
        )


def _check_stack(ours: Source, stack: str | None) -> None:
    if stack is None:
        return
    try:
        names.check_environment(stack)
    except Refused as refused:
        phrase = "a name of at most 63 letters, digits and inner dots, hyphens and underscores"
        ours.problems.append(Problem(ours.file, 1, "stack", expected(phrase, shown(stack), because=refused.because)))
