import subprocess
import sys
from pathlib import Path

import pytest

from delivery.validate import main
from tests.unit.settings.cases import FIXTURES

ROOT = Path(__file__).resolve().parents[3]
SOUND = str(FIXTURES / "valid" / "load_balancer.yaml")
SIZES = "one of small, medium, large"
BROKEN = str(FIXTURES / "invalid" / "size_misspelled.yaml")


def test_sound_files_are_answered_with_silence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stack", "dev", SOUND, SOUND]) == 0
    assert capsys.readouterr() == ("", "")


def test_every_mistake_of_every_file_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(FIXTURES / "nowhere.yaml")
    assert main(["--stack", "dev", BROKEN, SOUND, missing]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f'{BROKEN}:9: teams[0].databases[0].size: expected {SIZES}; got "smal". Did you mean small?',
        f"{missing}: file: cannot be read: no such file or directory.",
    ]


def test_the_committed_stack_files_are_sound() -> None:
    assert main([str(path) for path in sorted(ROOT.glob("Pulumi.*.yaml"))]) == 0


def test_checking_a_file_never_loads_the_engine() -> None:
    program = (
        f"import sys; from delivery.validate import main; main(['--stack', 'dev', {SOUND!r}]); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "stacks.contract.load" in done.stdout.split()
    assert [name for name in done.stdout.split() if name.split(".")[0].startswith("pulumi")] == []
