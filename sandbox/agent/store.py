"""A copy of all objects of one kind, kept current by watching."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from sandbox.agent.api import Api, ApiError

LOG = logging.getLogger(__name__)
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0

T = TypeVar("T")


class Store(Generic[T]):
    """Objects of one kind by uid, parsed; a thread of its own keeps them current.

    Every trouble ends in listing anew after a pause that grows: a broken connection, an API server that restarts, a
    resource version that is too old (410).
    """

    def __init__(
        self,
        api: Api,
        path: str,
        parse: Callable[[Mapping[str, Any]], T],
        changed: Callable[[], None],
        removed: Callable[[T], None] = lambda _: None,
    ) -> None:
        """Hold nothing yet.

        Args:
            api: the API server.
            path: of the collection, e.g. `/api/v1/pods`.
            parse: takes from an object what is needed.
            changed: called after each change, from the store's thread.
            removed: called with each object that is gone.
        """
        self._api = api
        self._path = path
        self._parse = parse
        self._changed = changed
        self._removed = removed
        self._objects: dict[str, T] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.listed = threading.Event()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._run, name=f"watch {self._path}", daemon=True).start()

    def stop(self) -> None:
        """End at the next event."""
        self._stopped.set()

    def objects(self) -> list[T]:
        """The objects as they are now known."""
        with self._lock:
            return list(self._objects.values())

    def _run(self) -> None:
        pause = FIRST_PAUSE
        version = ""
        while not self._stopped.is_set():
            try:
                version = version or self._list()
                for event in self._api.watch(self._path, version):
                    version = event["object"]["metadata"]["resourceVersion"]
                    self._take(event["type"], event["object"])
                    pause = FIRST_PAUSE
            except ApiError as error:
                if error.status != HTTPStatus.GONE:
                    LOG.warning("%s; trying again in %.1f s", error, pause)
                version = ""
                self._stopped.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, guards nothing
                pause = min(2 * pause, LONGEST_PAUSE)

    def _list(self) -> str:
        items, version = self._api.list(self._path)
        found = {item["metadata"]["uid"]: self._parse(item) for item in items}
        with self._lock:
            gone = [known for uid, known in self._objects.items() if uid not in found]
            self._objects = found
        for known in gone:
            self._removed(known)
        self.listed.set()
        self._changed()
        return version

    def _take(self, kind: str, item: Mapping[str, Any]) -> None:
        if kind == "BOOKMARK":
            return
        uid = item["metadata"]["uid"]
        parsed = self._parse(item)
        with self._lock:
            same = self._objects.get(uid) == parsed
            if kind == "DELETED":
                self._objects.pop(uid, None)
            else:
                self._objects[uid] = parsed
        if kind == "DELETED":
            self._removed(parsed)
        if kind == "DELETED" or not same:
            self._changed()
