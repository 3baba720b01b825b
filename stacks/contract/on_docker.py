"""What a stack on a Docker engine cannot ask for: refused, because an entry without effect would be believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from transforms.documents.problems import Loc
from transforms.documents.source import Source

PROFILE = "dev"
ONLY_IN_A_CLUSTER = {
    "context": "names a cluster",
    "edge": "stands before a cluster's services",
    "access": "opens a cluster's services; an engine's are reached on this machine alone",
    "storage_class": "is a cluster's",
    "backup_store": "takes a cluster's backups",
    "event_logs": "are those of Spark, which runs in a cluster",
    "observability": "watches a cluster; an engine has a collector of its own",
    "registry": "is where a cluster pulls images from",
}
ONLY_FOR_A_TEAM_IN_A_CLUSTER = {"spark": "runs in a cluster", "services": "run in a cluster"}
ONLY_FOR_A_DATABASE_IN_A_CLUSTER = {
    "backup": "is made by a cluster's jobs",
    "high_availability": "takes a cluster",
    "readers": "are other teams, and an engine is for one person's work",
    "storage_class": "is a cluster's",
    "version": "is the server's, which all databases of an engine share; say postgres_version for the stack",
}


def check(source: Source) -> None:
    """Report what `target: docker` leaves without effect."""
    tree = source.tree
    if tree.get("target") != "docker":
        return
    profile = tree.get("profile")
    if profile in ("test", "prod"):
        source.report(
            ("profile",),
            f"{profile} runs in a cluster; a Docker engine is for one person's work, so say {PROFILE}.",
            cover=False,
        )
    for loc, key, why in _found(tree):
        source.report((*loc, key), f"{why}, and this stack says target: docker. Remove the line.", cover=False)


def _found(tree: dict[str, Any]) -> Iterator[tuple[Loc, str, str]]:
    yield from _keys((), tree, ONLY_IN_A_CLUSTER)
    for index, team in enumerate(_list(tree.get("teams"))):
        yield from _keys(("teams", index), team, ONLY_FOR_A_TEAM_IN_A_CLUSTER)
        for number, database in enumerate(_list(team.get("databases")) if isinstance(team, dict) else ()):
            loc = ("teams", index, "databases", number)
            yield from _keys(loc, database, ONLY_FOR_A_DATABASE_IN_A_CLUSTER)


def _keys(loc: Loc, entry: object, refused: dict[str, str]) -> Iterator[tuple[Loc, str, str]]:
    if isinstance(entry, dict):
        yield from ((loc, key, why) for key, why in refused.items() if entry.get(key) or entry.get(key) == {})


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
