"""What plugins import when they start, and what later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.plugins.host.deferred import deferred

ROOT = Path(__file__).resolve().parents[4]


def test_a_deferred_module_is_imported_when_something_in_it_is_used() -> None:
    module = deferred("colorsys")
    sys.modules.pop("colorsys", None)
    assert "colorsys" not in sys.modules
    assert module.rgb_to_hsv(0.0, 0.0, 0.0) == (0.0, 0.0, 0.0)
    assert "colorsys" in sys.modules


def test_a_name_that_the_module_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = deferred("colorsys").no_such_name


def test_threads_that_use_modules_of_one_package_at_once_see_none_half_made() -> None:
    program = """
import threading
from sandbox.plugins.host.deferred import deferred
whole, part = deferred("psycopg"), deferred("psycopg.sql")
failures, gate = [], threading.Barrier(8)
def use(look):
    gate.wait()
    try: look()
    except Exception as error: failures.append(error)
looks = [lambda: whole.connect, lambda: part.SQL] * 4
threads = [threading.Thread(target=use, args=(look,)) for look in looks]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
print(failures)
"""
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("package", "client"), [("keycloak", "keycloak"), ("postgresql", "psycopg"), ("kubernetes", "kubernetes")]
)
def test_a_plugin_starts_without_its_servers_client(package: str, client: str) -> None:
    program = (
        f"import sys, sandbox.plugins.{package}.provider; print({client!r} in sys.modules, 'pulumi' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
