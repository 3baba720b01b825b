"""The report as text."""

from collections.abc import Iterator, Mapping, Sequence

from components.databases.privileges import ACTIONS, Declared, Fact
from delivery.access.compare import Comparison

LEGEND = "MISSING: declared, and not so on the server. EXTRA: so on the server, and not declared."


def section(title: str, declared: Declared, found: Comparison, note: str = "") -> str:
    """One database: who may do what, then each difference in a line."""
    team = title.split("/", maxsplit=1)[0]
    whose = dict.fromkeys(declared.platform_roles(), "platform")
    whose |= {login: declared.roles()[role][1] or team for login, role in declared.logins().items()}
    rows = [["role", "of team", *ACTIONS]]
    rows += [[role, whose.get(role, "?"), *cells.values()] for role, cells in found.rows.items()]
    return "\n".join([f"{title}{note}", *(f"  {line}" for line in _table(rows)), *_differences(found)])


def _differences(found: Comparison) -> Iterator[str]:
    for word, facts in (("missing", found.missing), ("extra", found.extra)):
        yield from (f"  {word}: {fact.role}: {_said(fact)}" for fact in facts)
    yield from _strangers(found.unmanaged)


def _strangers(unmanaged: Mapping[str, Sequence[Fact]]) -> Iterator[str]:
    for role, facts in unmanaged.items():
        yield f"  unmanaged role {role}: {', '.join(map(_said, facts)) or 'no rights'}"


def _said(fact: Fact) -> str:
    if fact.right == "MEMBER":
        return f"member of {fact.target}"
    return fact.right if fact.target == "server" else f"{fact.right} on {fact.target}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
