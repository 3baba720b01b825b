"""A real Keycloak for the tests alone: the sandbox's own image, with the platform's own configuration, as a process.

It differs from the deployed one in its database, which is a file, and in being one process without a cluster.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import secrets
import signal
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
from components.identity.server import BOOTSTRAP
from components.workload import checksum
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.session import Session
from tests.sandbox.authority import Authority
from tests.sandbox.ports import free_port

HOSTNAME = "id.tests.example.com"
START_SECONDS = 600
PARTS = ("opt/keycloak", "usr/lib/jvm/java")
BUILT = ("db=", "features", "health-", "metrics-", "event-metrics-", "http-management-", "cache=")
"""Lines that change what `kc.sh build` makes."""

OURS = ["db=dev-file", "cache=local", "https-certificates-reload-period=30s"]
OWN = ("db", "https-port", "http-management-port", "cache", "https-certificates-reload-period")
"""Lines of the platform's configuration that a process on this machine cannot have, or a test cannot wait for."""


@dataclass(frozen=True)
class Installation:
    """The program, unpacked from the sandbox's image and optimised as the deployed pod does; for several servers."""

    folder: Path

    @property
    def home(self) -> Path:
        """Keycloak's own folder."""
        return self.folder / PARTS[0]

    @property
    def java(self) -> Path:
        """The Java runtime's."""
        return self.folder / PARTS[1]

    def command(self, settings: Path, *words: str) -> list[str]:
        """Run the server's program with the configuration in `settings`."""
        return [str(self.home / "bin/kc.sh"), f"--config-file={settings / 'keycloak.conf'}", *words]

    @property
    def environment(self) -> dict[str, str]:
        """What the program needs."""
        return {
            "PATH": os.environ["PATH"],
            "JAVA_HOME": str(self.java),
            "JAVA_OPTS_KC_HEAP": "-Xms256m -Xmx640m",
            "LANG": "C.UTF-8",
        }


def installed() -> Installation:
    """Unpack and optimise, once for each image and configuration; kept in the sandbox's cache.

    The options that count for it are the platform's own, but for the database's kind.
    """
    archive = _image()
    text = _configuration("none", Path("none"), ("none", "none"), OURS)
    built = "\n".join(line for line in text.splitlines() if line.startswith(BUILT))
    kept = Paths.find().cache / "tests" / f"{archive.stem}-{checksum({'built': built})}"
    if not kept.exists():
        half = kept.with_name(f".{kept.name}-{secrets.token_hex(4)}")
        _unpack(archive, half, PARTS)
        (half / "keycloak.conf").write_text(text)
        made = Installation(half)
        done = subprocess.run(
            made.command(half, "build"), env=made.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        half.rename(kept)
    return Installation(kept)


@dataclass
class Server:
    """Keycloak as one process; `folder` holds its settings, data and log.

    `bootstrap` is the id and secret of the client that administers at first. `person`, name and password, is a user
    beside it, as the platform's first versions had one.
    """

    program: Installation
    folder: Path
    authority: Authority
    bootstrap: tuple[str, str]
    person: tuple[str, str] | None = None
    port: int = field(default_factory=lambda: free_port())
    management: int = field(default_factory=lambda: free_port())
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

    def prepare(self) -> None:
        """Write its settings."""
        self.settings.mkdir()
        self.authority_file.write_text(self.authority.certificate)
        self.certify()
        data = f"jdbc:h2:file:{self.folder / 'data'};NON_KEYWORDS=VALUE"
        ours = [*OURS, f"db-url={data}", f"https-port={self.port}", f"http-management-port={self.management}"]
        if self.person:
            name, password = self.person
            ours += [f"bootstrap-admin-username={name}", f"bootstrap-admin-password={password}"]
        text = _configuration(f"https://{HOSTNAME}", self.settings, self.bootstrap, ours)
        (self.settings / "keycloak.conf").write_text(text)

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.program.command(self.settings, "start", "--optimized"),
                env=self.program.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while not self._ready():
            assert self._process.poll() is None, f"Keycloak ended:\n{self.log[-4000:]}"
            assert time.monotonic() < end, f"Keycloak is not ready after {START_SECONDS} s:\n{self.log[-4000:]}"
            time.sleep(0.5)

    @property
    def running(self) -> bool:
        """Whether the process that was started is still the one that runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it."""
        if self._process and self.running:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(timeout=60)

    def _ready(self) -> bool:
        try:
            address = f"https://127.0.0.1:{self.management}/health/ready"
            return requests.get(address, verify=str(self.authority_file), timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False


@contextmanager
def running(program: Installation, folder: Path, *, person: tuple[str, str] | None = None) -> Iterator[Server]:
    """A server of one's own, which has ended afterwards."""
    server = Server(program, folder, Authority(), (BOOTSTRAP, secrets.token_urlsafe(24)), person)
    server.prepare()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _configuration(hostname: str, settings: Path, bootstrap: tuple[str, str], ours: list[str]) -> str:
    """The platform's own configuration, with `ours` in the place of what a process here cannot have."""
    nowhere = conf.Connection("none", 5432, database="none", username="none", password="none", pool=1)
    text = conf.keycloak_conf(hostname=hostname, connection=nowhere, bootstrap=bootstrap)
    kept = [line for line in text.replace(conf.SETTINGS, str(settings)).splitlines() if not line.startswith(OWN)]
    return "\n".join([*kept, *ours, ""])


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
                files.extractall(folder, wanted, filter="fully_trusted")  # noqa: S202 - of an image that we built
