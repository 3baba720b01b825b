"""The kubelet and kube-proxy: what runs pods on this machine and routes services to them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

from sandbox.node.certificates import Authority
from sandbox.node.files import write
from sandbox.node.layout import (
    CLUSTER_DOMAIN,
    DNS_ADDRESS,
    LOOPBACK,
    NODE_ADDRESS,
    NODE_NAME,
    POD_CIDR,
    Layout,
)
from sandbox.node.processes import Component

KUBELET_HEALTH = f"http://{LOOPBACK}:10248/healthz"
PROXY_HEALTH = f"http://{LOOPBACK}:10256/healthz"
CGROUP = "etl-sandbox"
"""All pods' control groups lie below this one, so that they can be told from everyone else's."""

_RESOLVERS = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))


def kubelet(layout: Layout, authority: Authority) -> Component:
    """Write the kubelet's configuration and describe the process."""
    configuration = layout.configuration / "kubelet.json"
    resolver = layout.configuration / "resolv.conf"
    write(resolver, resolver_configuration())
    content = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "healthzBindAddress": LOOPBACK,
        "readOnlyPort": 0,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(authority.certificate)},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(authority.path("kubelet.crt")),
        "tlsPrivateKeyFile": str(authority.path("kubelet.key")),
        "containerRuntimeEndpoint": f"unix://{layout.containerd_socket}",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": CLUSTER_DOMAIN,
        "resolvConf": str(resolver),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "seccompDefault": True,
        "podLogsDir": str(layout.pod_logs),
        "volumePluginDir": str(layout.volume_plugins),
        # rules that the kubelet would make for the sake of others; kube-proxy's nftables mode needs none of them
        "makeIPTablesUtilChains": False,
        # The defaults are shares of the file system; on a large, half-full disk they evict pods and delete images
        # that cannot be pulled again.
        "evictionHard": {"memory.available": "200Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi"},
        "imageGCHighThresholdPercent": 100,
        "imageMinimumGCAge": "8760h",
        "containerLogMaxSize": "20Mi",
        "maxPods": 200,
        "nodeStatusUpdateFrequency": "2s",
        "syncFrequency": "30s",
    }
    write(configuration, json.dumps(content, indent=2) + "\n")
    kubeconfig = layout.kubeconfig("kubelet")
    argv = (
        layout.program("kubelet"),
        f"--config={configuration}",
        f"--kubeconfig={kubeconfig}",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={NODE_ADDRESS}",
        f"--root-dir={layout.kubelet}",
    )
    return Component("kubelet", argv, (configuration, kubeconfig, authority.path("kubelet.crt")), {"GOGC": "50"})


def kube_proxy(layout: Layout) -> Component:
    """Write kube-proxy's configuration and describe the process.

    Its nftables mode keeps all rules in two tables of its own, so that removing these removes every trace.
    """
    configuration = layout.configuration / "kube-proxy.json"
    content = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(layout.kubeconfig("kube-proxy"))},
        "hostnameOverride": NODE_NAME,
        "bindAddress": NODE_ADDRESS,
        "healthzBindAddress": f"{LOOPBACK}:10256",
        "metricsBindAddress": f"{LOOPBACK}:10249",
        "clusterCIDR": POD_CIDR,
        "detectLocalMode": "ClusterCIDR",
        "nodePortAddresses": ["primary"],
        "nftables": {"syncPeriod": "30s", "minSyncPeriod": "100ms"},
        # zeros leave the machine's own limits of connection tracking alone
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
    }
    write(configuration, json.dumps(content, indent=2) + "\n")
    argv = (layout.program("kube-proxy"), f"--config={configuration}")
    return Component("kube-proxy", argv, (configuration, layout.kubeconfig("kube-proxy")), {"GOGC": "50"})


def resolver_configuration(candidates: tuple[Path, ...] = _RESOLVERS) -> str:
    """The machine's name servers as pods can use them.

    Args:
        candidates: resolv.conf files, best first; systemd's real list precedes its stub.

    Returns:
        A resolv.conf without loopback servers, which a pod would look for in itself; it may name no server.
    """
    for candidate in candidates:
        if not candidate.exists():
            continue
        words = (line.split() for line in candidate.read_text().splitlines() if line.startswith("nameserver"))
        servers = [parts[1] for parts in words if len(parts) > 1 and not parts[1].startswith(("127.", "::1"))]
        if servers:
            return "".join(f"nameserver {server}\n" for server in servers)
    return ""


def unhealthy(url: str) -> str | None:
    """None when a health endpoint without TLS answers 200, else what it said."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=3):
            return None
    except urllib.error.HTTPError as error:
        return f"{url} answers {error.code}"
    except OSError as error:
        return f"{url} does not answer: {getattr(error, 'reason', error)}"
