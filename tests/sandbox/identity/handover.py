"""The job that hands the administration over, as its pod runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from components.identity.automation import CLIENT, SCRIPT
from tests.sandbox.identity.server import Server

BOUND = 900  # seconds
REALM = "etl"


def hand_over(server: Server, folder: Path, secret: str) -> subprocess.CompletedProcess[str]:
    """Run the job's script in `folder`; `secret` is what the engine's account is to have."""
    keys, work = folder / "keys", folder / "work"
    for each in (keys, work):
        each.mkdir(exist_ok=True)
    content = {
        "client-id": CLIENT,
        "client-secret": secret,
        "bootstrap-secret": server.bootstrap[1],
        "ca.crt": server.authority.certificate,
    }
    for name, value in content.items():
        (keys / name).write_text(value)
    settings = {
        "HOME_OF_KEYCLOAK": str(server.program.home),
        "JAVA_HOME": str(server.program.java),
        "KEYS": str(keys),
        "PATH": os.environ["PATH"],
        "REALM": REALM,
        "SERVER": server.url,
        "WORK": str(work),
    }
    return subprocess.run(
        ["/bin/sh", "-euc", SCRIPT.read_text()],
        env=settings,
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
