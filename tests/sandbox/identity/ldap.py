"""A real directory (LDAP over TLS) for the tests: UnboundID's server in memory, on loopback, by Keycloak's own Java."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificate

from sandbox.toolchain.paths import Paths
from tests.sandbox.authority import Authority
from tests.sandbox.ports import free_port

ARTIFACT = "com.unboundid:unboundid-ldapsdk"
SUM = "7f1b9141f2c955d3a03b3f5da2c450bd616826e921a87fc19264a3f22b35e2fb"  # SHA-256 of the version in versions.toml
PROGRAM = "com.unboundid.ldap.listener.InMemoryDirectoryServerTool"
BASE = "dc=example,dc=com"
PEOPLE = f"ou=people,{BASE}"
ACCOUNT = f"cn=etl,{BASE}"
PATIENCE = 120  # seconds; a bound against hanging, not a measure


@dataclass(frozen=True)
class Running:
    """Where the directory is, and the password of `ACCOUNT`."""

    url: str
    password: str


@contextmanager
def directory(java: Path, folder: Path, authority: Authority, people: Mapping[str, str]) -> Iterator[Running]:
    """A directory of these people, password by name, with a certificate of the authority; it ends with the block.

    Args:
        java: the Java runtime's home.
        folder: for its files.
    """
    password, port = secrets.token_urlsafe(18), free_port()
    data, store, opened = folder / "data.ldif", folder / "store.p12", secrets.token_hex(12)
    for file in (data, store):
        file.touch(mode=0o600)
    data.write_text(_entries(password, people))
    store.write_bytes(_key_store(authority, opened))
    options = {
        "port": port,
        "baseDN": BASE,
        "ldifFile": data,
        "keyStorePath": store,
        "keyStoreType": "PKCS12",
        "authenticationRequiredOperationType": "search",
    }
    # The options lie in a file, so that the key store's password is on no argument list.
    settings = folder / "options.properties"
    settings.touch(mode=0o600)
    lines = [f"{name}={value}" for name, value in {**options, "useSSL": "true", "keyStorePassword": opened}.items()]
    settings.write_text("\n".join(lines) + "\n")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [java / "bin/java", "-Xmx64m", "-cp", _jar(), PROGRAM, "--propertiesFilePath", settings],
            stdout=log,
            stderr=log,
        )
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(port):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, "the directory does not answer"
            time.sleep(0.2)
        yield Running(f"ldaps://localhost:{port}", password)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _jar() -> Path:
    """The program, fetched once."""
    version = tomllib.loads((Paths.find().root / "versions.toml").read_text())["tests"][ARTIFACT]
    jar = Paths.find().cache / "tests" / f"{ARTIFACT.rpartition(':')[2]}-{version}.jar"
    if not jar.exists():
        half = jar.parent / f".{secrets.token_hex(4)}"
        copy = ["mvn", "--quiet", "--batch-mode", "dependency:copy", f"-Dartifact={ARTIFACT}:{version}"]
        done = subprocess.run([*copy, f"-DoutputDirectory={half}"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (half / jar.name).rename(jar)
        shutil.rmtree(half)
    assert hashlib.sha256(jar.read_bytes()).hexdigest() == SUM, f"{jar} is not the {ARTIFACT} that was chosen"
    return jar


def _entries(password: str, people: Mapping[str, str]) -> str:
    top = f"dn: {BASE}\nobjectClass: domain\ndc: example\n\ndn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n"
    account = f"dn: {ACCOUNT}\nobjectClass: applicationProcess\ncn: etl\nuserPassword: {password}\n"
    return "\n".join([top, account, *(_person(name, of) for name, of in people.items())])


def _person(name: str, password: str) -> str:
    lines = {
        "dn": f"uid={name},{PEOPLE}",
        "objectClass": "inetOrgPerson\nobjectClass: organizationalPerson",
        "uid": name,
        "cn": name.capitalize(),
        "givenName": name.capitalize(),
        "sn": "Of-the-directory",
        "mail": f"{name}@directory.example.com",
        "userPassword": password,
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


def _key_store(authority: Authority, password: str) -> bytes:
    certificate, key = (text.encode() for text in authority.issue("127.0.0.1", "localhost"))
    loaded = load_pem_private_key(key, None)
    return pkcs12.serialize_key_and_certificates(
        b"directory",
        loaded,  # type: ignore[arg-type]  # of the kinds that PKCS #12 knows, as the authority makes it
        load_pem_x509_certificate(certificate),
        None,
        BestAvailableEncryption(password.encode()),
    )


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
