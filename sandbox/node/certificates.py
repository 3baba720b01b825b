"""The node's own certificate authority and everything that it signs, by the `openssl` command."""

from __future__ import annotations

import base64
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.node.errors import NodeError
from sandbox.node.files import write

AUTHORITY_DAYS = 3650
LEAF_DAYS = 365
RENEW_BEFORE_SECONDS = 30 * 24 * 3600
"""A leaf with less time left is issued anew by the next start."""

_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
# Without a configuration of our own, openssl would add the extensions of the system's openssl.cnf to ours.
_CONFIGURATION = "[req]\ndistinguished_name = subject\nprompt = no\n[subject]\n"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate to be issued.

    Attributes:
        file: stem of its two files, `.crt` and `.key`.
        name: common name; for a client, its user name in Kubernetes.
        organisation: for a client, its group in Kubernetes.
        addresses: IP addresses and DNS names at which it serves; none makes it a client's certificate only.
    """

    file: str
    name: str
    organisation: str = ""
    addresses: tuple[str, ...] = ()


class Authority:
    """A certificate authority in a folder that only root can read."""

    def __init__(self, folder: Path, openssl: str) -> None:
        """Use a folder, which need not exist yet.

        Args:
            folder: where keys and certificates lie.
            openssl: path of the program.
        """
        self._folder = folder
        self._openssl = openssl

    @property
    def certificate(self) -> Path:
        """The authority's own certificate, which everyone trusts."""
        return self.path("ca.crt")

    def path(self, name: str) -> Path:
        """A file of the authority's folder by its name."""
        return self._folder / name

    def ensure(self) -> None:
        """Have the authority itself, the service accounts' signing key and the key for secrets at rest."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._configuration().write_text(_CONFIGURATION)
        if not self.certificate.exists():
            extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
            self._request("ca", "/CN=etl-sandbox", AUTHORITY_DAYS, (*extensions, "subjectKeyIdentifier=hash"))
        public = self.path("service-accounts.pub")
        if not public.exists():
            key, part = self.path("service-accounts.key"), self.path("service-accounts.pub.part")
            self._call("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", str(key))
            self._call("pkey", "-in", str(key), "-pubout", "-out", str(part))
            part.replace(public)
        encryption = self.path("secrets-at-rest.yaml")
        if not encryption.exists():
            write(encryption, _encryption_configuration(secrets.token_bytes(32)), mode=0o600)

    def issue(self, leaf: Leaf) -> None:
        """Have the leaf's key and certificate; a certificate near its end is replaced."""
        certificate = self.path(f"{leaf.file}.crt")
        if certificate.exists() and self._lasts(certificate):
            return
        certificate.unlink(missing_ok=True)
        usage = "clientAuth,serverAuth" if leaf.addresses else "clientAuth"
        extensions = [
            "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature",
            f"extendedKeyUsage={usage}",
            "subjectKeyIdentifier=hash",
            "authorityKeyIdentifier=keyid",
        ]
        if leaf.addresses:
            names = (f"{'IP' if address[0].isdigit() else 'DNS'}:{address}" for address in leaf.addresses)
            extensions.append("subjectAltName=" + ",".join(names))
        subject = (f"/O={leaf.organisation}" if leaf.organisation else "") + f"/CN={leaf.name}"
        signer = ("-CA", str(self.certificate), "-CAkey", str(self.path("ca.key")))
        self._request(leaf.file, subject, LEAF_DAYS, tuple(extensions), signer)

    def _request(
        self, file: str, subject: str, days: int, extensions: tuple[str, ...], signer: tuple[str, ...] = ()
    ) -> None:
        # The certificate is moved into place last: its presence says that its key is there and belongs to it.
        key, certificate = self.path(f"{file}.key.part"), self.path(f"{file}.crt.part")
        added = [word for extension in extensions for word in ("-addext", extension)]
        serial = str(secrets.randbits(120))
        self._call(
            *("req", "-x509", "-config", str(self._configuration()), *_CURVE, *signer, "-subj", subject),
            *("-days", str(days), "-set_serial", serial, "-keyout", str(key), "-out", str(certificate), *added),
        )
        key.replace(self.path(f"{file}.key"))
        certificate.replace(self.path(f"{file}.crt"))

    def _lasts(self, certificate: Path) -> bool:
        command = (self._openssl, "x509", "-noout", "-in", str(certificate), "-checkend", str(RENEW_BEFORE_SECONDS))
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _configuration(self) -> Path:
        return self.path("openssl.cnf")

    def _call(self, *arguments: str) -> None:
        done = subprocess.run((self._openssl, *arguments), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise NodeError(f"openssl {arguments[0]} failed in {self._folder}: {reason}")


def _encryption_configuration(key: bytes) -> str:
    encoded = base64.b64encode(key).decode()
    return (
        "apiVersion: apiserver.config.k8s.io/v1\n"
        "kind: EncryptionConfiguration\n"
        "resources:\n"
        "  - resources: [secrets]\n"
        "    providers:\n"
        f"      - secretbox: {{keys: [{{name: sandbox, secret: {encoded}}}]}}\n"
        "      - identity: {}\n"
    )
