"""What was deployed against what is asked for: a preview stops before it would replace or shrink what holds data."""

from collections.abc import Mapping
from typing import Any

from components.team import DatabaseRequest
from stacks.profiles import Profile

Record = Mapping[str, Mapping[str, Any]]

RETIRE = "set `retired: true` on its entry and apply that; then remove the entry, and its data goes with it"


def record(requests: Mapping[str, list[DatabaseRequest]], profile: Profile) -> dict[str, dict[str, Any]]:
    """What of each database must not change: by `<team>/<database>`, storage in GiB. Plain values, for the state."""
    return {
        f"{team}/{request.name}": {
            "claim": f"{request.server_name}-1" if request.high_availability else f"{request.server_name}-data",
            "high_availability": request.high_availability,
            "retired": request.retired,
            "storage": profile.sizes[request.size].storage,
            "storage_class": request.storage_class,
            "version": request.version,
        }
        for team, databases in requests.items()
        for request in databases
    }


def breaches(deployed: Record, declared: Record) -> list[str]:
    """A sentence for each database that the declared state would replace, shrink or remove, in a stable order.

    Only what was deployed as retired may vanish: removing data takes two steps, each visible in a review.
    """
    found: list[str] = []
    for name, was in sorted(deployed.items()):
        will = declared.get(name)
        if will is not None:
            found += _changed(name, was, will)
        elif not was.get("retired"):
            found.append(_vanished(name))
    return found


def _vanished(name: str) -> str:
    team, database = name.split("/")
    return (
        f"database {database} of team {team}: deployed, and no longer asked for (renamed or removed). "
        f"Put the entry back; to remove it for good, {RETIRE}."
    )


def _changed(name: str, was: Mapping[str, Any], will: Mapping[str, Any]) -> list[str]:
    team, database = name.split("/")
    who = f"database {database} of team {team}"
    found: list[str] = []
    if bool(was.get("high_availability")) != will["high_availability"]:
        kinds = ["one server", "a cluster of three"]
        before, after = kinds if will["high_availability"] else reversed(kinds)
        return [
            (
                f"{who}: `high_availability` would move it from {before} to {after}, which begins empty. "
                "Keep it as it was; to move, ask for a second database and copy the data over."
            )
        ]
    # The first version kept data on the claim of a StatefulSet's template, and recorded none.
    claim = was.get("claim") or f"data-{database.replace('_', '-')}-0"
    if claim != will["claim"]:
        found.append(
            f"{who}: its data lies on the claim {claim}, and its server would begin with an empty one, "
            f"{will['claim']}. "
            "With the version that deployed it, dump the data and destroy the stack; then deploy this one and restore."
        )
    # The engine keeps every number as a float.
    if will["storage"] < was["storage"]:
        found.append(
            f"{who}: its disk would shrink from {was['storage']:g} to {will['storage']:g} GiB, and no volume can. "
            "Keep the size; to have less, ask for a second, smaller database and copy the data over."
        )
    # The engine keeps no nulls in its state.
    old_class, new_class = (each.get("storage_class") or "the default" for each in (was, will))
    if new_class != old_class:
        found.append(
            f"{who}: its storage class would change from {old_class} to "
            f"{new_class}, and a volume cannot move. "
            "Keep the class; to move, ask for a second database on the new one and copy the data over."
        )
    if will["version"] != was["version"]:
        found.append(
            f"{who}: PostgreSQL {will['version']:g} cannot read the files of {was['version']:g}. "
            "Keep `version`; to move, ask for a second database with the new version and copy the data over."
        )
    return found
