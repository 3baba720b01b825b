"""The environment variables under which `pulumi`, `kubectl` and the tests work on one cluster."""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.choice import Cluster, Engine, own_backend
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import remove, write_whole
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.plugins import Origin, home_of

CLUSTER_NETWORKS = ("10.96.0.0/16", "10.244.0.0/16")
"""The sandbox's services and pods: a proxy cannot reach them."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything that a shell needs beside what it has.

    Attributes:
        variables: to be set.
        removed: to be unset, for they would win over what is set.
    """

    variables: Mapping[str, str]
    removed: tuple[str, ...] = ()

    def over(self, environ: Mapping[str, str]) -> dict[str, str]:
        """An environment with these settings on top."""
        kept = {name: value for name, value in environ.items() if name not in self.removed}
        return {**kept, **self.variables}

    def exports(self) -> str:
        """The lines that a shell can `eval`."""
        lines = [f"unset {name}" for name in self.removed]
        return "\n".join([*lines, *(f"export {name}={shlex.quote(value)}" for name, value in self.variables.items())])


def environment(
    paths: Paths, cluster: Cluster, engine: Engine, plugins: Origin, environ: Mapping[str, str] | None = None
) -> Environment:
    """Describe the environment for one cluster.

    A person's own settings win where they name a cluster of their own: their backend, their login, their passphrase.

    Args:
        paths: the cache.
        cluster: what is worked on.
        engine: the `pulumi` that is used.
        plugins: whose provider plugins it starts.
        environ: the environment that this one is put on top of.
    """
    around = os.environ if environ is None else environ
    ours = _of_the_sandbox(around, paths)
    environ = {name: value for name, value in around.items() if name not in ours}
    backend = None if cluster.sandbox else own_backend(environ)
    variables = {
        "ETL_PLATFORM_CACHE": str(paths.cache),
        "ETL_PLATFORM_ROOT": str(paths.root),
        "KUBECONFIG": str(cluster.kubeconfig),
        "PATH": _search_path(paths, engine, environ),
        "PULUMI_HOME": str(home_of(paths, plugins)),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        # The salt of a stack's secrets lies in its state; without this the engine would write it into Pulumi.dev.yaml.
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        **_direct(environ),
    }
    removed: tuple[str, ...] = ()
    if backend is None:
        variables["PULUMI_BACKEND_URL"] = f"file://{state_of(cluster)}"
    elif "PULUMI_BACKEND_URL" not in environ:
        home = environ.get("PULUMI_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".pulumi")
        variables["PULUMI_CREDENTIALS_PATH"] = environ.get("PULUMI_CREDENTIALS_PATH") or home
    if backend is None and (cluster.sandbox or not _has_passphrase(environ)):
        variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase_of(cluster))
        removed = ("PULUMI_CONFIG_PASSPHRASE",)
    return Environment(variables, (*removed, *(name for name in ours if name not in variables)))


def state_of(cluster: Cluster) -> Path:
    """The folder of the engine's state, where it is ours to keep."""
    return cluster.folder / "state"


def passphrase_of(cluster: Cluster) -> Path:
    """The file with the passphrase of that state."""
    return cluster.folder / "passphrase"


def prepare(cluster: Cluster) -> None:
    """Make the folder of the state, and a passphrase when there is none; both for the owner's eyes only.

    An engine that outlived the sandbox's removal may have written a state anew, which nobody can open: it is put aside.

    Raises:
        ToolchainError: another cluster's state is there, and the passphrase that opens it is gone.
    """
    state, passphrase = state_of(cluster), passphrase_of(cluster)
    if not passphrase.exists() and any(state.glob(".pulumi/stacks/*/*.json")):
        if not cluster.sandbox:
            raise ToolchainError(
                f"{state} holds a state, and {passphrase} with its passphrase is gone: put the passphrase back, or "
                "begin anew by moving that folder away"
            )
        unreadable = state.with_name("state-without-passphrase")
        remove(unreadable)
        state.rename(unreadable)
    cluster.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    state_of(cluster).mkdir(exist_ok=True, mode=0o700)
    if not passphrase_of(cluster).exists():
        write_whole(passphrase_of(cluster), secrets.token_urlsafe(32), 0o600)


def _of_the_sandbox(environ: Mapping[str, str], paths: Paths) -> tuple[str, ...]:
    """What a shell of the sandbox has set. In it, another cluster's state must not land among the sandbox's."""
    settings = {
        "PULUMI_BACKEND_URL": f"file://{paths.state}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(paths.run / "passphrase"),
        "PULUMI_HOME": str(paths.pulumi_home),
    }
    return tuple(name for name, value in settings.items() if environ.get(name) == value)


def _has_passphrase(environ: Mapping[str, str]) -> bool:
    return "PULUMI_CONFIG_PASSPHRASE" in environ or "PULUMI_CONFIG_PASSPHRASE_FILE" in environ


def _search_path(paths: Paths, engine: Engine, environ: Mapping[str, str]) -> str:
    ours = [str(paths.venv / "bin"), str(paths.bin)]
    # The person's own engine must be found before ours, and nothing else of its folder before our other tools.
    first = [str(engine.program.parent)] if engine.own else []
    rest = [folder for folder in environ.get("PATH", os.defpath).split(os.pathsep) if folder not in (*first, *ours)]
    return os.pathsep.join([ours[0], *first, ours[1], *rest])


def _direct(environ: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY for the cluster's own networks, where a proxy is set at all."""
    if not any(name in environ for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")):
        return {}
    named = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    direct = ",".join(dict.fromkeys([*filter(None, named.split(",")), *CLUSTER_NETWORKS]))
    return {"NO_PROXY": direct, "no_proxy": direct}
