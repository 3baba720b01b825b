from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from sandbox import images
from sandbox.toolchain.paths import Paths
from tests.sandbox.network.lab import Lab, lab, pod
from tests.sandbox.network.traffic import Asker, server


@dataclass(frozen=True, slots=True)
class Town:
    """Two namespaces with askers around one server."""

    home: Lab
    server: str
    friend: Asker
    stranger: Asker
    foreigner: Asker


@pytest.fixture(scope="session")
def built_town() -> Iterator[Town]:
    images.load(Paths.find(), ("debian",))
    with ExitStack() as stack:
        home = stack.enter_context(lab("town"))
        abroad = stack.enter_context(lab("abroad", {"origin": "abroad"}))
        home.apply(server("server"), pod("friend", labels={"role": "friend"}), pod("stranger"))
        abroad.apply(pod("foreigner"))
        with ThreadPoolExecutor() as pool:
            waits = [pool.submit(home.ready, "server", "friend", "stranger"), pool.submit(abroad.ready, "foreigner")]
            for wait in waits:
                wait.result()
        yield Town(
            home,
            home.address("server"),
            Asker(home, "friend"),
            Asker(home, "stranger"),
            Asker(abroad, "foreigner"),
        )


@pytest.fixture
def town(built_town: Town) -> Iterator[Town]:
    """The town without policies, in which everybody reaches the server."""
    yield built_town
    for home in (built_town.home, built_town.foreigner.lab):
        home.kubectl("delete", "networkpolicies", "--all")
    assert built_town.foreigner.comes_to_reach(built_town.server)
