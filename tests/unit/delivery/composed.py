"""A container as the declaration has it and as Compose has it, both in one form that can be compared.

Read back by hand, field by field, and not by the tables that the file is written with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from components.local.container import DIGEST

Fields = Mapping[str, Any]

UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
LEFT_OUT = {"attach", "mustRun", "name", "start", "wait", "waitTimeout"}
"""Inputs that tell the engine of Pulumi how to go about it; and the name, since Compose gives its own."""


def declared(inputs: Fields, prefix: str) -> dict[str, Any]:
    """The inputs of a container, without what `LEFT_OUT` names.

    Args:
        inputs: as they were recorded.
        prefix: what the engine's names of the environment begin with.
    """
    capabilities, check = inputs.get("capabilities") or {}, inputs.get("healthcheck") or {}
    return {
        "hostname": inputs["hostname"],
        "image": inputs["image"],
        "entrypoints": inputs.get("entrypoints") or [],
        "command": inputs.get("command") or [],
        "user": inputs["user"],
        "envs": set(inputs.get("envs") or ()),
        "labels": {each["label"]: each["value"] for each in inputs["labels"]},
        "networksAdvanced": {
            each["name"].removeprefix(prefix): set(each.get("aliases") or ()) for each in inputs["networksAdvanced"]
        },
        "ports": {(each["ip"], each["external"], each["internal"]) for each in inputs.get("ports") or ()},
        "mounts": {
            (each["type"], each["source"].removeprefix(prefix), each["target"], bool(each.get("readOnly")))
            for each in inputs["mounts"]
        },
        "tmpfs": {f"{folder}:{options}" for folder, options in (inputs.get("tmpfs") or {}).items()},
        "readOnly": bool(inputs.get("readOnly")),
        "privileged": bool(inputs.get("privileged")),
        "capabilities": {name: set(each or ()) for name, each in capabilities.items() if each},
        "securityOpts": set(inputs.get("securityOpts") or ()),
        "memory": inputs.get("memory", 0) << 20,
        "memorySwap": inputs.get("memorySwap", 0) << 20,
        "cpus": float(inputs.get("cpus", 0)),
        "shmSize": inputs.get("shmSize", 0) << 20,
        "healthcheck": {name: seconds(each) if name in TIMES else each for name, each in check.items()},
        "restart": inputs.get("restart", "no"),
        "maxRetryCount": inputs.get("maxRetryCount") or 0,
        "destroyGraceSeconds": float(inputs["destroyGraceSeconds"]),
        "logDriver": inputs.get("logDriver"),
        "logOpts": inputs.get("logOpts"),
    }


def under_compose(inputs: Fields, prefix: str) -> dict[str, Any]:
    """The same, with the labels that the container has when Compose runs it."""
    found = declared(inputs, prefix)
    labels = {name: value for name, value in found["labels"].items() if name != DIGEST}
    return found | {"labels": labels | {"app.kubernetes.io/managed-by": "compose"}}


TIMES = {"interval": "interval", "timeout": "timeout", "startPeriod": "start_period"}


def composed(service: Fields) -> dict[str, Any]:
    """A service of the file, or of what Compose itself makes of it: amounts and durations may be written otherwise."""
    check, logs = service.get("healthcheck") or {}, service.get("logging") or {}
    restart, _, retries = str(service.get("restart", "no")).partition(":")
    health = {"tests": check.get("test"), "retries": check.get("retries")}
    health |= {name: seconds(check[key]) for name, key in TIMES.items() if key in check}
    return {
        "hostname": service.get("hostname"),
        "image": service.get("image"),
        "entrypoints": unescaped(service.get("entrypoint") or ()),
        "command": unescaped(service.get("command") or ()),
        "user": service.get("user"),
        "envs": {f"{name}={value}" for name, value in (service.get("environment") or {}).items()},
        "labels": dict(service.get("labels") or {}),
        "networksAdvanced": {
            name: set((joined or {}).get("aliases") or ()) for name, joined in (service.get("networks") or {}).items()
        },
        "ports": {
            (each.get("host_ip"), int(each["published"]), each["target"])
            for each in service.get("ports") or ()
            if each["protocol"] == "tcp"
        },
        "mounts": {
            (each["type"], each["source"], each["target"], bool(each.get("read_only")))
            for each in service.get("volumes") or ()
        },
        "tmpfs": set(service.get("tmpfs") or ()),
        "readOnly": bool(service.get("read_only")),
        "privileged": bool(service.get("privileged")),
        "capabilities": {
            f"{name}s": set(service[f"cap_{name}"]) for name in ("add", "drop") if service.get(f"cap_{name}")
        },
        "securityOpts": set(service.get("security_opt") or ()),
        "memory": amount(service.get("mem_limit", 0)),
        "memorySwap": amount(service.get("memswap_limit", 0)),
        "cpus": float(service.get("cpus", 0)),
        "shmSize": amount(service.get("shm_size", 0)),
        "healthcheck": health | {"tests": unescaped(check["test"])} if check else {},
        "restart": restart,
        "maxRetryCount": int(retries or 0),
        "destroyGraceSeconds": seconds(service.get("stop_grace_period", "10s")),
        "logDriver": logs.get("driver"),
        "logOpts": logs.get("options"),
    }


def unescaped(texts: Iterable[str]) -> list[str]:
    """What a program is given once Compose has put its variables in, of which there are none."""
    for each in texts:
        assert not re.search(r"(?<!\$)\$(?:\$\$)*(?!\$)", each), (
            f"Compose would take a $ for a variable of its own: {each}"
        )
    return [each.replace("$$", "$") for each in texts]


def amount(written: str | int) -> int:
    """Bytes."""
    found = re.fullmatch(r"(\d+)([bkmg]?)", str(written).lower())
    assert found, written
    return int(found[1]) * UNITS[found[2]]


def seconds(written: str) -> float:
    """A duration as Go writes it."""
    return sum(float(number) * SECONDS[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", written))
