"""What the engine is asked for when a container is made or changed."""

from __future__ import annotations

import base64
import io
import re
import tarfile
from collections.abc import Iterator
from typing import Any

from sandbox.plugins.docker.labels import labels_of
from sandbox.plugins.host import Inputs, PluginError

MEGABYTE = 1 << 20
CPU = 1_000_000_000
SECOND = 1_000_000_000
UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)")


def container(inputs: Inputs) -> dict[str, Any]:
    """The body of `POST /containers/create`."""
    networks = [each["name"] for each in inputs.get("networksAdvanced") or ()]
    mode = networks[0] if networks else inputs.get("networkMode") or "default"
    body = {
        "Image": inputs["image"],
        "Cmd": inputs.get("command"),
        "Entrypoint": inputs.get("entrypoints"),
        "User": inputs.get("user"),
        "WorkingDir": inputs.get("workingDir"),
        "Env": inputs.get("envs"),
        "Labels": labels_of(inputs),
        "Hostname": inputs.get("hostname"),
        "StopSignal": inputs.get("stopSignal"),
        "StopTimeout": inputs.get("stopTimeout"),
        "Healthcheck": _health(inputs.get("healthcheck")),
        "ExposedPorts": {_port(each): {} for each in inputs.get("ports") or ()},
        "HostConfig": {**_host(inputs), **limits(inputs), "NetworkMode": mode},
        "NetworkingConfig": {"EndpointsConfig": {name: endpoint(inputs, name) for name in networks[:1]}},
    }
    return {name: value for name, value in body.items() if value is not None}


def endpoint(inputs: Inputs, network: str) -> dict[str, Any]:
    """How the container joins one of its networks."""
    (found,) = (each for each in inputs["networksAdvanced"] if each["name"] == network)
    return {"Aliases": found.get("aliases") or []}


def limits(inputs: Inputs) -> dict[str, Any]:
    """What may change while the container runs: the body of `POST /containers/…/update`."""
    memory = inputs.get("memory") or 0
    swap = inputs.get("memorySwap")
    return {
        "Memory": memory * MEGABYTE,
        "MemorySwap": (swap if swap is not None and swap < 0 else (swap or 0) * MEGABYTE),
        "NanoCpus": round(float(inputs.get("cpus") or 0) * CPU),
        "RestartPolicy": {"Name": inputs["restart"], "MaximumRetryCount": inputs.get("maxRetryCount") or 0},
    }


def files(inputs: Inputs) -> bytes:
    """The uploads as a tar, by their absolute paths."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for each in inputs.get("uploads") or ():
            content = _content(each)
            member = tarfile.TarInfo(each["file"].lstrip("/"))
            member.size = len(content)
            member.mode = int(each.get("permissions") or ("0744" if each.get("executable") else "0644"), 8)
            member.uid, member.gid = int(each.get("owner") or 0), int(each.get("group") or 0)
            tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def nanoseconds(duration: str | None) -> int:
    """A duration as Go writes it, such as `1m30s`; 0 for none.

    Raises:
        PluginError: it is none.
    """
    found = _DURATION.findall(duration or "")
    if "".join(number + unit for number, unit in found) != (duration or ""):
        raise PluginError(f"{duration!r} is no duration; write it as 500ms, 10s or 1m30s")
    return sum(round(float(number) * UNITS[unit]) for number, unit in found)


def _host(inputs: Inputs) -> dict[str, Any]:
    capabilities = inputs.get("capabilities") or {}
    bindings: dict[str, list[dict[str, str]]] = {}
    for each in inputs.get("ports") or ():
        bindings.setdefault(_port(each), []).append({"HostIp": each["ip"], "HostPort": str(each.get("external") or "")})
    host = {
        "ReadonlyRootfs": bool(inputs.get("readOnly")),
        "Privileged": bool(inputs.get("privileged")),
        "CapAdd": capabilities.get("adds"),
        "CapDrop": capabilities.get("drops"),
        "SecurityOpt": inputs.get("securityOpts"),
        "GroupAdd": inputs.get("groupAdds"),
        "Init": inputs.get("init"),
        "PortBindings": bindings,
        "Mounts": [dict(_mount(each)) for each in inputs.get("mounts") or ()],
        "Tmpfs": inputs.get("tmpfs"),
        "ShmSize": inputs["shmSize"] * MEGABYTE if inputs.get("shmSize") else None,
        "ExtraHosts": [f"{each['host']}:{each['ip']}" for each in inputs.get("hosts") or ()],
        "Ulimits": [
            {"Name": each["name"], "Soft": each["soft"], "Hard": each["hard"]} for each in inputs.get("ulimits") or ()
        ],
        "LogConfig": {"Type": inputs.get("logDriver") or "", "Config": inputs.get("logOpts") or {}},
    }
    return {name: value for name, value in host.items() if value is not None}


def _mount(mount: Inputs) -> Iterator[tuple[str, Any]]:
    yield "Type", mount["type"]
    yield "Target", mount["target"]
    yield "ReadOnly", bool(mount.get("readOnly"))
    if mount.get("source"):
        yield "Source", mount["source"]
    if options := mount.get("tmpfsOptions"):
        yield "TmpfsOptions", {"SizeBytes": options.get("sizeBytes") or 0, "Mode": options.get("mode") or 0}
    if options := mount.get("volumeOptions"):
        yield "VolumeOptions", {"NoCopy": bool(options.get("noCopy"))}


def _health(check: Inputs | None) -> dict[str, Any] | None:
    if not check:
        return None
    return {
        "Test": check["tests"],
        "Interval": nanoseconds(check.get("interval")),
        "Timeout": nanoseconds(check.get("timeout")),
        "StartPeriod": nanoseconds(check.get("startPeriod")),
        "Retries": check.get("retries") or 0,
    }


def _port(port: Inputs) -> str:
    return f"{port['internal']}/{port['protocol']}"


def _content(upload: Inputs) -> bytes:
    if upload.get("contentBase64"):
        return base64.b64decode(upload["contentBase64"])
    return str(upload.get("content") or "").encode()
