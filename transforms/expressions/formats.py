"""Formats of dates and times as Spark has them, checked before a run: a wrong one would end it, or read other days.

The letters are those of java.time's DateTimeFormatter, less what Spark refuses since it left the old calendar:
https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from transforms.documents.problems import Refused, quoted

_COUNTS: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys("dHhKkms", (1, 2)),
    **dict.fromkeys("ML", (1, 2, 3, 4)),
    **dict.fromkeys("GEQqz", (1, 2, 3, 4)),
    **dict.fromkeys("XxZ", (1, 2, 3, 4, 5)),
    "D": (1, 2, 3),
    "F": (1,),
    "O": (1, 4),
    "S": tuple(range(1, 10)),
    "V": (2,),
    "a": (1,),
    "y": tuple(range(1, 7)),
}
"""How often in a row each letter may stand."""

_WRITTEN_ONLY = {"E": "days of the week", "F": "weeks of the month", "Q": "quarters", "q": "quarters"}
"""Letters with which Spark writes and does not read."""

_MEANT = {
    "Y": "years of weeks are not supported; a year is y",
    "W": "weeks are not supported",
    "w": "weeks are not supported",
    "u": "days of the week are E; a year is y",
    "e": "days of the week are E",
    "c": "days of the week are E",
    "A": "a fraction of a second is S",
    "N": "a fraction of a second is S",
    "n": "a fraction of a second is S",
    "T": "a letter that stands for itself is quoted: 'T'",
}
"""What is said of letters that people take for others."""

_RUN = re.compile(r"(?P<letters>([A-Za-z])\2*)|(?P<quoted>'(?:[^']|'')*')|(?P<sign>.)", re.DOTALL)


def check_format(text: str, *, reading: bool) -> None:
    """Whether Spark takes a format.

    Args:
        reading: texts become dates or timestamps by it; otherwise it is the other way round.

    Raises:
        Refused: why it does not, or does and would read other days than are meant.
    """
    if not text:
        raise Refused("a format has at least one letter")
    letters = []
    for found in _RUN.finditer(text):
        if found["letters"]:
            letters.append(found["letters"])
            _check_letters(found["letters"], reading)
        elif found["sign"]:
            _check_sign(found["sign"])
    _check_brackets(text)
    if reading:
        _check_days({each[0] for each in letters})


def _check_letters(run: str, reading: bool) -> None:
    letter = run[0]
    if letter not in _COUNTS:
        hint = f": {_MEANT[letter]}" if letter in _MEANT else ""
        raise Refused(f"the letter {letter} means nothing in a format{hint}")
    if reading and letter in _WRITTEN_ONLY:
        raise Refused(f"{_WRITTEN_ONLY[letter]} ({letter}) are written, not read")
    counts = _COUNTS[letter]
    if len(run) not in counts:
        most = f"{counts[0]} to {counts[-1]}" if len(counts) > 2 else " or ".join(map(str, counts))
        raise Refused(f"{quoted(run)} is {letter} {len(run)} times; it stands {most} times in a row")


def _check_sign(sign: str) -> None:
    if sign == "'":
        raise Refused("a quotation mark is not closed; two of them ('') are one that stands for itself")
    if sign in "{}#":
        raise Refused(f"{sign} is reserved; quote it: '{sign}'")


def _check_brackets(text: str) -> None:
    depth = 0
    for found in _RUN.finditer(text):
        depth += {"[": 1, "]": -1}.get(found["sign"] or "", 0)
        if depth < 0:
            break
    if depth:
        raise Refused("[ and ] do not pair up; they enclose what may be left out")


def _check_days(letters: set[str]) -> None:
    """Spark would take January for a month that a text does not tell, and find days that contradict each other."""
    months = letters & {"M", "L"}
    if "d" in letters and not months:
        raise Refused(f"it has days and no months{' (mm are minutes, months are MM)' if 'm' in letters else ''}")
    if "D" in letters and (months or "d" in letters):
        raise Refused("D are days of the year; days of the month are d")
