"""The cluster's DNS: CoreDNS as a restricted Deployment, and one question asked of it."""

from __future__ import annotations

import secrets
import socket
import struct
from typing import Any

from sandbox.node.layout import API_SERVICE_ADDRESS, CLUSTER_DOMAIN, DNS_ADDRESS

NAMESPACE = "kube-system"
_LABELS = {"k8s-app": "kube-dns"}
_PORT = 53
_POINTERS = range(0xC0, 0x100)
"""First byte of a name that is written elsewhere in the message."""


def manifests(image: str, forward: bool) -> list[dict[str, Any]]:
    """Everything that DNS needs.

    Args:
        image: of CoreDNS.
        forward: whether the machine has a name server to ask about other names.
    """
    name = {"name": "coredns", "namespace": NAMESPACE}
    reads = [
        {"apiGroups": [""], "resources": ["services", "namespaces"], "verbs": ["list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
    ]
    ports = [{"name": f"dns-{p.lower()}", "port": 53, "targetPort": _PORT, "protocol": p} for p in ("UDP", "TCP")]
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": name},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "system:coredns"},
            "rules": reads,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "system:coredns"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:coredns"},
            "subjects": [{"kind": "ServiceAccount", "name": "coredns", "namespace": NAMESPACE}],
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": name, "data": {"Corefile": _corefile(forward)}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "kube-dns", "namespace": NAMESPACE, "labels": _LABELS},
            "spec": {"clusterIP": DNS_ADDRESS, "selector": _LABELS, "ports": ports},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {**name, "labels": _LABELS},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": _LABELS},
                # One replica on one node: two at once would only wait for each other.
                "strategy": {"type": "Recreate"},
                "template": {"metadata": {"labels": _LABELS}, "spec": _pod(image)},
            },
        },
    ]


def resolves(timeout: float = 1.0) -> str | None:
    """Ask for the API server's service name at the cluster's DNS address.

    Args:
        timeout: seconds to wait for the answer.

    Returns:
        None when the right address came, else what came instead.
    """
    name = f"kubernetes.default.svc.{CLUSTER_DOMAIN}"
    try:
        found = query(name, timeout)
    except PermissionError:
        # what a rejected packet looks like from here
        return f"DNS at {DNS_ADDRESS} has no server that is ready"
    except OSError as error:
        return f"DNS at {DNS_ADDRESS} does not answer: {error}"
    return None if found == API_SERVICE_ADDRESS else f"DNS at {DNS_ADDRESS} says {name} is {found or 'unknown'}"


def query(name: str, timeout: float, server: str = DNS_ADDRESS) -> str | None:
    """Ask for a name's first IPv4 address over UDP.

    Args:
        name: absolute, without the final dot.
        timeout: seconds.
        server: address of the name server; port 53.

    Returns:
        The address, or None when the name has none.

    Raises:
        OSError: no answer in time.
    """
    number = secrets.randbits(16)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = labels + b"\0" + struct.pack("!HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        client.connect((server, 53))
        client.send(struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + question)
        answer = client.recv(1024)
    return _first_address(answer, number, question)


def _first_address(answer: bytes, number: int, question: bytes) -> str | None:
    """Read a message of RFC 1035, section 4, as far as its first answer."""
    identifier, _, _, answers = struct.unpack("!4H", answer[:8])
    if identifier != number or answers == 0:
        return None
    record = 12 + len(question)
    while answer[record] not in (0, *_POINTERS):
        record += 1 + answer[record]
    record += 2 if answer[record] in _POINTERS else 1
    kind, _, _, length = struct.unpack("!HHIH", answer[record : record + 10])
    return socket.inet_ntoa(answer[record + 10 : record + 14]) if (kind, length) == (1, 4) else None


def _corefile(forward: bool) -> str:
    upstream = "    forward . /etc/resolv.conf {\n        max_concurrent 1000\n    }\n" if forward else ""
    return (
        f".:{_PORT} {{\n"
        "    errors\n"
        "    health :8080 {\n        lameduck 0s\n    }\n"
        "    ready :8181\n"
        f"    kubernetes {CLUSTER_DOMAIN} in-addr.arpa {{\n"
        "        fallthrough in-addr.arpa\n        ttl 5\n    }\n"
        f"{upstream}"
        "    cache 5\n"
        "    reload 5s\n"
        "}\n"
    )


def _pod(image: str) -> dict[str, Any]:
    def probe(path: str, port: int, period: int) -> dict[str, Any]:
        return {"httpGet": {"path": path, "port": port}, "periodSeconds": period, "timeoutSeconds": 5}

    return {
        "serviceAccountName": "coredns",
        "priorityClassName": "system-cluster-critical",
        # "Default" is the machine's own resolv.conf: the server must not ask itself.
        "dnsPolicy": "Default",
        "terminationGracePeriodSeconds": 1,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532},
        "containers": [
            {
                "name": "coredns",
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "args": ["-conf", "/etc/coredns/Corefile"],
                "ports": [{"containerPort": _PORT, "protocol": protocol} for protocol in ("UDP", "TCP")],
                "resources": {"requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"memory": "170Mi"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    # The program carries this one as a file capability, and does not start where it is dropped.
                    "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "startupProbe": {**probe("/ready", 8181, 1), "failureThreshold": 60},
                "readinessProbe": probe("/ready", 8181, 5),
                "livenessProbe": {**probe("/health", 8080, 10), "failureThreshold": 5},
                "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
            }
        ],
        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
    }
