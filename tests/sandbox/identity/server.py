"""A real Keycloak for the tests alone: the sandbox's own image, with the platform's own configuration, as a process.

It differs from the deployed one in its database, which is a file, and in being one process without a cluster.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from components.identity import configuration as conf
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.session import Session
from tests.sandbox.authority import Authority

HOSTNAME = "id.tests.example.com"
START_SECONDS = 300
PARTS = ("opt/keycloak", "usr/lib/jvm/java")
OWN = ("db", "https-port", "http-management-port", "cache")
"""Lines of the platform's configuration that a process on this machine cannot have."""


@dataclass
class Server:
    """Keycloak as one process; `folder` holds its installation, settings, data and log."""

    folder: Path
    authority: Authority
    administrator: tuple[str, str]
    port: int = field(default_factory=lambda: _free_port())
    management: int = field(default_factory=lambda: _free_port())
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address on this machine, where the engine and the admin API reach it."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def public(self) -> Mapping[str, Any]:
        """What the stack's output `keycloak` says of the deployed one."""
        return {"url": f"https://{HOSTNAME}", "address": "127.0.0.1", "port": self.port}

    @property
    def log(self) -> str:
        """All that it has logged."""
        return (self.folder / "log").read_text()

    @property
    def authority_file(self) -> Path:
        """Its authority's certificate."""
        return self.settings / "ca.crt"

    @property
    def settings(self) -> Path:
        """What is mounted into the deployed one."""
        return self.folder / "settings"

    def metrics(self) -> str:
        """What its management port tells Prometheus."""
        answer = requests.get(
            f"https://127.0.0.1:{self.management}/metrics", verify=str(self.authority_file), timeout=30
        )
        assert answer.ok, answer.text
        return answer.text

    def certify(self) -> None:
        """Give it a new certificate, as a renewal does."""
        certificate, key = self.authority.issue("127.0.0.1", HOSTNAME)
        (self.settings / "tls.crt").write_text(certificate)
        (self.settings / "tls.key").write_text(key)

    def install(self) -> None:
        """Unpack the image, write the settings, and optimise as the deployed pod does."""
        _unpack(_image(), self.folder, PARTS)
        self.settings.mkdir()
        self.authority_file.write_text(self.authority.certificate)
        self.certify()
        (self.settings / "keycloak.conf").write_text(self._configuration())
        with (self.folder / "log").open("wb") as log:
            subprocess.run(self._command("build"), env=self._environment, stdout=log, stderr=log, check=True)

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("start", "--optimized"),
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while not self._ready():
            assert self._process.poll() is None, f"Keycloak ended:\n{self.log[-4000:]}"
            assert time.monotonic() < end, f"Keycloak is not ready after {START_SECONDS} s:\n{self.log[-4000:]}"
            time.sleep(0.5)

    def stop(self) -> None:
        """End it."""
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(timeout=60)

    def _ready(self) -> bool:
        try:
            address = f"https://127.0.0.1:{self.management}/health/ready"
            return requests.get(address, verify=str(self.authority_file), timeout=5).ok
        except requests.ConnectionError:
            return False

    def _configuration(self) -> str:
        nowhere = conf.Connection("none", 5432, database="none", username="none", password="none", pool=1)
        text = conf.keycloak_conf(
            hostname=f"https://{HOSTNAME}", connection=nowhere, administrator=self.administrator
        ).replace(conf.SETTINGS, str(self.settings))
        kept = [line for line in text.splitlines() if not line.startswith(OWN)]
        ours = ["db=dev-file", f"https-port={self.port}", f"http-management-port={self.management}", "cache=local"]
        return "\n".join([*kept, *ours, ""])

    def _command(self, *words: str) -> list[str]:
        home = self.folder / PARTS[0]
        return [str(home / "bin/kc.sh"), f"--config-file={self.settings / 'keycloak.conf'}", *words]

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "JAVA_HOME": str(self.folder / PARTS[1]),
            "JAVA_OPTS_KC_HEAP": "-Xms256m -Xmx640m",
            "LANG": "C.UTF-8",
        }


@contextmanager
def running(folder: Path, administrator: tuple[str, str]) -> Iterator[Server]:
    """A server of one's own, removed from the process list afterwards."""
    server = Server(folder, Authority(), administrator)
    server.install()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _image() -> Path:
    """The archive of Keycloak's image, built if it is not there yet."""
    Session.open().build(["image-keycloak"])
    return max(Paths.find().images.glob("keycloak-*.tar"), key=lambda archive: archive.stat().st_mtime)


def _unpack(archive: Path, folder: Path, parts: tuple[str, ...]) -> None:
    """Unpack some folders of an image in OCI's layout."""
    with tarfile.open(archive) as image:

        def blob(digest: str) -> bytes:
            member = image.extractfile(f"blobs/{digest.replace(':', '/')}")
            assert member, digest
            return member.read()

        index = image.extractfile("index.json")
        assert index
        manifest = json.loads(blob(json.load(index)["manifests"][0]["digest"]))
        for layer in manifest["layers"]:
            content = blob(layer["digest"])
            content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            with tarfile.open(fileobj=io.BytesIO(content)) as files:
                wanted = [each for each in files if each.name.removeprefix("./").startswith(parts)]
                files.extractall(folder, wanted, filter="fully_trusted")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
