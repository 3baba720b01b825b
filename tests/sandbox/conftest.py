"""Which tests run beside each other: groups that share a server, a stack or nothing at all."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

HERE = "tests/sandbox"

TOGETHER = {
    # The dev stack, the engine's workspace and the stacks' files of the checkout are one and the same for these.
    "environment": "environment",
    "toolchain/test_installed.py": "environment",
    # Each has one server, which takes longer to start than most tests to run.
    "identity": "identity",
    "plugins/keycloak": "keycloak",
    "plugins/postgresql": "postgresql",
    "network": "network",
    "backups": "backups",
    "object_store": "object_store",
    "observability": "observability",
    "images": "images",
    "docker": "docker",
    "local": "docker",
}
"""Folder or file to group. What is not named here shares nothing but the node; its files are groups of their own."""

LONGEST_FIRST = ("environment", "docker", "backups", "object_store", "identity", "keycloak", "postgresql")
"""Begun before all others, or the last worker would run one of them alone."""


class InGroups(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Hands whole groups to the workers. Marks for `loadgroup` would do, but pytest 9.2 ignores how xdist 3.8 adds
    them to a test's name, and every test becomes a group of its own."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InGroups:
    """Deal out tests in groups, whichever way the command line asks for."""
    return InGroups(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long groups first."""
    items.sort(key=lambda item: _rank(_group(item.nodeid)))


def _group(test: str) -> str:
    """The group of a test, by its name: `tests/sandbox/node/test_pods.py::test_…`."""
    file = test.split("::", maxsplit=1)[0].removeprefix(f"{HERE}/")
    return next((group for start, group in TOGETHER.items() if file.startswith(start)), file)


def _rank(group: str) -> int:
    return LONGEST_FIRST.index(group) if group in LONGEST_FIRST else len(LONGEST_FIRST)
