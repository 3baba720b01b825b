"""`kubernetes:helm.sh/v3:Release`."""

# The methods' signatures are the host's.
# ruff: noqa: A002

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.plugins.declared.fields import Kind, Table, boolean, free, integer, result, string
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host import (
    UNKNOWN,
    Change,
    Checked,
    Created,
    Deadline,
    Diff,
    Failure,
    Found,
    InitFailed,
    Inputs,
    PluginError,
    State,
    Value,
    compare,
    contains_unknown,
    current,
    sleep,
    warn,
)
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.objects import split_id
from sandbox.toolchain.paths import Paths

from .charts import folder_of
from .program import Helm, HelmError

RELEASE = "kubernetes:helm.sh/v3:Release"
OWNER = "pulumi-resource"
"""The release's label that says which resource it is: a run that was killed finds what it made to be its own."""
DEPLOYED = "deployed"
_OTHERS_PATIENCE = 10.0
"""Seconds that a release may still be under way by the Helm of a run that was killed."""


class Release(Declared):
    """One release of a chart."""

    table: ClassVar[Table] = {
        "name": string(autonamed=True, replaces=True),
        "namespace": string(replaces=True),
        "chart": string(required=True),
        "version": string(required=True),
        "values": free(),
        "repositoryOpts": free(at_creation=True),
        "createNamespace": boolean(at_creation=True),
        "skipCrds": boolean(at_creation=True),
        "atomic": boolean(at_creation=True),
        "cleanupOnFail": boolean(at_creation=True),
        "skipAwait": boolean(at_creation=True),
        "waitForJobs": boolean(at_creation=True),
        "timeout": integer(default=300, minimum=1, at_creation=True),
        "compat": string(at_creation=True),  # the SDK's own mark
        "status": result(Kind.FREE),
    }

    def __init__(self, cluster: Cluster, helm: Helm | None = None) -> None:
        paths = Paths.find()
        self._cluster = cluster
        self._helm = helm or Helm(paths.bin / "helm", paths.charts, cluster.options)

    def check(self, name: str, news: Inputs, olds: Inputs | None) -> Checked:
        """Refuse what the table does not know, and values that the chart does not take."""
        self._cluster.ensure()
        if self._cluster.options.cluster:
            raise PluginError(
                "the provider's option cluster: Helm knows contexts alone; name one that has this cluster"
            )
        checked = super().check(name, news, olds)
        if checked.failures:
            return checked
        inputs = {"namespace": self._cluster.connection.namespace, **checked.inputs}
        inputs["values"] = _without_nulls(inputs.get("values") or {})
        return Checked(inputs, self._refused(inputs))

    def diff(self, id: str, olds: Inputs, old_state: State, news: Inputs) -> Diff:
        """Show which of the values change."""
        diff = super().diff(id, olds, old_state, news)
        whole = diff.changed.get("values")
        if whole is None or news["values"] is UNKNOWN:
            return diff
        parts = {
            f"values.{path}" if not path.startswith("[") else f"values{path}": Change(change.kind, input=whole.input)
            for path, change in compare(old_state.get("values") or {}, news["values"]).items()
        }
        return Diff({**{path: change for path, change in diff.changed.items() if path != "values"}, **parts})

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:
        """Install the chart and wait for what it holds."""
        if preview:
            return Created("", self.planned(inputs))
        namespace, name = inputs["namespace"], inputs["name"]
        existing = self._helm.metadata(namespace, name)
        if existing is not None and (existing.get("labels") or {}).get(OWNER) != _owner(urn):
            raise PluginError(
                f"the release {namespace}/{name} exists already and is not this resource's. To manage it from now on, "
                f"import it (`pulumi import {RELEASE} NAME {namespace}/{name}`); otherwise choose another name"
            )
        return Created(f"{namespace}/{name}", self._installed(f"{namespace}/{name}", inputs, timeout))

    def read(self, id: str, inputs: Inputs, state: State) -> Found | None:
        """Look at the release; one that did not become what it should is said to the engine."""
        found = super().read(id, inputs, state)
        if found is not None and found.state["status"]["status"] != DEPLOYED:
            reason = f"the release {id} is {found.state['status']['status']}"
            raise InitFailed(id, found.state, [reason], found.inputs)
        return found

    def update(
        self, id: str, olds: Inputs, old_state: State, news: Inputs, *, preview: bool, timeout: float | None
    ) -> State:
        """Bring the release to its new chart and values."""
        if preview:
            return super().update(id, olds, old_state, news, preview=True, timeout=timeout)
        if old_state.get("version") != news["version"]:
            warn(
                f"from {old_state.get('version')} to {news['version']}: Helm leaves a chart's custom resource "
                "definitions as they were first installed; apply the new ones, or let the chart do it where it can"
            )
        return self._installed(id, news, timeout)

    def delete(self, id: str, inputs: Inputs, state: State, *, timeout: float | None) -> None:
        """Uninstall it and wait until what it held is gone; definitions of custom resources stay, as Helm has it."""
        namespace, name = _parts(id)
        seconds = _seconds(timeout or state.get("timeout") or inputs.get("timeout"))
        self._helm.run("uninstall", name, "--ignore-not-found", "--wait", f"--timeout={seconds}", namespace=namespace)
        self._cluster.forget()

    def make(self, inputs: Inputs) -> str:
        """Never asked for: `create` knows how long it may take."""
        raise NotImplementedError

    def change(self, id: str, old: State, inputs: Inputs) -> None:
        """Never asked for: `update` knows how long it may take."""
        raise NotImplementedError

    def remove(self, id: str, state: State) -> None:
        """Never asked for: `delete` knows how long it may take."""
        raise NotImplementedError

    def look(self, id: str, known: State) -> dict[str, Value] | None:
        """Return what Helm tells of the release, beside what it does not keep."""
        namespace, name = _parts(id)
        metadata = self._helm.metadata(namespace, name)
        if metadata is None:
            return None
        values = self._helm.values(namespace, name)
        kept = {key: item for key, item in known.items() if key in self.table}
        # A program may name the chart by where it is served from.
        named = str(kept.get("chart") or "")
        chart = named if named.rpartition("/")[2] == metadata["chart"] else metadata["chart"]
        told = {"namespace": namespace, "name": name, "chart": chart, "version": metadata["version"], "values": values}
        return {**kept, **told, "status": _status(metadata)}

    def _refused(self, inputs: Inputs) -> list[Failure]:
        chart, version = inputs["chart"], inputs["version"]
        if UNKNOWN in (chart, version) or contains_unknown(inputs["values"]):
            return []
        try:
            folder = folder_of(self._helm.charts, chart, version)
        except PluginError as error:
            return [Failure("chart", str(error))]
        try:
            # Nothing is asked of a cluster.
            self._helm.run("template", str(folder), namespace="default", values=inputs["values"])
        except HelmError as error:
            return [Failure("values", str(error))]
        return []

    def _installed(self, id: str, inputs: Inputs, timeout: float | None) -> State:
        namespace, name = _parts(id)
        folder = folder_of(self._helm.charts, inputs["chart"], inputs["version"])
        self._recover(namespace, name)
        options = [f"--timeout={_seconds(timeout or inputs['timeout'])}", f"--labels={OWNER}={_owner(current().urn)}"]
        flags = {
            "--create-namespace": inputs.get("createNamespace"),
            "--skip-crds": inputs.get("skipCrds"),
            "--rollback-on-failure": inputs.get("atomic"),
            "--cleanup-on-fail": inputs.get("cleanupOnFail"),
            "--wait": not inputs.get("skipAwait"),
            "--wait-for-jobs": inputs.get("waitForJobs"),
        }
        options += [flag for flag, wanted in flags.items() if wanted]
        command = ["upgrade", name, str(folder), "--install", "--reset-values", "--hide-notes", *options]
        try:
            self._helm.run(*command, namespace=namespace, values=inputs["values"])
        except HelmError as error:
            left = self.look(id, inputs)
            if left is None:
                raise
            raise InitFailed(id, left, [str(error)]) from None
        finally:
            self._cluster.forget()
        return self._seen(id, inputs)

    def _recover(self, namespace: str, name: str) -> None:
        """Clear a release that a killed run left half way, which Helm would wait for without end."""
        patience = Deadline(_OTHERS_PATIENCE)
        while (found := self._helm.metadata(namespace, name)) and found["status"].startswith("pending-"):
            if not patience.passed:
                sleep(1.0)
                continue
            warn(f"the release {namespace}/{name} was left {found['status']} by an interrupted run: cleared")
            words = ["uninstall", name, "--wait"] if found["revision"] == 1 else ["rollback", name, "--wait"]
            self._helm.run(*words, namespace=namespace)
            return


def _parts(id: str) -> tuple[str, str]:
    namespace, name = split_id(id)
    if not namespace:
        raise PluginError(f"`{id}` is no id of a release; expected namespace/name")
    return namespace, name


def _owner(urn: str) -> str:
    return hashlib.sha256(urn.encode()).hexdigest()[:16]


def _seconds(timeout: Any) -> str:
    return f"{int(timeout or 300)}s"


def _status(metadata: Mapping[str, Any]) -> dict[str, Value]:
    known = ("appVersion", "chart", "name", "namespace", "revision", "status", "version")
    return {key: metadata[key] for key in known if key in metadata}


def _without_nulls(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
