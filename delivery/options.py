"""The resource options that a reviewer wants to see."""

from typing import Any

from delivery import wire

FLAGS = ("protect", "retainOnDelete", "remote")
LISTS = ("ignoreChanges", "replaceOnChanges", "hideDiffs")
TEXTS = ("importId", "deletedWith")
TIMEOUTS = ("create", "read", "update", "delete")


def of(request: Any) -> dict[str, Any]:
    """Those options of a RegisterResourceRequest that were set, by their wire names."""
    found: dict[str, Any] = {name: True for name in FLAGS if getattr(request, name)}
    found |= {name: list(getattr(request, name)) for name in LISTS if getattr(request, name)}
    found |= {name: getattr(request, name) for name in TEXTS if getattr(request, name)}
    if request.deleteBeforeReplaceDefined:
        found["deleteBeforeReplace"] = request.deleteBeforeReplace
    if request.replace_with:
        found["replaceWith"] = sorted(request.replace_with)
    timeouts = {name: getattr(request.customTimeouts, name) for name in TIMEOUTS}
    if any(timeouts.values()):
        found["customTimeouts"] = {name: value for name, value in timeouts.items() if value}
    if request.HasField("replacement_trigger"):
        found["replacementTrigger"] = wire.shown(wire.plain(request.replacement_trigger))
    if aliases := sorted(filter(None, (_alias(request, alias) for alias in request.aliases))):
        found["aliases"] = aliases
    if request.providers:
        found["providers"] = {
            package: reference.rpartition("::")[0] for package, reference in sorted(request.providers.items())
        }
    return dict(sorted(found.items()))


def _alias(request: Any, alias: Any) -> str | None:
    if alias.urn:
        return str(alias.urn)
    spec = alias.spec
    named = {
        "name": spec.name,
        "type": spec.type,
        "stack": spec.stack,
        "project": spec.project,
        "parent": "none" if spec.noParent else spec.parentUrn,
    }
    given = {key: value for key, value in named.items() if value}
    # Every Kubernetes class brings an alias for each API version that its kind once had.
    if request.custom and set(given) == {"type"}:
        return None
    return " ".join(f"{key}={value}" for key, value in given.items())
