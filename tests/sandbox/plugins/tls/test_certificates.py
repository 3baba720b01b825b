"""The plugin for keys and certificates, on the real engine."""

import ssl
import subprocess
from pathlib import Path

import pytest

from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project

pytestmark = pytest.mark.sandbox

PROGRAM = """
import pulumi
import pulumi_tls as tls

ca_key = tls.PrivateKey("ca-key", algorithm="ECDSA", ecdsa_curve="P384")
ca = tls.SelfSignedCert(
    "ca",
    private_key_pem=ca_key.private_key_pem,
    subject={{"common_name": "Test CA", "organization": "Tests"}},
    is_ca_certificate=True,
    allowed_uses=["cert_signing", "crl_signing"],
    validity_period_hours=24,
    early_renewal_hours={early},
)
key = tls.PrivateKey("key", algorithm="RSA", rsa_bits=2048)
request = tls.CertRequest(
    "request",
    private_key_pem=key.private_key_pem,
    subject={{"common_name": "{name}"}},
    dns_names=["{name}", "other.test"],
    ip_addresses=["127.0.0.1"],
)
cert = tls.LocallySignedCert(
    "cert",
    ca_cert_pem=ca.cert_pem,
    ca_private_key_pem=ca_key.private_key_pem,
    cert_request_pem=request.cert_request_pem,
    allowed_uses=["digital_signature", "key_encipherment", "server_auth"],
    validity_period_hours=12,
    early_renewal_hours={early},
)
pulumi.export("ca", ca.cert_pem)
pulumi.export("cert", cert.cert_pem)
pulumi.export("key", key.private_key_pem)
pulumi.export("pkcs8", key.private_key_pem_pkcs8)
pulumi.export("openssh", key.private_key_openssh)
pulumi.export("ca-key", ca_key.private_key_pem)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, "certificates")
    project.write(PROGRAM.format(early=0, name="db.test"))
    return project


def replaced(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Which outputs are new."""
    return {name for name in after if after[name] != before[name]}


def test_certificates_are_made_kept_and_made_anew_when_asked_or_due(project: Project, tmp_path: Path) -> None:
    results = [project.preview()]
    assert changes(results[-1]) == {"create": 5}
    results.append(project.up())
    first = project.outputs()
    _verify(first, tmp_path)

    results.append(project.up())
    assert changes(results[-1]) == {}
    assert drift(project.refresh()) == {}

    # An early renewal that has not been reached is the one change that makes nothing anew.
    project.write(PROGRAM.format(early=1, name="db.test"))
    assert changes(project.up()) == {"update": 2}
    assert project.outputs() == first

    project.write(PROGRAM.format(early=1, name="new.test"))
    results.append(project.up())
    assert changes(results[-1]).get("replace") == 2
    second = project.outputs()
    assert replaced(first, second) == {"cert"}

    # Within these hours before its end, which is now, a certificate may be renewed.
    project.write(PROGRAM.format(early=48, name="new.test"))
    results.append(project.up())
    assert changes(results[-1]).get("replace") == 2
    assert "readyForRenewal" in results[-1].text
    third = project.outputs()
    assert replaced(second, third) == {"ca", "cert"}

    assert "PRIVATE KEY" not in "".join(result.text for result in results) + project.state_text()
    assert all("PRIVATE KEY" in third[name] for name in ("key", "pkcs8", "openssh", "ca-key"))
    assert changes(project.destroy()) == {"delete": 5}


def _verify(outputs: dict[str, str], folder: Path) -> None:
    for name in ("ca", "cert"):
        (folder / f"{name}.pem").write_text(outputs[name])
    check = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname"]
    good = subprocess.run([*check, "db.test", "-CAfile", "ca.pem", "cert.pem"], cwd=folder, check=False)
    bad = subprocess.run([*check, "no.test", "-CAfile", "ca.pem", "cert.pem"], cwd=folder, check=False)
    assert (good.returncode, bad.returncode != 0) == (0, True)
    (folder / "both.pem").write_text(outputs["cert"] + outputs["key"])
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(folder / "both.pem")


def test_what_cannot_be_made_is_refused_without_a_secret(project: Project) -> None:
    project.write(
        "import pulumi\nimport pulumi_tls as tls\n"
        "tls.CertRequest('request', private_key_pem=pulumi.Output.secret('hunter2-no-key'))\n"
    )
    text = project.up(fails=True).text
    assert "privateKeyPem is no private key in PEM" in text
    assert "hunter2" not in text
    project.write(
        "import pulumi_tls as tls\n"
        "key = tls.PrivateKey('key', algorithm='ED25519')\n"
        "tls.SelfSignedCert('cert', private_key_pem=key.private_key_pem, allowed_uses=['serving'],\n"
        "    validity_period_hours=1)\n"
    )
    text = project.preview(fails=True).text
    assert "allowedUses[0]" in text
    assert "server_auth" in text


def test_a_key_cannot_be_imported_and_the_refusal_says_why(project: Project) -> None:
    project.write(
        "import pulumi\nimport pulumi_tls as tls\n"
        "tls.PrivateKey('key', algorithm='RSA', opts=pulumi.ResourceOptions(import_='abc'))\n"
    )
    assert "exists only in the state" in project.up(fails=True).text
