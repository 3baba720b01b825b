"""What an environment declares for a Docker engine, as a Compose file for those who prefer Compose to run containers.

It is read from the declaration, so that there is no second one. An input without a counterpart in Compose is refused,
not left out, and so is whatever the declaration does not know itself, secrets first of all: those lie on volumes that
the engine of Pulumi filled, and so do databases and realm. To Compose these volumes are external.

Source: compose-spec.io, "Compose file reference".
"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from components.local.container import DIGEST
from components.local.names import project
from delivery.folder import replace
from delivery.program import BadInputError, declare, identified
from delivery.recording import SECRET, UNKNOWN, DeclarationError, Recording, Resource
from delivery.yaml_text import Dumper

MARK = "# Generated from the declaration by `make compose`"
HEAD = """\
{mark}: what is changed here is lost with the next time.
#
# The containers of the environment {environment}, run by Docker Compose in the place of `make local`. Compose uses what
# that made on the same engine, and needs it:
#   - images that are built from folders of the project: {built};
#   - volumes with the databases, their roles and the realm, which pulumi-postgresql and pulumi-keycloak configure in
#     the running servers: no Compose file can say them;
#   - volumes with passwords, keys and settings, each file readable for its service's user alone. None stands in here.
# While Compose runs the containers, `make person`, `make connections` and `make local` (for databases and realm) go on
# working. A change of the containers themselves asks for the way back first.
#
# The ports are the same, so one of the two runs at a time. To Compose:
#   docker stop {stopped}
#   docker compose --file {file} up --detach --wait
# and back:
#   docker compose --file {file} down
#   docker start {started}
"""

PREFIX = "docker:index/"
NETWORK, VOLUME, CONTAINER = f"{PREFIX}network:Network", f"{PREFIX}volume:Volume", f"{PREFIX}container:Container"
IMAGE, REMOTE_IMAGE = f"{PREFIX}image:Image", f"{PREFIX}remoteImage:RemoteImage"

MANAGED_BY = "app.kubernetes.io/managed-by"

Fields = Mapping[str, Any]
Translations = Mapping[str, Callable[[Any], Fields]]


class ComposeError(DeclarationError):
    """The declaration holds what a Compose file cannot, or must not."""


def compose(environment: str, out: Path, stack_file: Path | None = None) -> int:
    """Write the Compose file of `environment` to `out`; return the number of services.

    Raises:
        BadInputError: a mistake in the config, nothing for a Docker engine in it, or a file that is not ours to write.
        ComposeError: an input that has no counterpart, or that only the engine of Pulumi knows.
    """
    if out.is_dir():
        raise BadInputError(f"{out}: is a folder; name a file")
    if out.exists() and not out.read_text(encoding="utf-8").startswith(MARK):
        raise BadInputError(f"{out}: is there already and was not generated; name another file")
    declared = Declared(declare(environment, stack_file, known), environment)
    if not declared.services:
        raise BadInputError(f"{environment} declares no containers; `target: docker` in its config makes it do so")
    replace(out, declared.text(out.name))
    return len(declared.services)


def known(kind: str, name: str, inputs: Fields) -> Fields | None:
    """What is known of a resource before it exists: an image by its name, and a realm, whose id is its name.

    Of Keycloak's other resources some ids only say that something is there. None of them may reach the file, and
    none does: it would be refused.
    """
    if kind == REMOTE_IMAGE:
        return {"imageId": inputs["name"]}
    if kind.startswith("keycloak:"):
        return {"id": inputs["realm"] if kind.endswith(":Realm") else UNKNOWN}
    return identified(kind, name, inputs)


@dataclass(frozen=True)
class Declared:
    """A recording, as Compose sees it.

    Args:
        recording: of an environment on a Docker engine, made with `known`.
    """

    recording: Recording
    environment: str

    @property
    def containers(self) -> dict[str, Resource]:
        """Those that run, by URN; the others only fill volumes."""
        found = self.recording.select(type=CONTAINER)
        return {each.urn: each for each in found if each.inputs.get("start") is not False}

    @property
    def services(self) -> dict[str, Fields]:
        """By name, each behind those that it waits for."""
        waits = self.waits()
        by_name = {self.short(each): each for each in self.containers.values()}
        ordered = TopologicalSorter(dict(sorted(waits.items()))).static_order()
        return {name: self._service(by_name[name], {each: by_name[each] for each in waits[name]}) for name in ordered}

    def waits(self) -> dict[str, list[str]]:
        """For each service those that must be there before it, without those that these wait for themselves."""
        containers, by_urn = self.containers, {each.urn: each for each in self.recording.resources}

        @cache
        def direct(urn: str) -> frozenset[str]:
            """The running containers that a resource needs, through whatever is none of them."""
            needs = {each for each in (*by_urn[urn].dependencies, by_urn[urn].provider) if each in by_urn}
            running = needs & set(containers)
            return frozenset(running).union(*(direct(each) for each in needs - running))

        @cache
        def all_of(urn: str) -> frozenset[str]:
            return direct(urn).union(*(all_of(each) for each in direct(urn)))

        def nearest(urn: str) -> frozenset[str]:
            return direct(urn).difference(*(all_of(each) for each in direct(urn)))

        return {
            self.short(each): sorted(self.short(containers[below]) for below in nearest(urn))
            for urn, each in containers.items()
        }

    def text(self, file: str) -> str:
        """The file, with what a person must know at its head."""
        services = self.services
        stays = [name for name, each in services.items() if "unless-stopped" in each["restart"]]
        built = sorted(self._built)
        content = {
            "name": project(self.environment),
            "services": services,
            "networks": {
                self.short(each): _translated(each, NETWORK_FIELDS) for each in self.recording.select(type=NETWORK)
            },
            "volumes": {
                self.short(each): _translated(each, VOLUME_FIELDS) for each in self.recording.select(type=VOLUME)
            },
        }
        _refuse_unknown(content)
        head = HEAD.format(
            mark=MARK,
            environment=self.environment,
            built=", ".join(name.rpartition("/")[2].partition(":")[0] for name in built),
            file=shlex.quote(file),
            started=" ".join(f"{project(self.environment)}-{name}" for name in stays),
            stopped=" ".join(f"{project(self.environment)}-{name}" for name in reversed(stays)),
        )
        return head + yaml.dump(_escaped(content), Dumper=Dumper, allow_unicode=True, width=120, sort_keys=False)

    def short(self, resource: Resource) -> str:
        """What a thing of the engine is called among those of its environment."""
        return self._short(resource.inputs["name"])

    def _short(self, name: str) -> str:
        return name.removeprefix(f"{project(self.environment)}-")

    @property
    def _built(self) -> set[str]:
        return {each.inputs["imageName"] for each in self.recording.select(type=IMAGE)}

    def _service(self, container: Resource, waits: Mapping[str, Resource]) -> Fields:
        fields = dict(_translated(container, SERVICE_FIELDS))
        if retries := container.inputs.get("maxRetryCount"):
            fields["restart"] = f"{fields['restart']}:{retries}"
        # What is built here bears no registry's name: nobody else's image may take its place.
        if fields["image"] in self._built:
            fields["pull_policy"] = "never"
        for each in fields.get("volumes", ()):
            each["source"] = self._short(each["source"])
        if "networks" in fields:
            fields["networks"] = {self._short(name): joined for name, joined in fields["networks"].items()}
        if waits:
            fields["depends_on"] = {name: {"condition": _condition(each)} for name, each in waits.items()}
        return fields


def _condition(container: Resource) -> str:
    if container.inputs.get("attach"):
        return "service_completed_successfully"
    return "service_healthy" if container.inputs.get("healthcheck") else "service_started"


def _translated(resource: Resource, fields: Translations) -> Fields:
    """The inputs of a resource as Compose has them, in the order of the table."""
    if strange := sorted(set(resource.inputs) - set(fields)):
        raise ComposeError(
            f"{resource.type} {resource.name}: {', '.join(strange)} has no counterpart in the Compose file yet; "
            "delivery/compose.py says which inputs have one"
        )
    found: dict[str, Any] = {}
    for name, translate in fields.items():
        if resource.inputs.get(name) not in (None, [], {}):
            for key, value in translate(resource.inputs[name]).items():
                found[key] = {**found[key], **value} if isinstance(value, Mapping) and key in found else value
    return found


def _as(key: str) -> Callable[[Any], Fields]:
    return lambda value: {key: value}


def _megabytes(key: str) -> Callable[[int], Fields]:
    return lambda value: {key: f"{value}m"}


def _nothing(_value: Any) -> Fields:
    """How the engine of Pulumi goes about it, or what Compose does in a way of its own."""
    return {}


def _labels(labels: Sequence[Fields]) -> Fields:
    """Without the digest of the files, which only the engine of Pulumi can tell, and as managed by Compose."""
    told = {each["label"]: each["value"] for each in labels if each["label"] != DIGEST}
    return {"labels": told | {MANAGED_BY: "compose"}}


def _mount(mount: Fields) -> dict[str, Any]:
    if mount["type"] != "volume":
        raise ComposeError(
            f"a mount of the type {mount['type']} at {mount['target']}: volumes alone can be carried over"
        )
    readable = {"read_only": True} if mount.get("readOnly") else {}
    return {"type": "volume", "source": mount["source"], "target": mount["target"], **readable}


def _port(port: Fields) -> Fields:
    return {
        "target": port["internal"],
        "published": str(port["external"]),
        "host_ip": port["ip"],
        "protocol": port.get("protocol", "tcp"),
    }


def _capabilities(capabilities: Fields) -> Fields:
    return {f"cap_{name.removesuffix('s')}": value for name, value in capabilities.items() if value}


def _health(check: Fields) -> Fields:
    named = {"tests": "test", "interval": "interval", "timeout": "timeout", "retries": "retries"}
    return {"healthcheck": {(named | {"startPeriod": "start_period"})[name]: value for name, value in check.items()}}


SERVICE_FIELDS: Translations = {
    "name": _nothing,
    "hostname": _as("hostname"),
    "image": _as("image"),
    "entrypoints": _as("entrypoint"),
    "command": _as("command"),
    "user": _as("user"),
    "envs": lambda envs: {"environment": {name: value for name, _, value in (each.partition("=") for each in envs)}},
    "labels": _labels,
    "networksAdvanced": lambda networks: {
        "networks": {each["name"]: {"aliases": each["aliases"]} if each.get("aliases") else {} for each in networks}
    },
    "ports": lambda ports: {"ports": [_port(each) for each in ports]},
    "mounts": lambda mounts: {"volumes": [_mount(each) for each in mounts]},
    "tmpfs": lambda folders: {"tmpfs": [f"{folder}:{options}" for folder, options in folders.items()]},
    "readOnly": _as("read_only"),
    "privileged": _as("privileged"),
    "capabilities": _capabilities,
    "securityOpts": _as("security_opt"),
    "memory": _megabytes("mem_limit"),
    "memorySwap": _megabytes("memswap_limit"),
    "cpus": _as("cpus"),
    "shmSize": _megabytes("shm_size"),
    "healthcheck": _health,
    "restart": _as("restart"),
    "destroyGraceSeconds": lambda seconds: {"stop_grace_period": f"{seconds}s"},
    "logDriver": lambda driver: {"logging": {"driver": driver}},
    "logOpts": lambda options: {"logging": {"options": options}},
    # Part of the restart policy.
    "maxRetryCount": _nothing,
    **dict.fromkeys(("attach", "mustRun", "start", "wait", "waitTimeout"), _nothing),
}
NETWORK_FIELDS: Translations = {
    "name": _nothing,
    "driver": _as("driver"),
    "internal": _as("internal"),
    "options": _as("driver_opts"),
    "labels": _labels,
}
VOLUME_FIELDS: Translations = {
    # Filled by the engine of Pulumi: not to be made, and not to go with `docker compose down --volumes`.
    "name": lambda name: {"name": name, "external": True},
    "labels": _nothing,
}
"""Each input of the package under its own name, and what stands for it in the file."""


def _refuse_unknown(value: Any, path: str = "") -> None:
    """Refuse a secret, and what only the engine of Pulumi will know."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            # An unknown variable has no name of its own.
            _refuse_unknown(str(key), path)
            _refuse_unknown(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _refuse_unknown(each, f"{path}[{index}]")
    elif isinstance(value, str) and any(mark in value for mark in (SECRET, UNKNOWN, "[output of ")):
        what = "a secret" if SECRET in value else "known only once it is deployed"
        raise ComposeError(f"{path} is {what} and cannot stand in a Compose file")


def _escaped(value: Any) -> Any:
    """Compose puts a variable in the place of a `$` and what follows, unless it is doubled."""
    if isinstance(value, Mapping):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value
