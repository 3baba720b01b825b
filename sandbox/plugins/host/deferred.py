"""Modules that are imported when they are first used: most runs change nothing and ask no server anything."""

from __future__ import annotations

import importlib
import threading
from types import ModuleType
from typing import Any

# Modules of one package that import each other, asked for by several threads at once, are seen half made.
_IMPORTING = threading.RLock()


class _Deferred(ModuleType):
    """Stands for a module until an attribute of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        with _IMPORTING:
            module = importlib.import_module(self.__name__)
        found = getattr(module, name)
        # The next look-up finds it here.
        setattr(self, name, found)
        return found


def deferred(name: str) -> ModuleType:
    """The module of that name, imported at the first use of what is in it.

    Write `if TYPE_CHECKING: import x` with `else: x = deferred("x")`, so that types are checked as ever.
    """
    return _Deferred(name)
