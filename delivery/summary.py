"""The difference of renders as a page that a reviewer reads before anything else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from delivery import impact, wording
from delivery.changes import Difference, Entry, Kind, ResourceChange
from delivery.wording import counted, title

Format = Literal["markdown", "text"]

LIMIT = 60_000
"""Characters of a page. GitHub takes 1 MiB of a job's summary and 65,536 characters of a comment."""

MOST_CHANGES = 20
"""Properties that are shown of one resource."""

MOST_WARNINGS = 20
"""Warnings that are shown of one environment."""


@dataclass(frozen=True)
class Unreadable:
    """An environment that one side could not render.

    Attributes:
        side: which one; "base" is no fault of the change.
        reason: what the render said, for people.
        declared: number of resources on the other side; None where that one failed too.
    """

    environment: str
    side: Literal["base", "head"]
    reason: str
    declared: int | None


Finding = Difference | Unreadable


def page(findings: Sequence[Finding], form: Format = "markdown", limit: int = LIMIT) -> str:
    """All environments on one page of at most `limit` characters, which says what it leaves out."""
    lines = [_heading("What this change declares", 2, form), "", headline(findings), ""]
    if form == "markdown":
        lines += [*_table(findings), ""]
    sections = [(finding, *_section(finding)) for finding in findings]
    # Warnings are never cut for the sake of details.
    left = limit - _size(lines) - sum(_size(warnings) + 400 for _, warnings, _ in sections)
    for index, (finding, warnings, blocks) in enumerate(sections):
        if not warnings and not blocks:
            continue
        kept, cut = _fitting(blocks, left // (len(sections) - index))
        left -= sum(map(_size, kept))
        body = [*warnings, *(line for block in kept for line in block)]
        lines += [_heading(finding.environment, 3, form), ""]
        lines += [*(wording.fence(body) if form == "markdown" else body), ""]
        if cut:
            rest = counted(cut, "entry", "entries")
            lines += [f"{rest} of this environment left out: compare two renders by `python -m delivery diff`.", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def headline(findings: Iterable[Finding]) -> str:
    """One sentence with the numbers that matter."""
    parts = []
    for finding in findings:
        name = _plain(finding.environment)
        if isinstance(finding, Unreadable):
            parts.append(f"{name}: {'nothing to compare with' if finding.side == 'base' else 'does not render'}")
        elif not finding:
            parts.append(f"{name}: no change")
        else:
            numbers = [
                f"{len(finding.of(kind))} {kind}" for kind in ("added", "changed", "removed") if finding.of(kind)
            ]
            numbers += [f"{count} of them replaced"] if (count := len(_replaced(finding))) else []
            numbers += ["outputs"] if finding.outputs else []
            parts.append(f"{name}: {', '.join(numbers)}")
    lost = sum(len(_losing(each)) for each in findings if isinstance(each, Difference))
    warning = f" CAUTION: {counted(lost, 'resource')} that may hold data removed or replaced." if lost else ""
    return "; ".join(parts) + "." + warning


def _table(findings: Sequence[Finding]) -> list[str]:
    lines = ["| environment | added | changed | removed | replaced | unchanged |", "|---|--:|--:|--:|--:|--:|"]
    for each in findings:
        if isinstance(each, Difference):
            numbers = [len(each.of("added")), len(each.of("changed")), len(each.of("removed"))]
            numbers += [len(_replaced(each)), each.unchanged + each.reordered]
            cells = [str(number) for number in numbers]
        else:
            cells = ["" if each.declared is None else str(each.declared), *[""] * 4]
        lines.append(f"| {' | '.join([_plain(each.environment), *cells])} |")
    return lines


def _section(finding: Finding) -> tuple[list[str], list[list[str]]]:
    """The warnings of an environment, and its entries, each a block of lines that is shown as a whole or not."""
    if isinstance(finding, Unreadable):
        reason = [f"!   {wording.printable(wording.shortened(line))}" for line in finding.reason.splitlines()]
        if finding.side == "head":
            return ["! does not render:", *reason[:MOST_WARNINGS]], []
        declared = f", which now declares {counted(finding.declared, 'resource')}" if finding.declared else ""
        return [f"# the base does not render this environment{declared}:", *reason[:MOST_WARNINGS]], []
    return _warnings(finding), _blocks(finding)


def _replaced(difference: Difference) -> dict[int, str]:
    """Why resources are replaced, by their position in `difference.resources`."""
    reasons = {index: impact.replacement(each, difference.parents) for index, each in enumerate(difference.resources)}
    return {index: reason for index, reason in reasons.items() if reason}


def _losing(difference: Difference) -> list[ResourceChange]:
    replaced = _replaced(difference)
    return [
        each
        for index, each in enumerate(difference.resources)
        if (each.kind == "removed" or index in replaced) and impact.data(each.before or each.entry)
    ]


def _warnings(difference: Difference) -> list[str]:
    found = []
    for each in _losing(difference):
        before = each.before or each.entry
        guards = impact.guards(each.after or before)
        kept = f"; guarded by {' and '.join(guards)}" if guards else ""
        verb = "REMOVED" if each.kind == "removed" else "REPLACED"
        found.append(f"! DATA {verb}: {title(before)} ({impact.data(before)}{kept})")
    found += [
        f"! PROTECTION LIFTED: {title(each.entry)} ({' and '.join(lifted)})"
        for each in difference.resources
        if (lifted := impact.unprotected(each))
    ]
    found += [
        f"! MOVED WITHOUT ALIAS: {title(new.entry)} is made anew and then deleted, because its URN changes; "
        f"alias {wording.printable(str(old.entry['urn']))}"
        for old, new in impact.same_object(difference.resources)
    ]
    if len(found) > MOST_WARNINGS:
        found = [*found[:MOST_WARNINGS], f"! … {len(found) - MOST_WARNINGS} more warnings"]
    return found


def _blocks(difference: Difference) -> list[list[str]]:
    replaced = _replaced(difference)
    groups: dict[str, list[tuple[ResourceChange, str | None]]] = {}
    for index, each in enumerate(difference.resources):
        groups.setdefault(_group(each.entry, difference.parents), []).append((each, replaced.get(index)))
    blocks = []
    for name in sorted(groups):
        entries = _entries(groups[name])
        entries[0].insert(0, f"@@ {wording.printable(wording.shortened(name))} @@")
        blocks += entries
    if difference.outputs:
        lines = [line for change in difference.outputs[:MOST_CHANGES] for line in wording.change(change)]
        blocks.append(["@@ stack outputs @@", *lines])
    return blocks


def _entries(changes: Sequence[tuple[ResourceChange, str | None]]) -> list[list[str]]:
    kinds: tuple[Kind, ...] = ("removed", "added")
    blocks = [block for kind in kinds for block in _trees(kind, [each for each, _ in changes])]
    # One change of many resources (a label, an image) is one entry.
    alike: dict[tuple[str, ...], list[tuple[ResourceChange, str | None]]] = {}
    for each, reason in changes:
        if each.kind == "changed":
            shown = [line for change in each.changes[:MOST_CHANGES] for line in wording.change(change)]
            if len(each.changes) > MOST_CHANGES:
                shown.append(f"    … {counted(len(each.changes) - MOST_CHANGES, 'more property', 'more properties')}")
            alike.setdefault((reason or "", *shown), []).append((each, reason))
    for (reason, *lines), same in alike.items():
        names = wording.listed(title(each.entry) for each, _ in same)
        head = f"! {names}: REPLACED, {wording.printable(reason)}" if reason else f"# {names}"
        blocks.append([head, *lines])
    return blocks


def _trees(kind: Kind, changes: Iterable[ResourceChange]) -> list[list[str]]:
    """What is added (or removed), a component and all that comes (or goes) with it as one block."""
    mark = "+" if kind == "added" else "-"
    ours = {str(each.entry["urn"]): each.entry for each in changes if each.kind == kind}
    trees: dict[str, list[Entry]] = {}
    for urn, entry in ours.items():
        top, above = urn, str(entry.get("parent"))
        while above in ours:
            top, above = above, str(ours[above].get("parent"))
        trees.setdefault(top, []).extend([entry] if top != urn and not entry.get("component") else [])
    return [
        [f"{mark} {title(ours[top])}", *wording.wrapped(sorted(map(title, below)), mark)]
        for top, below in sorted(trees.items(), key=lambda tree: title(ours[tree[0]]))
    ]


def _group(entry: Entry, parents: Mapping[str, Entry]) -> str:
    """The team that a resource belongs to, or the component at the top of its tree."""
    top = entry
    while True:
        labels = (top.get("inputs", {}).get("metadata") or {}).get("labels") or {}
        if isinstance(labels, dict) and isinstance(team := labels.get("etl-platform/team"), str):
            return f"team {team}"
        above = parents.get(str(top.get("parent")))
        if above is None:
            break
        top = above
    if not top.get("component"):
        return "stack"
    kind = impact.kind(top)
    return f"team {top['name']}" if kind == "Team" else f"{kind} {top['name']}"


def _fitting(blocks: Sequence[list[str]], limit: int) -> tuple[list[list[str]], int]:
    kept: list[list[str]] = []
    for index, block in enumerate(blocks):
        limit -= _size(block)
        if limit < 0:
            return kept, len(blocks) - index
        kept.append(block)
    return kept, 0


def _size(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _heading(text: str, level: int, form: Format) -> str:
    return f"{'#' * level} {_plain(text)}" if form == "markdown" else _plain(text)


def _plain(text: str) -> str:
    """Text outside of a code block: letters, digits and what no Markdown reader takes for markup."""
    return "".join(char if char.isalnum() or char in " -._" else "?" for char in text)
