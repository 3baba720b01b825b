"""What the node's own parts may do in the API, and the default storage class."""

from __future__ import annotations

from typing import Any

from sandbox.node.certificates import Leaf

PROVISIONER = "etl-platform.dev/local"
"""The agent answers to this name."""
STORAGE_CLASS = "standard"
_GROUP = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]
_AGENT_RULES = [
    {"apiGroups": [""], "resources": ["pods", "namespaces", "nodes", "services"], "verbs": _READ},
    {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": [*_READ, "update", "patch"]},
    # How large a claim has become is told in its status.
    {"apiGroups": [""], "resources": ["persistentvolumeclaims/status"], "verbs": ["update", "patch"]},
    {
        "apiGroups": [""],
        "resources": ["persistentvolumes"],
        "verbs": [*_READ, "create", "update", "patch", "delete"],
    },
    {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": _READ},
    {"apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": _READ},
    {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch", "update"]},
]


def manifests(agent: Leaf, kubelet_client: Leaf) -> list[dict[str, Any]]:
    """Roles of the node's own certificates, and the storage class `standard`.

    Args:
        agent: certificate of the agent that enforces policies and provisions volumes.
        kubelet_client: certificate with which the API server asks the kubelet for logs and exec.
    """
    return [
        {
            "apiVersion": f"{_GROUP}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "etl-sandbox:agent"},
            "rules": _AGENT_RULES,
        },
        _binding("etl-sandbox:agent", "etl-sandbox:agent", "User", agent.name),
        _binding("etl-sandbox:kubelet-clients", "system:kubelet-api-admin", "Group", kubelet_client.organisation),
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": STORAGE_CLASS,
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": PROVISIONER,
            "reclaimPolicy": "Delete",
            "allowVolumeExpansion": True,
            "volumeBindingMode": "WaitForFirstConsumer",
        },
    ]


def _binding(name: str, role: str, kind: str, subject: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _GROUP, "kind": kind, "name": subject}],
    }
