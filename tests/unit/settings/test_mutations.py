"""Whatever happens to a sound file: it stays sound, or each complaint has a line and a path; nothing else is raised."""

import random
from pathlib import Path

import pytest

from stacks.settings import SettingsError, load_file
from tests.unit.settings.cases import Case, cases

ROUNDS = 40
SCRAPS = (
    "\t", "  ", ":", ": ", "- ", "[", "]", "{", "}", "*", "&a ", "*a", "!!int ", "<<: ", "#", "'", '"', "no", "~",
    "null", "0", "-1", "1e9", "0x1f", "1_000", "2026-01-01", "12:30:00", ".inf", "é", "\x00", "…", "|\n", ">\n",
    "---\n", "? ", "secure: x", "%", "@", "\r", "\ud7ff",
)  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(text) + 1)
        lines = text.split("\n")
        row = chance.randrange(len(lines))
        accident = chance.randrange(6)
        if accident == 0:
            text = text[:place] + chance.choice(SCRAPS) + text[place:]
        elif accident == 1:
            text = text[:place] + text[place + chance.randint(1, 12) :]
        elif accident == 2:
            lines.insert(chance.randrange(len(lines)), lines.pop(row))
        elif accident == 3:
            lines.insert(row, lines[row])
        elif accident == 4:
            lines[row] = chance.choice(("", " ", "    ")) + lines[row].lstrip()
        else:
            key, colon, _ = lines[row].partition(":")
            lines[row] = key + colon + " " + chance.choice(SCRAPS)
        if accident >= 2:
            text = "\n".join(lines)
    return text


@pytest.mark.parametrize("case", cases("valid"), ids=lambda case: case.name)
def test_every_complaint_about_a_damaged_file_has_a_line_and_a_path(case: Case, tmp_path: Path) -> None:
    chance = random.Random(case.name)  # noqa: S311 - accidents, not secrets
    sound = case.path.read_text(encoding="utf-8")
    path = tmp_path / "Pulumi.dev.yaml"
    refused = 0
    for _ in range(ROUNDS):
        text = mutated(sound, chance)
        path.write_text(text, encoding="utf-8", newline="")
        try:
            load_file(path)
        except SettingsError as mistakes:
            refused += 1
            for problem in mistakes.problems:
                assert problem.path
                assert problem.line is not None
                assert 1 <= problem.line <= text.count("\n") + text.count("\r") + 1
                assert "\n" not in str(problem)
                assert problem.message.endswith((".", "?"))
    assert refused > 0
