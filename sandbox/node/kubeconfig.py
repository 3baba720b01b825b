"""Kubeconfigs, self-contained: the files hold the certificates themselves."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from sandbox.node.certificates import Authority
from sandbox.node.files import write
from sandbox.node.layout import API_URL, CONTEXT


def write_kubeconfig(target: Path, authority: Authority, user: str) -> None:
    """Write a kubeconfig that only root can read.

    Args:
        target: the file, replaced when its content differs.
        authority: holds the CA's certificate and `<user>.crt`, `<user>.key`.
        user: stem of the client certificate's files.
    """

    def embedded(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    name = f"{CONTEXT}-{user}"
    cluster = {"server": API_URL, "certificate-authority-data": embedded(authority.certificate)}
    credentials = {
        "client-certificate-data": embedded(authority.path(f"{user}.crt")),
        "client-key-data": embedded(authority.path(f"{user}.key")),
    }
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": name, "user": credentials}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": name}}],
        "current-context": CONTEXT,
    }
    write(target, json.dumps(content, indent=2) + "\n", mode=0o600)
