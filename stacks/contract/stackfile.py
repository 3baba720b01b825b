"""The outside of a `Pulumi.<stack>.yaml`: its root, its namespaces, and the settings that are ours, cut out of it."""

from __future__ import annotations

from typing import Any

from stacks.contract.model import Settings
from stacks.contract.setting import setting_at, settings_of
from stacks.contract.wording import unknown_key
from transforms.documents.problems import NAMESPACE, Loc, nearest, one_of, shown
from transforms.documents.source import Hidden, Source

ROOT_KEYS = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")
"""What Pulumi itself has at the root of the file (its `ProjectStack`)."""

SETTINGS = tuple(key for key in settings_of(Settings) if key != "environment")
"""Our keys under `config:`, without the namespace. The environment is the stack's name and no key."""


def settings(document: Source) -> Source:
    """The values, lines and problems of our settings, by their paths below `config:` and without the namespace."""
    ours = Source(document.file, tree={}, problems=document.problems)
    line = document.line(("config",))
    if line:
        ours.lines[()] = line
    config = _config(document, ours)
    for key, value in config.items():
        name = _setting_name(document, ours, key)
        if not name:
            continue
        place: Loc = ("config", key)
        _move(document.lines, ours.lines, place, name)
        _move(document.spellings, ours.spellings, place, name)
        ours.covered |= {(name, *loc[2:]) for loc in document.covered if loc[:2] == place}
        ours.tree[name] = _without_secrets(ours, value, (name,))
    return ours


def _config(document: Source, ours: Source) -> dict[str, Any]:
    if not isinstance(document.tree, dict):
        if not document.is_covered(()):
            document.report((), f"expected a mapping with the key config; got {shown(document.tree)}.", path="file")
        ours.covered.add(())
        return {}
    for key in document.tree:
        if key not in ROOT_KEYS:
            document.report((key,), _stray(key))
            ours.covered.add((key.removeprefix(f"{NAMESPACE}:"),))
    config = document.tree.get("config")
    if isinstance(config, Hidden):
        ours.covered.add(())
        return {}
    if config is None:
        return {}
    if not isinstance(config, dict):
        document.report(("config",), f"expected a mapping of settings such as {NAMESPACE}:domain; got {shown(config)}.")
        ours.covered.add(())
        return {}
    return config


def _stray(key: str) -> str:
    name = key.removeprefix(f"{NAMESPACE}:")
    if name in SETTINGS:
        return f"a setting belongs under config, as {NAMESPACE}:{name}."
    near = nearest(key, ROOT_KEYS)
    return f"unknown key. Did you mean {near}?" if near else f"unknown key. A stack's file has {one_of(ROOT_KEYS)}."


def _setting_name(document: Source, ours: Source, key: str) -> str:
    """The setting that a key under `config:` is, or an empty string when it is another's or wrong.

    A setting that a wrong key was probably meant to be is covered: it is not missing as well.
    """
    namespace, colon, name = key.partition(":")
    loc: Loc = ("config", key)
    if namespace == NAMESPACE and name in SETTINGS:
        return name
    if not colon:
        if namespace == NAMESPACE:
            ours.covered.add(())
            document.report(
                loc, f"the namespace is a part of each key. Write {NAMESPACE}:domain, {NAMESPACE}:teams and so on."
            )
        else:
            near = nearest(key, SETTINGS)
            ours.covered.add((near,))
            meant = f" Did you mean {NAMESPACE}:{near}?" if near else ""
            document.report(loc, f"the key has no namespace.{meant}")
    elif namespace == NAMESPACE:
        ours.covered.add((nearest(name.removeprefix("config:"), SETTINGS),))
        document.report(
            loc,
            unknown_key(Settings, name.removeprefix("config:"), document.tree["config"], prefix=f"{NAMESPACE}:"),
            path=key,
        )
    elif nearest(namespace, (NAMESPACE,)):
        near = nearest(name, SETTINGS)
        ours.covered.add((near,))
        meant = f"{NAMESPACE}:{near}" if near else NAMESPACE
        document.report(loc, f"unknown namespace. Did you mean {meant}?")
    return ""


def _move(old: dict[Loc, Any], new: dict[Loc, Any], place: Loc, name: str) -> None:
    new.update({(name, *loc[2:]): value for loc, value in old.items() if loc[:2] == place})


def _without_secrets(source: Source, value: Any, loc: Loc) -> Any:
    """The value with every `secure:` entry hidden and reported."""
    if isinstance(value, list):
        return [_without_secrets(source, item, (*loc, index)) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if set(value) == {"secure"}:
        plain = "a secret is not accepted here: nothing in this contract is one. Write the value in plain text."
        parent = setting_at(Settings, loc[:-1])
        misplaced = getattr(parent.model, "misplaced", {}) if parent else {}
        source.report(loc, misplaced.get(loc[-1], plain))
        return Hidden()
    return {key: _without_secrets(source, item, (*loc, key)) for key, item in value.items()}
