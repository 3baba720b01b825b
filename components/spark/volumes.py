"""Connections as a volume of a driver, in the words of the operator's API."""

from collections.abc import Sequence
from typing import Any

from components.databases.mounted import FILES, Connection


def volume(name: str, connections: Sequence[Connection], files: Sequence[str] = FILES) -> dict[str, Any]:
    """A volume with a folder for each connection, of these files alone; root owns them, the pod's group may read."""
    sources = [
        {
            "secret": {
                "name": each.secret,
                "items": [{"key": file, "path": f"{each.name}/{file}"} for file in files],
            }
        }
        for each in connections
    ]
    return {"name": name, "projected": {"defaultMode": 0o440, "sources": sources}}
