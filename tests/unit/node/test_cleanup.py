from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.node.cleanup import remove_leftovers, remove_run
from sandbox.node.layout import Layout
from sandbox.toolchain.paths import Paths


def test_an_interrupted_removal_leaves_nothing_that_looks_like_a_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(Paths(tmp_path))
    for name in ("passphrase", "state/dev.json"):
        (layout.run / name).parent.mkdir(parents=True, exist_ok=True)
        (layout.run / name).touch()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "rmdir", interrupted)
        with pytest.raises(KeyboardInterrupt):
            remove_run(layout)
    assert not layout.run.exists()
    assert layout.removed.exists()

    remove_leftovers(layout)
    assert not layout.removed.exists()
