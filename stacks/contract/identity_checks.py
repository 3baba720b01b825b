"""Checks of how people log in, beside the teams of the file."""

from __future__ import annotations

from stacks.contract import names
from stacks.contract.entries import listed, report, teams, text
from transforms.documents.problems import expected, nearest, quoted
from transforms.documents.source import Source


def check(source: Source) -> None:
    """Report to `source` each group of the upstream provider that stands for a team which is not there."""
    identity = source.tree.get("identity")
    provider = identity.get("provider") if isinstance(identity, dict) else None
    known = [name for _, name in teams(source) if name]
    for index, entry in enumerate(listed(provider.get("groups")) if isinstance(provider, dict) else []):
        path = text(entry.get("group")) if isinstance(entry, dict) else ""
        team, _, rest = path.strip("/").partition("/")
        if not path.startswith("/") or path == names.ADMINISTRATORS or team in known:
            continue
        near = nearest(team, known)
        suggestion = "/".join(["", near, *([rest] if rest else [])]) if near else ""
        message = expected("a group of a team in this file", quoted(path), suggestion=suggestion)
        report(source, ("identity", "provider", "groups", index, "group"), message)
