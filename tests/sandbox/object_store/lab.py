"""The lab of the backups' scripts, with an S3-compatible store in place of a volume."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from components.databases.backup.jobs import BRING
from sandbox.toolchain.versions import Versions
from tests.sandbox.backups.lab import BOUND, DATABASE, TEAM, Ended, Lab, lab
from tests.sandbox.servers import BUCKET, Throwaway, object_store

PLACE = f"{BUCKET}/dev/backups/{TEAM}/{DATABASE}"
MODEL = "/data/model"
"""Beside the bucket, where no one looks for backups."""
RESTART = """
server=$(</tmp/rclone.pid); kill "$server"
while [[ $(</tmp/rclone.pid) == "$server" ]]; do sleep 0.05; done
until (exec 3<>/dev/tcp/127.0.0.1/9000) 2>/dev/null; do sleep 0.05; done
"""
KEYS, AUTHORITY = "store-keys", "store-authority"


@dataclass(frozen=True)
class StoreLab(Lab):
    """The server, the store, and the toolbox beside them."""

    store: Throwaway

    def run(self, script: str, *arguments: str, variables: Mapping[str, str] | None = None, before: str = "") -> Ended:
        """As the pods do: scratch is new to each run, and what it leaves there is gone with it."""
        given = {
            "STORE": PLACE, "STORE_ENDPOINT": self.endpoint, "STORE_REGION": "eu-central-1",
            "AUTHORITIES": f"/etc/{AUTHORITY}/ca.crt", **(variables or {}),
        }  # fmt: skip
        scratch = "export BACKUPS=$(mktemp -d); trap 'rm -rf \"$BACKUPS\"' EXIT\n"
        return super().run(script, *arguments, variables=given, before=scratch + before)

    @property
    def endpoint(self) -> str:
        """The store's address, by the name in its certificate."""
        return f"https://rclone.{self.store.namespace}.svc:{self.store.port}"

    def in_store(self, script: str) -> str:
        """Run a shell script where the store keeps this database's objects as files, and return what it said."""
        command = f"set -e; mkdir -p /data/{PLACE}; cd /data/{PLACE}; {script}"
        done = subprocess.run(
            ["kubectl", "exec", "--namespace", self.store.namespace, self.store.pod, "--", "bash", "-c", command],
            capture_output=True, text=True, timeout=BOUND, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def change(self, script: str) -> None:
        """Run one that changes files behind the store's back, and have it see them.

        It keeps listings in memory, and what was put or deleted through it even when it is told to forget them; and
        told to keep them for no time at all, it sometimes stands still for ever (rclone v1.73.2). So it starts anew.
        """
        self.in_store(f"{script}\n{RESTART}")

    def names(self) -> list[str]:
        """Backups and whatever else lies beside them."""
        return sorted(self.in_store("ls -A").split())

    def objects(self) -> list[str]:
        """Every object under this database's place, in a stable order."""
        return sorted(self.in_store("find . -type f | sed s,^./,,").split())

    def checksums(self, names: str = "*") -> str:
        """Of every object, or of those with such names."""
        return self.in_store(f"find . -name '{names}' -type f -print0 | sort -z | xargs -0 -r sha256sum")

    def manifest(self, name: str) -> dict[str, Any]:
        """What a backup says of itself."""
        found: dict[str, Any] = json.loads(self.in_store(f"cat {name}/manifest.json"))
        return found

    def model(self) -> None:
        """Make the backup of which `copies` are."""
        self.change(f"rm -rf {MODEL} && mv {self.backup()} {MODEL}")

    def copies(self, *names: str) -> None:
        """Whole backups of these moments."""
        self.change(" && ".join(f"cp -r {MODEL} {name}" for name in names))

    def clear(self) -> None:
        """An empty bucket, no outcome, and no database beside the one that is backed up."""
        self.change(f"rm -rf /data/{BUCKET} && mkdir /data/{BUCKET}")
        self.forget()


@contextmanager
def store_lab() -> Iterator[StoreLab]:
    """A server, a store, and the toolbox; all of it is removed afterwards."""
    with object_store() as store:
        keys = {"access-key-id": store.username, "secret-access-key": store.password}
        with lab(toolbox=with_client, secrets={KEYS: keys, AUTHORITY: {"ca.crt": store.authority}}) as made:
            yield StoreLab(made.server, made.password, store)


def with_client(pod: dict[str, Any]) -> dict[str, Any]:
    """The toolbox with the client that the jobs' pods bring along, the credentials, and the store's authority."""
    [container] = pod["spec"]["containers"]
    mounts = {"store": "/store", KEYS: "/etc/store", AUTHORITY: f"/etc/{AUTHORITY}"}
    container["volumeMounts"] += [{"name": name, "mountPath": path} for name, path in mounts.items()]
    pod["spec"]["volumes"] += [
        {"name": "store", "emptyDir": {}},
        *({"name": name, "secret": {"secretName": name, "defaultMode": 0o440}} for name in (KEYS, AUTHORITY)),
    ]
    pod["spec"]["initContainers"] = [
        {
            "name": "bring",
            "image": Versions.read().images["rclone"],
            "imagePullPolicy": "Never",
            "command": ["sh", "-ec", BRING],
            "volumeMounts": [{"name": "store", "mountPath": "/store"}],
        }
    ]
    return pod
