"""One API server as the resource types see it: connected on first use, its kinds and schemas known."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import cached_property
from typing import Any, TypeVar

from sandbox.plugins.host import PluginError, Value, sleep, suggestion

from .connection import APPLY, Connection
from .discovery import Api, Discovery
from .failures import ApiError
from .objects import Object, annotation, describe, metadata
from .options import Options
from .schema import Schemas

_T = TypeVar("_T")
# A CRD's kinds appear a moment after it is established; a fresh namespace's service account and quota likewise.
_PATIENCE_SECONDS = 15.0
MANAGER = "pulumi-kubernetes-"


class Cluster:
    """Everything that is asked of one API server. Raises `ApiError`, `Unreachable` or `PluginError`."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._answer: Future[None] | None = None

    def reach(self) -> None:
        """Begin to connect, beside what else is done."""
        answer: Future[None] = Future()
        self._answer = answer

        def ask() -> None:
            try:
                self.connection.get("/version")
            except BaseException as error:  # noqa: BLE001 - whoever waits for the answer raises it
                answer.set_exception(error)
            else:
                answer.set_result(None)

        threading.Thread(target=ask, daemon=True).start()

    def ensure(self) -> None:
        """Return when the server has answered once; raises `Unreachable` or `PluginError` if it has not."""
        if self._answer is not None:
            self._answer.result()

    @cached_property
    def connection(self) -> Connection:
        """The connection, made when it is first needed."""
        return Connection(self.options)

    @cached_property
    def discovery(self) -> Discovery:
        """The server's kinds."""
        return Discovery(self.connection)

    @cached_property
    def schemas(self) -> Schemas:
        """The server's schemas."""
        return Schemas(self.connection)

    def forget(self) -> None:
        """Learn the kinds and schemas anew: a CRD came, changed or went."""
        self.discovery.forget()
        self.schemas.forget()

    def api(self, api_version: str, kind: str, *, patient: bool = False) -> Api | None:
        """The kind, or None if the server does not have it; `patient` waits a while for it to appear."""
        end = time.monotonic() + (_PATIENCE_SECONDS if patient else 0)
        while True:
            found = self.discovery.find(api_version, kind)
            if found is not None or time.monotonic() >= end:
                return found
            sleep(1.0)
            self.forget()

    def require(self, obj: Mapping[str, Value]) -> Api:
        """The kind of an object that is to be made; raises `PluginError` if the server does not have it."""
        api_version, kind = str(obj["apiVersion"]), str(obj["kind"])
        found = self.api(api_version, kind, patient=True)
        if found is None:
            raise PluginError(f"{describe(obj)}: {self.missing(api_version, kind)}")
        return found

    def missing(self, api_version: str, kind: str) -> str:
        """Why the server cannot have such an object."""
        kinds = self.discovery.kinds(api_version)
        if kinds:
            return f"the cluster serves {api_version}, which has no kind {kind}{suggestion(kind, kinds)}"
        versions = self.discovery.versions(api_version.rpartition("/")[0])
        others = f"; of this group it serves {', '.join(versions)}" if versions else ""
        return f"the cluster does not serve {api_version}{others} (is the custom resource's definition installed?)"

    def get(self, api: Api, namespace: str | None, name: str) -> Object | None:
        """One object; None when there is none."""
        try:
            return self.connection.get(api.path(namespace, name))
        except ApiError as error:
            if error.not_found:
                return None
            raise

    def apply(self, api: Api, obj: Object, manager: str, *, dry_run: bool = False, force: bool = False) -> Object:
        """Server-side apply; the object as the server then has it (or would have it)."""
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        found = metadata(obj)
        path = api.path(found.get("namespace"), found["name"])
        return self.connection.request("PATCH", path, query=query, body=obj, content_type=APPLY)

    def retried(self, request: Callable[[], _T]) -> _T:
        """Do it again while the server says that it will soon be able to."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return request()
            except ApiError as error:
                if not error.transient or time.monotonic() >= end:
                    raise
            sleep(0.5)

    def listed(self, api_version: str, kind: str, namespace: str | None, **query: str) -> list[Object]:
        """The objects of a kind, for explanations: empty when they cannot be had."""
        api = self.discovery.find(api_version, kind)
        if api is None:
            return []
        try:
            answer: Any = self.connection.get(api.path(namespace), **query)
        except ApiError:
            return []
        items: list[Object] = answer.get("items") or []
        return items

    def forces(self, obj: Mapping[str, Value]) -> bool:
        """Whether fields that another manager holds are to be taken over."""
        return self.options.enable_patch_force or annotation(obj, "pulumi.com/patchForce") == "true"


def manager_of(urn: str, obj: Mapping[str, Value], state: Mapping[str, Value] | None = None) -> str:
    """The field manager of a resource: the program's, the state's, else one of the resource's own.

    It follows from the URN, so that a run that was killed after the object was made finds it to be its own.
    """
    chosen = annotation(obj, "pulumi.com/patchFieldManager") or (state or {}).get("__fieldManager")
    if isinstance(chosen, str) and chosen:
        return chosen
    return MANAGER + hashlib.sha256(urn.encode()).hexdigest()[:8]
