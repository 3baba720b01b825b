"""The table of versions (`versions.toml`), read once and typed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.paths import ROOT

TABLE = "versions.toml"


@dataclass(frozen=True, slots=True)
class Versions:
    """Every version, by the section of the table that names it.

    Attributes:
        host: the oldest that a machine must bring.
        go: Go modules, as their tags are written (`v1.35.3`).
        debian: upstream versions of Debian packages, without Debian's own revision.
        maven: `group:artifact` to version.
        wheels: PyPI packages that carry a program.
        plugins: the engine's provider plugins.
        crds: releases whose definitions of custom resources a cluster has, as their tags are written.
        images: full reference (`name:tag`) by short name; PostgreSQL as `postgres-<major>`.
    """

    host: Mapping[str, str]
    go: Mapping[str, str]
    debian: Mapping[str, str]
    maven: Mapping[str, str]
    wheels: Mapping[str, str]
    plugins: Mapping[str, str]
    crds: Mapping[str, str]
    images: Mapping[str, str]

    @classmethod
    def read(cls, root: Path = ROOT) -> Versions:
        """Read the table of a checkout.

        Raises:
            ToolchainError: the table is missing, is no TOML or lacks a section.
        """
        file = root / TABLE
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            return cls(
                host=table["host"],
                go=table["go"],
                debian=table["debian"],
                maven=table["maven"],
                wheels=table["wheels"],
                plugins=table["plugins"],
                crds=table["crds"],
                images=dict(_references(table["images"])),
            )
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ToolchainError(f"{file} cannot be read: {error}") from error
        except KeyError as error:
            raise ToolchainError(f"{file} lacks {error}; take the file as it was committed") from error


def number(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, for comparing: `v1.35.3+x` is (1, 35, 3)."""
    parts: list[int] = []
    for part in version.removeprefix("v").split("."):
        digits = part[: next((i for i, c in enumerate(part) if not c.isdigit()), len(part))]
        if not digits:
            break
        parts.append(int(digits))
        if digits != part:
            break
    return tuple(parts)


def _references(images: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for short, image in images.items():
        if "tags" in image:
            found += [(f"{short}-{major}", f"{image['name']}:{tag}") for major, tag in image["tags"].items()]
        else:
            found.append((short, f"{image['name']}:{image['tag']}"))
    return found
