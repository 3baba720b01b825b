"""The properties of `docker:index/container:Container` that this plugin knows, as the vendor's package has them.

The engine makes a container once and changes next to nothing of it: whatever is no limit or policy replaces it.
"""

from __future__ import annotations

from typing import Any

from sandbox.plugins.declared.fields import (
    Kind,
    Table,
    boolean,
    integer,
    mapping,
    nested,
    ordered,
    result,
    string,
    unordered,
)
from sandbox.plugins.docker.labels import LABEL

RESTART = ("no", "on-failure", "always", "unless-stopped")
NEW: dict[str, Any] = {"replaces": True}

HEALTHCHECK: Table = {
    "tests": ordered(required=True),
    "interval": string(),
    "timeout": string(),
    "startPeriod": string(),
    "retries": integer(minimum=0),
}
MOUNT: Table = {
    "target": string(required=True),
    "type": string(required=True, choices=("bind", "volume", "tmpfs")),
    "source": string(),
    "readOnly": boolean(),
    "tmpfsOptions": nested({"mode": integer(), "sizeBytes": integer()}),
    "volumeOptions": nested({"noCopy": boolean()}),
}
UPLOAD: Table = {
    "file": string(required=True),
    "content": string(),
    "contentBase64": string(),
    "executable": boolean(),
    "permissions": string(),
    "owner": string(),
    "group": string(),
}
TABLE: Table = {
    "name": string(autonamed=True, **NEW),
    "image": string(required=True, **NEW),
    "command": ordered(computed=True, **NEW),
    "entrypoints": ordered(computed=True, **NEW),
    "user": string(computed=True, **NEW),
    "groupAdds": unordered(**NEW),
    "workingDir": string(computed=True, **NEW),
    "envs": unordered(computed=True, **NEW),
    "labels": unordered(fields=LABEL, **NEW),
    "hostname": string(computed=True, **NEW),
    "hosts": unordered(fields={"host": string(required=True), "ip": string(required=True)}, **NEW),
    "readOnly": boolean(**NEW),
    "mounts": unordered(fields=MOUNT, **NEW),
    "tmpfs": mapping(**NEW),
    "uploads": unordered(fields=UPLOAD, **NEW),
    "networkMode": string(computed=True, **NEW),
    "networksAdvanced": unordered(fields={"name": string(required=True), "aliases": unordered()}, **NEW),
    "ports": ordered(
        fields={
            "internal": integer(required=True),
            "external": integer(),
            "ip": string(default="0.0.0.0"),  # noqa: S104 - the package's default
            "protocol": string(default="tcp", choices=("tcp", "udp")),
        },
        **NEW,
    ),
    "capabilities": nested({"adds": unordered(), "drops": unordered()}, **NEW),
    "securityOpts": unordered(computed=True, **NEW),
    "privileged": boolean(**NEW),
    "init": boolean(computed=True, **NEW),
    "ulimits": unordered(
        fields={"name": string(required=True), "soft": integer(required=True), "hard": integer(required=True)}, **NEW
    ),
    "shmSize": integer(computed=True, **NEW),
    "memory": integer(minimum=0),
    "memorySwap": integer(minimum=-1),
    "cpus": string(),
    "healthcheck": nested(HEALTHCHECK, computed=True, **NEW),
    "restart": string(default="no", choices=RESTART),
    "maxRetryCount": integer(minimum=0),
    "stopSignal": string(computed=True, **NEW),
    "stopTimeout": integer(computed=True, **NEW),
    "logDriver": string(computed=True, **NEW),
    "logOpts": mapping(**NEW),
    # How the plugin goes about it; the engine knows nothing of these.
    "destroyGraceSeconds": integer(minimum=0),
    "removeVolumes": boolean(default=True),
    "start": boolean(default=True),
    "attach": boolean(),
    # One that ended although it is to run is made anew.
    "mustRun": boolean(default=True, replaces=True),
    "wait": boolean(default=False),
    "waitTimeout": integer(default=60, minimum=1),
    "bridge": result(),
    "exitCode": result(Kind.INTEGER),
    "networkDatas": result(Kind.LIST),
}
