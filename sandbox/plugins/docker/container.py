"""`docker:index/container:Container`."""
# ruff: noqa: A002 - "id" is the protocol's word

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, ClassVar

from sandbox.docker.api import Api, part
from sandbox.docker.errors import DockerError, NotFoundError
from sandbox.plugins.declared.fields import Table
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.docker import container_request as request
from sandbox.plugins.docker.container_table import TABLE
from sandbox.plugins.docker.engine import Engine
from sandbox.plugins.host import (
    Created,
    Deadline,
    Failure,
    InitFailed,
    Inputs,
    PluginError,
    State,
    Value,
    contains_unknown,
    sleep,
    status,
)

TAR = "application/x-tar"
LOOK_EVERY = 0.3
LINES_SHOWN = 15
DEFAULT_GRACE = 10
"""Seconds that the engine gives a container to end when nobody says otherwise."""
ENDS_WITHIN = 1200.0
"""Seconds that one whose end is awaited may take, as the vendor's plugin has it, when nobody says otherwise."""


class Container(Declared):
    """A container that is kept running, one with a job that ends (`attach`), or one that only fills a volume.

    The last has uploads and `start: false`.
    """

    table: ClassVar[Table] = TABLE

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse what the engine would only refuse half-way."""
        if inputs.get("readOnly") and inputs.get("uploads") and not contains_unknown(inputs["uploads"]):
            yield Failure(
                "uploads",
                "the engine writes no files into a container whose root is read-only; give them "
                "to a volume, by a container that is never started",
            )
        for name in ("interval", "timeout", "startPeriod"):
            duration = (inputs.get("healthcheck") or {}).get(name)
            if isinstance(duration, str):
                try:
                    request.nanoseconds(duration)
                except PluginError as error:
                    yield Failure(f"healthcheck.{name}", str(error))

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:
        """Make it, and wait until it is healthy or has ended where that is asked for."""
        made = super().create(urn, inputs, preview=preview, timeout=timeout)
        if preview or not inputs["start"]:
            return made
        if inputs["wait"]:
            self._await_health(made, inputs["waitTimeout"])
        if inputs.get("attach"):
            self._await_end(made, timeout or ENDS_WITHIN)
            return Created(made.id, self._seen(made.id, made.state))
        return made

    def make(self, inputs: Inputs) -> str:
        """Create, connect, fill and start; what cannot be started is removed again."""
        with self._engine.api() as api:
            made = str(api.post("/containers/create", request.container(inputs), {"name": inputs["name"]})["Id"])
            try:
                for each in (inputs.get("networksAdvanced") or [])[1:]:
                    body = {"Container": made, "EndpointConfig": request.endpoint(inputs, each["name"])}
                    api.post(f"/networks/{part(each['name'])}/connect", body)
                if inputs.get("uploads"):
                    api.call("PUT", f"/containers/{made}/archive", {"path": "/"}, request.files(inputs), TAR)
                if inputs["start"]:
                    api.post(f"/containers/{made}/start")
            except DockerError:
                with contextlib.suppress(DockerError):
                    api.delete(f"/containers/{made}", {"force": True, "v": True})
                raise
            return made

    def look(self, id: str, known: State) -> dict[str, Value] | None:
        """What can have changed of it since it was made."""
        if not known:
            raise PluginError(f"Container `{id}` cannot be imported: the engine does not tell all that it was made of")
        with self._engine.api() as api:
            try:
                found = api.get(f"/containers/{part(id)}/json")
            except NotFoundError:
                return None
        host, networks = found["HostConfig"], found["NetworkSettings"]["Networks"]
        attached = [each for each in known.get("networksAdvanced") or () if each["name"] in networks]
        others = set(networks) - {each["name"] for each in attached} - {"none"}
        return {
            **known,
            "name": found["Name"].removeprefix("/"),
            "restart": host["RestartPolicy"]["Name"] or "no",
            "maxRetryCount": _same_count(known.get("maxRetryCount"), host["RestartPolicy"]["MaximumRetryCount"]),
            "memory": host["Memory"] // request.MEGABYTE,
            "cpus": _same_number(known.get("cpus"), host["NanoCpus"] / request.CPU),
            "networksAdvanced": [*attached, *({"name": name} for name in sorted(others))],
            "mustRun": bool(known.get("mustRun")) and (found["State"]["Running"] or not known.get("start")),
            "bridge": "",
            "exitCode": found["State"]["ExitCode"],
            "networkDatas": [
                {"networkName": name, "ipAddress": each["IPAddress"], "ipPrefixLength": each["IPPrefixLen"]}
                for name, each in sorted(networks.items())
            ],
        }

    def change(self, id: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Set limits and the restart policy."""
        with self._engine.api() as api:
            api.post(f"/containers/{part(id)}/update", request.limits(inputs))

    def remove(self, id: str, state: State) -> None:
        """Let it end in order, and remove it with the volumes that have no name."""
        grace = state.get("destroyGraceSeconds")
        with self._engine.api() as api:
            with contextlib.suppress(NotFoundError):
                api.post(f"/containers/{part(id)}/stop", query={"t": DEFAULT_GRACE if grace is None else grace})
            api.delete(f"/containers/{part(id)}", {"force": True, "v": state.get("removeVolumes", True)})

    def _await_health(self, made: Created, seconds: int) -> None:
        deadline, told = Deadline(seconds), ""
        with self._engine.api() as api:
            while True:
                found = api.get(f"/containers/{made.id}/json")["State"]
                health = (found.get("Health") or {}).get("Status", "")
                if health == "healthy":
                    return
                if deadline.passed or not (found["Running"] or found["Restarting"]):
                    raise InitFailed(made.id, made.state, [_unwell(api, made, found, seconds)])
                if health != told:
                    status(f"waiting until it is healthy: {health or 'it has no health check'}")
                    told = health
                sleep(LOOK_EVERY)

    def _await_end(self, made: Created, seconds: float) -> None:
        """Wait for the last of the times that the engine tries it.

        The vendor's plugin waits for the first, and says nothing of a failure. Here one that fails is not kept, so
        that it begins anew with the next run of the program.
        """
        with self._engine.api() as api:
            try:
                _ended_well(api, made, Deadline(seconds))
            except (DockerError, PluginError):
                with contextlib.suppress(DockerError):
                    api.delete(f"/containers/{made.id}", {"force": True, "v": True})
                raise


def _ended_well(api: Api, made: Created, deadline: Deadline) -> None:
    while (found := api.get(f"/containers/{made.id}/json")["State"])["Running"] or found["Restarting"]:
        if deadline.passed:
            raise PluginError(_told(api, made, f"did not end within {deadline.seconds:.0f} s"))
        sleep(LOOK_EVERY)
    if found["ExitCode"]:
        raise PluginError(_told(api, made, f"ended with status {found['ExitCode']}"))


def _unwell(api: Api, made: Created, found: dict[str, Any], seconds: int) -> str:
    probes = (found.get("Health") or {}).get("Log") or [{}]
    last = str(probes[-1].get("Output", "")).strip()
    how = f"was not healthy within {seconds} s" if found["Running"] else f"ended with status {found['ExitCode']}"
    return _told(api, made, f"{how}{f'; its last check said: {last}' if last else ''}")


def _told(api: Api, made: Created, how: str) -> str:
    lines = "\n  ".join(_log(api, made.id))
    return f"{made.state['name']} {how}; the end of its log:\n  {lines}"


def _log(api: Api, id: str) -> list[str]:
    query = {"stdout": True, "stderr": True, "tail": str(LINES_SHOWN)}
    # Without a terminal each line has a head of eight bytes that say whose stream it is.
    said = str(api.call("GET", f"/containers/{id}/logs", query) or "")
    return [line[8:] if line[:1] in ("\x01", "\x02") else line for line in said.splitlines()]


def _same_number(known: Value, found: float) -> Value:
    """As it was written where it is the same; none at all is what nothing was said about."""
    if float(known or 0) == found:
        return known
    return f"{found:g}"


def _same_count(known: Value, found: int) -> Value:
    """None, which nothing was said about, is 0."""
    return known if (known or 0) == found else found
