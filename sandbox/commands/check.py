"""`make check`: what a person runs before pushing, and what a pull request runs."""

from __future__ import annotations

import argparse
import subprocess

from sandbox.toolchain.session import Session

BESIDE_EACH_OTHER = ("--numprocesses=auto", "--dist=loadfile")
"""Unit tests share nothing; a file's tests stay together, for some share what is slow to make."""
STEPS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pytest", "-q", "tests/unit", *BESIDE_EACH_OTHER),
)


def run(given: argparse.Namespace) -> int:  # noqa: ARG001
    """Run every step, also after one that failed; the status tells whether all passed."""
    session = Session.open()
    session.build(["transforms"])
    failed: list[str] = []
    for step in STEPS:
        session.display.say(" ".join(step))
        done = subprocess.run([session.paths.python, "-m", *step], cwd=session.paths.root, check=False)
        if done.returncode:
            failed.append(" ".join(step))
    session.display.say(f"failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0
