"""The engine's `LanguageRuntime` calls."""

# The methods' names and signatures are the protocol's, and so is their documentation (language.proto).
# ruff: noqa: ARG002, D102, N802

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2

from sandbox.plugins.host.protocol import language_pb2, language_pb2_grpc, proto

_PROGRAM = Path(__file__).with_name("program.py")
# The code with which the child says that the person has been told already.
SHOWN = 32


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs each program in a process of its own, as the vendor's host does."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._children: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def stop(self) -> None:
        """End the programs that still run."""
        with self._lock:
            self._stopped = True
            for child in self._children:
                child.terminate()

    def Handshake(self, request: language_pb2.LanguageHandshakeRequest, rpc: Any) -> Any:
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, rpc: Any) -> proto.PluginInfo:
        return proto.PluginInfo(version=importlib.metadata.version("pulumi"))

    def GetRequiredPlugins(self, request: Any, rpc: Any) -> language_pb2.GetRequiredPluginsResponse:
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, rpc: Any) -> language_pb2.GetRequiredPackagesResponse:
        # The engine would try to download what is named here. Plugins are put into its cache beforehand.
        return language_pb2.GetRequiredPackagesResponse()

    def RuntimeOptionsPrompts(self, request: Any, rpc: Any) -> language_pb2.RuntimeOptionsResponse:
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(self, request: Any, rpc: Any) -> Iterator[language_pb2.InstallDependenciesResponse]:
        text = "The packages are installed from requirements.lock; nothing is left to do.\n"
        yield language_pb2.InstallDependenciesResponse(stdout=text.encode())

    def About(self, request: Any, rpc: Any) -> language_pb2.AboutResponse:
        return language_pb2.AboutResponse(executable=_interpreter(), version=platform.python_version())

    def GetProgramDependencies(self, request: Any, rpc: Any) -> language_pb2.GetProgramDependenciesResponse:
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=found.metadata["Name"], version=found.version)
                for found in importlib.metadata.distributions()
            ]
        )

    def Cancel(self, request: empty_pb2.Empty, rpc: Any) -> empty_pb2.Empty:
        self.stop()
        return empty_pb2.Empty()

    def Run(self, request: language_pb2.RunRequest, rpc: Any) -> language_pb2.RunResponse:
        program = _program(request)
        order = {
            "program": str(program),
            "args": list(request.args),
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization or "organization",
            "root_directory": request.info.root_directory,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "monitor": request.monitor_address,
            "engine": self._engine_address,
            "config": dict(request.config),
            "config_secret_keys": list(request.configSecretKeys),
        }
        directory = request.pwd or (str(program) if program.is_dir() else str(program.parent))
        try:
            code = self._run_child(json.dumps(order), directory)
        except OSError as error:
            return language_pb2.RunResponse(error=f"cannot run {_interpreter()}: {error.strerror or error}")
        if code == 0:
            return language_pb2.RunResponse()
        if code == SHOWN or self._stopped:
            return language_pb2.RunResponse(bail=True)
        if code < 0:
            return language_pb2.RunResponse(error=f"Program was terminated by signal {-code}")
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")

    def _run_child(self, order: str, directory: str) -> int:
        # -P keeps this file's folder off sys.path, where its neighbours would shadow the program's own modules.
        # The order goes through a pipe: an environment or an argument could be read by others (it has secrets).
        with self._lock:
            if self._stopped:
                return SHOWN
            child = subprocess.Popen(
                [_interpreter(), "-u", "-P", str(_PROGRAM)], cwd=directory, stdin=subprocess.PIPE, text=True
            )
            self._children.add(child)
        try:
            child.communicate(order)
        finally:
            with self._lock:
                self._children.discard(child)
        return child.returncode


def _interpreter() -> str:
    return os.environ.get("ETL_PLATFORM_PYTHON") or sys.executable


def _program(request: language_pb2.RunRequest) -> Path:
    """The file or folder to run, absolute."""
    base = Path(request.info.program_directory or request.pwd)
    return Path(os.path.normpath(base / (request.info.entry_point or request.program or ".")))
