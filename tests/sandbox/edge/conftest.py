"""Traefik as the program declares it, before a real API server: its own account, its own namespace, and no node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from components.network.edge.configuration import text
from components.network.edge.names import HTTP_PORT, HTTPS_PORT, INTERNAL_PORT, NAMESPACE
from sandbox.toolchain.session import Session
from tests.sandbox.authority import Authority
from tests.sandbox.edge.lab import STACK, Cluster, Way, ask, declared, kubeconfig, program, served, wait
from tests.sandbox.ports import free_port
from tests.unit.program.conftest import recorded


@pytest.fixture(scope="session")
def session() -> Session:
    """The toolchain, with the proxy built."""
    found = Session.open()
    missing = [part.name for part in found.parts if part.name in {"traefik", "kubernetes", "etcd"} and not part.ready()]
    # Where all is built nothing is locked, and no `make up` is waited for.
    if missing:
        found.build(missing)
    return found


@pytest.fixture(scope="session")
def cluster(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder, bin_, port = tmp_path_factory.mktemp("cluster"), session.paths.bin, free_port()
    client, peer = free_port(), free_port()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "accounts.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    (folder / "tokens.csv").write_text('admin,admin,admin,"system:masters"\n')
    with ExitStack() as running:
        running.enter_context(
            program(
                [
                    str(bin_ / "etcd"), f"--data-dir={folder / 'etcd'}",
                    f"--listen-client-urls=http://127.0.0.1:{client}", f"--advertise-client-urls=http://127.0.0.1:{client}",
                    f"--listen-peer-urls=http://127.0.0.1:{peer}", f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
                    f"--initial-cluster=default=http://127.0.0.1:{peer}",
                ],
                folder / "etcd.log",
            )
        )  # fmt: skip
        running.enter_context(
            program(
                [
                    str(bin_ / "kube-apiserver"), f"--etcd-servers=http://127.0.0.1:{client}",
                    "--bind-address=127.0.0.1", f"--secure-port={port}", f"--cert-dir={folder / 'certificates'}",
                    "--authorization-mode=RBAC", f"--token-auth-file={folder / 'tokens.csv'}",
                    "--service-cluster-ip-range=10.0.0.0/24", "--service-account-issuer=https://test",
                    f"--service-account-key-file={folder / 'accounts.key'}",
                    f"--service-account-signing-key-file={folder / 'accounts.key'}",
                ],
                folder / "api-server.log",
            )
        )  # fmt: skip
        found = Cluster(bin_ / "kubectl", kubeconfig(folder / "admin.yaml", port, "admin"))
        wait(lambda: found.run("get", "--raw=/readyz") == "ok", folder / "api-server.log")
        yield found


@pytest.fixture(scope="session")
def way(session: Session, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """The proxy, with the declared configuration, objects and rights; only its ports are others."""
    folder, authority = tmp_path_factory.mktemp("edge"), Authority()
    ports = {port: free_port() for port in (HTTPS_PORT, HTTP_PORT, INTERNAL_PORT)}
    (folder / "ca.pem").write_text(authority.certificate)
    versions = session.versions
    for name in (f"gateway-api-{versions.crds['gateway-api'][1:]}", f"traefik-{versions.go['traefik'][1:]}"):
        cluster.run("apply", "--server-side", f"--filename={session.paths.manifests / name}.yaml")
    with ExitStack() as running:
        backend = running.enter_context(served(authority, folder))
        objects = declared(authority, backend, ports)
        order = ("Namespace", "ServiceAccount")
        objects.sort(key=lambda each: order.index(each["kind"]) if each["kind"] in order else len(order))
        wait(lambda: cluster.run("get", "gatewayclasses,middlewares.traefik.io", "-A") is not None, folder / "ca.pem")
        cluster.run("apply", "--server-side", "--filename=-", content=yaml.safe_dump_all(objects))
        token = cluster.run("create", "token", "edge", f"--namespace={NAMESPACE}").strip()
        configuration = text(f"etl-platform/environment={STACK}")
        for declared_port, port in ports.items():
            configuration = configuration.replace(f":{declared_port}", f":{port}")
        (folder / "traefik.yaml").write_text(configuration)
        api = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        own = kubeconfig(folder / "account.yaml", int(api.rpartition(":")[2]), token)
        log = folder / "traefik.log"
        argv = [str(session.paths.bin / "traefik"), f"--configfile={folder / 'traefik.yaml'}"]
        running.enter_context(program(argv, log, KUBECONFIG=str(own)))
        host = next(each for each in recorded(STACK).outputs["edge"]["hosts"] if each.startswith("id."))
        made = Way(host, "127.0.0.1", ports[HTTPS_PORT], ports[HTTP_PORT], ports[INTERNAL_PORT], folder / "ca.pem", log)
        wait(lambda: ask(made, "/realms/etl").startswith(b"HTTP/1.1 200"), log)
        yield made
