"""The plugins that are installed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from transforms.documents.models import Entry
from transforms.steps.base import Step

GROUP = "transforms.steps"


class PluginError(Exception):
    """A plugin that is installed cannot be used."""


@cache
def installed() -> dict[str, Step[Entry]]:
    """Every kind of step, by the name of its entry point.

    Raises:
        PluginError: one cannot be imported, is no `Step`, or two have the same name.
    """
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise PluginError(
                f"two plugins are called {point.name!r}: {other.value} and {point.value}. Remove one package."
            )
    if not found:
        raise PluginError(
            f"no plugin of the group {GROUP} is installed. Install the library itself: pip install ./transforms"
        )
    return {name: _loaded(point) for name, point in sorted(found.items())}


def _loaded(point: EntryPoint) -> Step[Entry]:
    try:
        plugin = point.load()
    except Exception as error:
        raise PluginError(f"the plugin {point.name!r} ({point.value}) cannot be imported: {error}") from error
    if not (isinstance(plugin, type) and issubclass(plugin, Step)):
        raise PluginError(f"the plugin {point.name!r} ({point.value}) is no subclass of transforms.steps.Step")
    step: Step[Entry] = plugin()
    return step
