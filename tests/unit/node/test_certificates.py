from __future__ import annotations

import base64
import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.node import certificates
from sandbox.node.certificates import Authority, Leaf
from sandbox.node.errors import NodeError
from sandbox.node.kubeconfig import write_kubeconfig

OPENSSL = shutil.which("openssl") or "openssl"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    found = Authority(tmp_path / "pki", OPENSSL)
    found.ensure()
    return found


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_servers_certificate_names_its_addresses_and_is_signed_by_the_authority(authority: Authority) -> None:
    authority.issue(Leaf("api", "kube-apiserver", addresses=("10.244.255.1", "kubernetes.default.svc")))

    certificate = load(authority.path("api.crt"))
    certificate.verify_directly_issued_by(load(authority.certificate))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["10.244.255.1"]
    assert names.get_values_for_type(x509.DNSName) == ["kubernetes.default.svc"]


def test_a_clients_certificate_carries_user_and_group_and_serves_nothing(authority: Authority) -> None:
    authority.issue(Leaf("kubelet", "system:node:etl-sandbox", "system:nodes"))

    certificate = load(authority.path("kubelet.crt"))
    subject = {a.oid: a.value for a in certificate.subject}
    assert subject == {NameOID.COMMON_NAME: "system:node:etl-sandbox", NameOID.ORGANIZATION_NAME: "system:nodes"}
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_leaf_can_sign_nothing(authority: Authority) -> None:
    authority.issue(Leaf("client", "client"))

    constraints = load(authority.path("client.crt")).extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert not constraints.value.ca


def test_the_key_belongs_to_the_certificate_and_only_root_reads_it(authority: Authority) -> None:
    authority.issue(Leaf("client", "client"))

    key = authority.path("client.key")
    public = subprocess.run((OPENSSL, "pkey", "-in", key, "-pubout"), capture_output=True, check=True).stdout
    expected = load(authority.path("client.crt")).public_key()
    assert isinstance(expected, ec.EllipticCurvePublicKey)
    assert f"{expected.public_numbers().x:064x}" in subprocess.run(
        (OPENSSL, "ec", "-pubin", "-text", "-noout"), input=public, capture_output=True, check=True
    ).stdout.decode().replace(":", "").replace("\n", "").replace(" ", "")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_issuing_twice_changes_nothing(authority: Authority) -> None:
    authority.issue(Leaf("client", "client"))
    before = {path.name: path.read_bytes() for path in authority.certificate.parent.iterdir()}

    authority.ensure()
    authority.issue(Leaf("client", "client"))

    assert {path.name: path.read_bytes() for path in authority.certificate.parent.iterdir()} == before


def test_a_certificate_near_its_end_is_issued_anew(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "LEAF_DAYS", 29)
    authority.issue(Leaf("client", "client"))
    short = load(authority.path("client.crt"))
    monkeypatch.undo()

    authority.issue(Leaf("client", "client"))

    assert load(authority.path("client.crt")).not_valid_after_utc > short.not_valid_after_utc


def test_an_issue_that_was_cut_short_is_done_again(authority: Authority) -> None:
    authority.issue(Leaf("client", "client"))
    authority.path("client.crt").unlink()

    authority.issue(Leaf("client", "client"))

    load(authority.path("client.crt")).verify_directly_issued_by(load(authority.certificate))


def test_secrets_at_rest_are_encrypted_with_a_key_of_32_bytes_that_only_root_reads(authority: Authority) -> None:
    path = authority.path("secrets-at-rest.yaml")

    line = next(line for line in path.read_text().splitlines() if "secretbox" in line)
    assert len(base64.b64decode(line.split("secret: ")[1].split("}")[0])) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_openssl_s_own_reason_is_passed_on(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki", "/bin/false")

    with pytest.raises(NodeError, match=f"openssl req failed in {tmp_path}/pki: no reason given"):
        authority.ensure()


def test_a_kubeconfig_is_self_contained_and_private(authority: Authority, tmp_path: Path) -> None:
    authority.issue(Leaf("admin", "admin", "system:masters"))
    target = tmp_path / "kubeconfig"

    write_kubeconfig(target, authority, "admin")

    content = json.loads(target.read_text())
    assert content["current-context"] == "etl-sandbox"
    assert base64.b64decode(content["users"][0]["user"]["client-certificate-data"]) == (
        authority.path("admin.crt").read_bytes()
    )
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
