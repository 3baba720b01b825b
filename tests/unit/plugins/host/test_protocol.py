"""What a plugin's start imports, seen in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]


def _printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_plugin_starts_without_the_rest_of_the_sdk() -> None:
    program = "import sys, sandbox.plugins.host as host; print('pulumi' in sys.modules, host.serve.__name__)"
    assert _printed(program) == "False serve"


def test_the_sdk_is_whole_for_who_imports_it_later_and_shares_the_protocol() -> None:
    program = """
from sandbox.plugins.host.protocol import proto
import pulumi
import pulumi.runtime
from pulumi.runtime import proto as theirs
print(pulumi.ComponentResource.__name__, pulumi.runtime.rpc.UNKNOWN != "", theirs is proto)
"""
    assert _printed(program) == "ComponentResource True True"
