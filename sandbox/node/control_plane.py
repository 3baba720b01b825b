"""etcd, the API server, the controller manager and the scheduler."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request

from sandbox.node.certificates import Authority, Leaf
from sandbox.node.layout import (
    API_PORT,
    API_SERVICE_ADDRESS,
    CLUSTER_DOMAIN,
    LOOPBACK,
    NODE_ADDRESS,
    NODE_NAME,
    POD_CIDR,
    SERVICE_CIDR,
    Layout,
)
from sandbox.node.processes import Component

ETCD_URL = f"https://{LOOPBACK}:2379"
_PEER_URL = f"https://{LOOPBACK}:2380"
_LEAN = {"GOGC": "50"}
"""Collect garbage at half the growth that Go allows by default: a third less memory for a little more CPU."""

_FRONT_PROXY = "front-proxy"

LEAVES = (
    Leaf("etcd", "etcd", addresses=(LOOPBACK,)),
    Leaf("etcd-client", "kube-apiserver"),
    Leaf(
        "apiserver",
        "kube-apiserver",
        addresses=(
            NODE_ADDRESS,
            API_SERVICE_ADDRESS,
            "127.0.0.1",
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            f"kubernetes.default.svc.{CLUSTER_DOMAIN}",
        ),
    ),
    Leaf("apiserver-kubelet", "kube-apiserver-kubelet-client", "etl-sandbox:kubelet-clients"),
    Leaf("admin", "etl-sandbox-admin", "system:masters"),
    Leaf("controller-manager", "system:kube-controller-manager", addresses=(LOOPBACK,)),
    Leaf("scheduler", "system:kube-scheduler", addresses=(LOOPBACK,)),
    Leaf("kubelet", f"system:node:{NODE_NAME}", "system:nodes", addresses=(NODE_ADDRESS, NODE_NAME)),
    Leaf("kube-proxy", "system:kube-proxy"),
    Leaf("agent", "etl-sandbox:agent"),
    Leaf(_FRONT_PROXY, _FRONT_PROXY),
)
"""Every certificate of the node; the names and groups are those that Kubernetes' default RBAC knows."""

KUBECONFIG_USERS = ("admin", "controller-manager", "scheduler", "kubelet", "kube-proxy", "agent")


def etcd(layout: Layout, authority: Authority) -> Component:
    """Describe etcd on a loopback address, where both sides show a certificate."""
    certificate, key, ca = authority.path("etcd.crt"), authority.path("etcd.key"), authority.certificate
    argv = (
        layout.program("etcd"),
        f"--name={NODE_NAME}",
        f"--data-dir={layout.etcd}",
        f"--listen-client-urls={ETCD_URL}",
        f"--advertise-client-urls={ETCD_URL}",
        f"--listen-peer-urls={_PEER_URL}",
        f"--initial-advertise-peer-urls={_PEER_URL}",
        f"--initial-cluster={NODE_NAME}={_PEER_URL}",
        *(f"--cert-file={certificate}", f"--key-file={key}"),
        *(f"--trusted-ca-file={ca}", "--client-cert-auth"),
        *(f"--peer-cert-file={certificate}", f"--peer-key-file={key}"),
        *(f"--peer-trusted-ca-file={ca}", "--peer-client-cert-auth"),
        # The default of 100,000 entries between snapshots keeps them all in memory.
        "--snapshot-count=5000",
        "--logger=zap",
        "--log-level=warn",
    )
    return Component("etcd", argv, (certificate, ca))


def api_server(layout: Layout, authority: Authority) -> Component:
    """The API server at the node's own address, with RBAC, the Node authoriser and encrypted secrets."""
    pki = authority.path
    argv = (
        layout.program("kube-apiserver"),
        f"--bind-address={NODE_ADDRESS}",
        f"--advertise-address={NODE_ADDRESS}",
        f"--secure-port={API_PORT}",
        f"--etcd-servers={ETCD_URL}",
        f"--etcd-cafile={authority.certificate}",
        f"--etcd-certfile={pki('etcd-client.crt')}",
        f"--etcd-keyfile={pki('etcd-client.key')}",
        f"--tls-cert-file={pki('apiserver.crt')}",
        f"--tls-private-key-file={pki('apiserver.key')}",
        f"--client-ca-file={authority.certificate}",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--encryption-provider-config={pki('secrets-at-rest.yaml')}",
        f"--service-account-issuer=https://kubernetes.default.svc.{CLUSTER_DOMAIN}",
        f"--service-account-key-file={pki('service-accounts.pub')}",
        f"--service-account-signing-key-file={pki('service-accounts.key')}",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        f"--kubelet-certificate-authority={authority.certificate}",
        f"--kubelet-client-certificate={pki('apiserver-kubelet.crt')}",
        f"--kubelet-client-key={pki('apiserver-kubelet.key')}",
        # The one certificate that may speak for others: the API server's own, towards extensions of the API.
        f"--requestheader-client-ca-file={authority.certificate}",
        f"--requestheader-allowed-names={_FRONT_PROXY}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki('front-proxy.crt')}",
        f"--proxy-client-key-file={pki('front-proxy.key')}",
        # The node's name resolves nowhere; logs and exec must go by address.
        "--kubelet-preferred-address-types=InternalIP",
        "--profiling=false",
    )
    files = tuple(
        pki(name)
        for name in ("ca.crt", "apiserver.crt", "etcd-client.crt", "apiserver-kubelet.crt", "secrets-at-rest.yaml")
    )
    return Component("kube-apiserver", argv, files, _LEAN)


def controller_manager(layout: Layout, authority: Authority) -> Component:
    """The controllers, each with a service account of its own."""
    kubeconfig, pki = layout.kubeconfig("controller-manager"), authority.path
    argv = (
        layout.program("kube-controller-manager"),
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--bind-address={LOOPBACK}",
        f"--tls-cert-file={pki('controller-manager.crt')}",
        f"--tls-private-key-file={pki('controller-manager.key')}",
        f"--client-ca-file={authority.certificate}",
        f"--root-ca-file={authority.certificate}",
        f"--service-account-private-key-file={pki('service-accounts.key')}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--allocate-node-cidrs=false",
        f"--flex-volume-plugin-dir={layout.volume_plugins}",
        f"--cluster-cidr={POD_CIDR}",
        # A node that comes back is used again within seconds.
        "--node-monitor-period=2s",
        "--profiling=false",
    )
    return Component("kube-controller-manager", argv, (kubeconfig, pki("controller-manager.crt")), _LEAN)


def scheduler(layout: Layout, authority: Authority) -> Component:
    """The default scheduler."""
    kubeconfig, pki = layout.kubeconfig("scheduler"), authority.path
    argv = (
        layout.program("kube-scheduler"),
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--bind-address={LOOPBACK}",
        f"--tls-cert-file={pki('scheduler.crt')}",
        f"--tls-private-key-file={pki('scheduler.key')}",
        f"--client-ca-file={authority.certificate}",
        "--leader-elect=false",
        "--profiling=false",
    )
    return Component("kube-scheduler", argv, (kubeconfig, pki("scheduler.crt")), _LEAN)


def unhealthy(url: str, authority: Authority) -> str | None:
    """Ask a component's health endpoint.

    Args:
        url: of the endpoint.
        authority: to verify the server and, for etcd, to show a client's certificate.

    Returns:
        None when it answers 200, else what it said.
    """
    tls = ssl.create_default_context(cafile=str(authority.certificate))
    tls.load_cert_chain(authority.path("etcd-client.crt"), authority.path("etcd-client.key"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls))
    try:
        with opener.open(url, timeout=3):
            return None
    except urllib.error.HTTPError as error:
        return f"{url} answers {error.code}"
    except OSError as error:
        return f"{url} does not answer: {getattr(error, 'reason', error)}"
