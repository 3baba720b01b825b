"""The salt of a stack's secrets, which the engine writes into a committed file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from sandbox.toolchain.engine import PROJECT, STACKS
from sandbox.toolchain.files import write_whole

LINE = re.compile(r"^encryptionsalt: *(\S+) *\n?", re.MULTILINE)
IN_STATE = re.compile(r'"salt": *"([^"]+)"')
READ = 1 << 16
"""Bytes of a state that are looked at: the salt stands at its beginning, before the resources."""


class OwnSalt(AbstractContextManager[None]):
    """Keeps the sandbox's salt out of `Pulumi.<stack>.yaml`, and a foreign salt out of the sandbox.

    The state holds the salt as well, and `PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER` lets the engine take it from
    there; still it writes it into the file, which is committed, at every operation. A salt that a person committed
    belongs to another passphrase; it is put aside while the sandbox works, unless the file holds secrets.
    """

    def __init__(self, root: Path, state: Path, stacks: Sequence[str] = STACKS) -> None:
        """Look after the files of these stacks in the checkout `root`, knowing our own salts from the `state` folder.

        Other stacks' files are left alone: another run may be at work with them.
        """
        self._files = [root / f"Pulumi.{stack}.yaml" for stack in stacks]
        self._state = state
        self._before: dict[Path, str] = {}

    def __enter__(self) -> None:
        own = self._own()
        for file in self._files:
            text = file.read_text() if file.exists() else None
            if text is None or "secure:" in text:
                continue
            salt = LINE.search(text)
            # One that an interrupted run left is no person's.
            self._before[file] = LINE.sub("", text) if salt and salt[1] in own else text
            if salt:
                write_whole(file, LINE.sub("", text))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for file, before in self._before.items():
            now = file.read_text() if file.exists() else ""
            if now == before or "secure:" in now:
                continue
            # A person may have edited the file meanwhile: then only the salt goes.
            unchanged = LINE.sub("", now).split() == LINE.sub("", before).split()
            write_whole(file, before if unchanged else LINE.sub("", now))

    def _own(self) -> set[str]:
        found: set[str] = set()
        for file in (self._state / ".pulumi/stacks" / PROJECT).glob("*.json"):
            with file.open(errors="replace") as content:
                found |= set(IN_STATE.findall(content.read(READ)))
        return found
