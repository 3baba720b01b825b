"""Any Kubernetes kind as a Pulumi resource type."""

# The methods' signatures are the host's.
# ruff: noqa: A002, ARG002

from __future__ import annotations

from collections.abc import Collection, Mapping

from sandbox.plugins.host import (
    UNKNOWN,
    Checked,
    Created,
    Diff,
    Failure,
    Found,
    InitFailed,
    Inputs,
    PluginError,
    State,
    Value,
    contains_unknown,
    current,
    warn,
)

from . import difference
from .cluster import Cluster, manager_of
from .discovery import Api
from .failures import ApiError, Unreachable
from .naming import assign_name
from .objects import (
    Object,
    built_in,
    describe,
    from_program,
    id_of,
    imported_inputs,
    is_secret,
    live_of,
    metadata,
    observed,
    outputs,
    split_id,
    to_program,
)
from .readiness import NotReady, await_gone, await_ready, check_now
from .refusals import explained, foreign, refusal
from .removal import delete

# What the server chooses anew each time it is asked: a dry run's choice is not the one to come.
_CHOSEN_BY_SERVER: Mapping[tuple[str, str], tuple[str, ...]] = {("v1", "Service"): ("clusterIP", "clusterIPs")}


class KubernetesType:
    """One API version and kind on one cluster."""

    def __init__(self, cluster: Cluster, api_version: str, kind: str) -> None:
        self._cluster = cluster
        self._api_version = api_version
        self._kind = kind

    @property
    def secret_outputs(self) -> Collection[str]:
        """A Secret's content is secret, whatever the program says."""
        return ("data", "stringData") if is_secret(self._api_version, self._kind) else ()

    def check(self, name: str, news: Inputs, olds: Inputs | None) -> Checked:
        """Fill in apiVersion, kind, name and namespace; refuse what the server's schema does not know."""
        self._cluster.ensure()
        obj = from_program({"apiVersion": self._api_version, "kind": self._kind, **news})
        if (obj["apiVersion"], obj["kind"]) != (self._api_version, self._kind):
            reason = f"a {self._api_version} {self._kind} cannot be declared as {obj['apiVersion']} {obj['kind']}"
            return Checked(news, [Failure("kind", reason)])
        assign_name(obj, name, olds)
        if olds is not None and "namespace" not in metadata(obj) and "namespace" in metadata(olds):
            obj = _with_namespace(obj, metadata(olds)["namespace"])
        if olds is not None and to_program(obj) == olds and self._same_namespace(olds, news):
            return Checked(olds)
        api = self._cluster.api(self._api_version, self._kind)
        declared = (news.get("metadata") or {}) if news.get("metadata") is not UNKNOWN else {}
        if api is not None and not api.namespaced and declared.get("namespace"):
            reason = f"a {self._kind} belongs to no namespace: leave it out"
            return Checked(to_program(obj), [Failure("metadata.namespace", reason)])
        if (api is None or api.namespaced) and obj["metadata"] is not UNKNOWN and not declared.get("namespace"):
            obj = _with_namespace(obj, self._cluster.connection.namespace)
        return Checked(to_program(obj), self._failures(obj, api))

    def diff(self, id: str, olds: Inputs, old_state: State, news: Inputs) -> Diff:
        """What the change of the inputs changes in the cluster; nothing is asked when the inputs are the same."""
        manager = manager_of(current().urn, news, old_state)
        return difference.diff(self._cluster, from_program(olds), live_of(old_state), from_program(news), manager)

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:
        """Apply the object and wait for it."""
        obj = from_program(inputs)
        manager = manager_of(urn, obj)
        if preview:
            return Created("", self._previewed(obj, inputs, manager))
        api = self._cluster.require(obj)
        found = metadata(obj)
        existing = self._cluster.get(api, found.get("namespace"), found["name"])
        if existing is not None and foreign(existing, manager) and not self._takes_over(obj):
            raise PluginError(
                f"{describe(obj)} exists already and is not this resource's. To manage it from now on, import it "
                f"(`pulumi import {current().urn.split('::')[2].rsplit('$', 1)[-1]} NAME {id_of(existing)}`), or allow "
                "it with the provider's option upsertExistingObjects; otherwise choose another name"
            )
        return self._finished(api, obj, inputs, manager, self._api_version, timeout)

    def read(self, id: str, inputs: Inputs, state: State) -> Found | None:
        """The object as it is; inputs show what differs from what was declared."""
        namespace, name = split_id(id)
        try:
            api = self._cluster.api(self._api_version, self._kind)
            live = self._cluster.get(api, namespace, name) if api else None
        except Unreachable as error:
            if self._cluster.options.skip_update_unreachable and state:
                warn(f"{error}; kept as it was last seen")
                return Found(id, inputs, state)
            raise
        if api is None or live is None:
            return None
        declared = from_program(inputs)
        manager = manager_of(current().urn, declared, state)
        if declared.get("metadata"):
            real = observed(declared, self._expected(api, declared, manager), live)
        else:
            real = imported_inputs(live)
        initial = str(state.get("__initialApiVersion") or self._api_version)
        shown = outputs(live, real, manager, initial)
        status = check_now(live, self._cluster)
        if not status.ready:
            raise InitFailed(id_of(live), shown, [f"{describe(live)} is not ready: {status.message}"], to_program(real))
        return Found(id_of(live), to_program(real), shown)

    def update(
        self, id: str, olds: Inputs, old_state: State, news: Inputs, *, preview: bool, timeout: float | None
    ) -> State:
        """Apply the new inputs and wait."""
        obj = from_program(news)
        manager = manager_of(current().urn, obj, old_state)
        initial = str(old_state.get("__initialApiVersion") or self._api_version)
        if preview:
            if contains_unknown(obj):
                return outputs({**live_of(old_state), **obj}, news, manager, initial)
            api = self._cluster.require(obj)
            try:
                live = self._apply(api, obj, manager, dry_run=True)
            except ApiError as error:
                if not error.over_quota:
                    raise refusal(error, obj) from None
                live = {**live_of(old_state), **obj}
            return outputs(live, news, manager, initial)
        return self._finished(self._cluster.require(obj), obj, news, manager, initial, timeout).state

    def delete(self, id: str, inputs: Inputs, state: State, *, timeout: float | None) -> None:
        """Delete the object and wait until it is gone."""
        namespace, name = split_id(id)
        live = delete(self._cluster, self._api_version, self._kind, namespace, name, from_program(inputs))
        if live is not None:
            api = self._cluster.require(live)
            await_gone(self._cluster, api, live, timeout)
        if self._kind == "CustomResourceDefinition":
            self._cluster.forget()

    def _finished(
        self, api: Api, obj: Object, inputs: Inputs, manager: str, initial: str, timeout: float | None
    ) -> Created:
        live = explained(lambda: self._cluster.retried(lambda: self._apply(api, obj, manager)), obj)
        try:
            live = await_ready(self._cluster, api, live, timeout)
        except NotReady as error:
            state = outputs(error.live, inputs, manager, initial)
            raise InitFailed(id_of(error.live), state, error.reasons) from None
        return Created(id_of(live), outputs(live, inputs, manager, initial))

    def _apply(self, api: Api, obj: Object, manager: str, *, dry_run: bool = False) -> Object:
        return self._cluster.apply(api, obj, manager, dry_run=dry_run, force=self._cluster.forces(obj))

    def _takes_over(self, obj: Object) -> bool:
        return self._cluster.options.upsert_existing_objects or self._cluster.forces(obj)

    def _failures(self, obj: Object, api: Api | None) -> list[Failure]:
        if api is not None:
            return self._cluster.schemas.failures(obj)
        if not built_in(self._api_version):
            # Its definition may be part of the same program.
            return []
        return [Failure("kind", self._cluster.missing(self._api_version, self._kind))]

    def _same_namespace(self, olds: Inputs, news: Inputs) -> bool:
        """Whether the namespace is the program's own, or still the provider's default."""
        declared = news.get("metadata")
        if isinstance(declared, Mapping) and declared.get("namespace"):
            return True
        found = metadata(olds).get("namespace")
        return found is None or found == self._cluster.connection.namespace

    def _previewed(self, obj: Object, inputs: Inputs, manager: str) -> Object:
        """What a creation would give, as far as it can be known."""
        live = None if contains_unknown(obj) else self._dry_creation(obj, manager)
        shown = outputs(live if live is not None else obj, inputs, manager, self._api_version)
        for key in ("uid", "resourceVersion", "creationTimestamp", "generation"):
            if isinstance(shown.get("metadata"), dict):
                shown["metadata"].pop(key, None)
        # The engine takes outputs that are not there for unknown.
        shown.pop("status", None)
        chosen = _CHOSEN_BY_SERVER.get((self._api_version, self._kind), ())
        spec = shown.get("spec")
        if chosen and isinstance(spec, dict) and spec.get("type") != "ExternalName":
            given = obj["spec"]
            spec.update({key: UNKNOWN for key in chosen if key not in given and given.get("clusterIP") != "None"})
        return shown

    def _dry_creation(self, obj: Object, manager: str) -> Object | None:
        """The server's answer to a dry run; None where it cannot be asked yet."""
        api = self._cluster.api(self._api_version, self._kind)
        if api is None:
            return None
        try:
            return self._cluster.apply(api, obj, manager, dry_run=True, force=True)
        except ApiError as error:
            found = metadata(obj)
            # Its namespace is to come, or the object of its name is to go first.
            if error.not_found or error.immutable_fields or error.transient or error.over_quota:
                return None
            if error.status == 403 and "being terminated" in error.message:
                return None
            if error.status == 422 and self._cluster.get(api, found.get("namespace"), found["name"]) is not None:
                return None
            raise refusal(error, obj) from None

    def _expected(self, api: Api, declared: Object, manager: str) -> Value:
        """What the server would make of the declared inputs now; the inputs themselves where it refuses them."""
        if contains_unknown(declared):
            return declared
        try:
            return self._cluster.apply(api, declared, manager, dry_run=True, force=True)
        except ApiError:
            return declared


def _with_namespace(obj: Object, namespace: Value) -> Object:
    return {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}
