"""The YAML fixtures: what each file is, and what its leading comments say of it."""

from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "settings"


@dataclass(frozen=True)
class Case:
    """A stack's file, the stack that it is for, and the errors (`line: path: message`) that it must get."""

    path: Path
    stack: str
    expected: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem


def cases(kind: str) -> list[Case]:
    """Every fixture of a kind, `valid` or `invalid`."""
    return [_case(path) for path in sorted((FIXTURES / kind).glob("*.yaml"))]


def _case(path: Path) -> Case:
    lines = path.read_text(encoding="utf-8").split("\n")
    told = {
        key: [line.removeprefix(key) for line in lines if line.startswith(key)] for key in ("# stack: ", "# expect: ")
    }
    return Case(path, (told["# stack: "] or ["dev"])[0], tuple(told["# expect: "]))
