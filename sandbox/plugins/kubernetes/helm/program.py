"""The `helm` program at work on one cluster."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.plugins.host import Cancelled, PluginError, sleep
from sandbox.plugins.kubernetes.connection import kubeconfig_files
from sandbox.plugins.kubernetes.options import Options

_LOOK_EVERY = 0.1
_END_WITHIN = 30.0
_ABSENT = "release: not found"


class HelmError(PluginError):
    """Helm refused or failed, with its own words."""


class Helm:
    """Runs `helm`.

    Attributes:
        program: its path.
        charts: the folder of charts.
        options: say which cluster.
    """

    def __init__(self, program: Path, charts: Path, options: Options) -> None:
        self.program = program
        self.charts = charts
        self.options = options

    def run(self, *arguments: str, namespace: str, values: Mapping[str, Any] | None = None) -> str:
        """Run one command and return what it prints.

        Args:
            arguments: the command's words; never a value, which may be a secret.
            namespace: the release's.
            values: given on standard input, where no other process sees them.

        Raises:
            HelmError: it failed.
            Cancelled: the engine asked to stop; Helm was told to end and did.
        """
        if not self.program.exists():
            raise PluginError(f"{self.program} is not built: `make build PART=helm` builds it")
        given = [] if values is None else ["--values=-"]
        with self._cluster() as cluster, tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                [self.program, *arguments, *given, f"--namespace={namespace}", *cluster],
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=errors,
                text=True,
            )
            _feed(process, "" if values is None else json.dumps(values))
            status = _ended(process)
            said.seek(0)
            errors.seek(0)
            if status:
                raise HelmError(f"helm {arguments[0]}: {errors.read().strip().removeprefix('Error: ')}")
            return said.read()

    def metadata(self, namespace: str, name: str) -> dict[str, Any] | None:
        """What is known of a release's newest revision; None when there is no such release."""
        found: dict[str, Any] | None = self._asked("get", "metadata", name, namespace=namespace)
        return found

    def values(self, namespace: str, name: str) -> dict[str, Any]:
        """The values that a release was given; empty when none or when it is gone."""
        return self._asked("get", "values", name, namespace=namespace) or {}

    def _asked(self, *words: str, namespace: str) -> Any:
        try:
            return json.loads(self.run(*words, "--output=json", namespace=namespace))
        except HelmError as error:
            if _ABSENT in str(error):
                return None
            raise

    @contextmanager
    def _cluster(self) -> Iterator[Sequence[str]]:
        context = [f"--kube-context={self.options.context}"] if self.options.context else []
        paths = kubeconfig_files(self.options)
        if paths:
            yield [f"--kubeconfig={os.pathsep.join(map(str, paths))}", *context]
        elif self.options.kubeconfig is None:
            yield context
        else:
            # Files of this kind are for their owner alone.
            with tempfile.NamedTemporaryFile("w", prefix="kubeconfig-") as file:
                file.write(self.options.kubeconfig)
                file.flush()
                yield [f"--kubeconfig={file.name}", *context]


def _environment() -> dict[str, str]:
    """This process's, without a person's settings of their own Helm."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HELM_")}


def _feed(process: subprocess.Popen[str], content: str) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(content)
        process.stdin.close()
    except BrokenPipeError:
        # It ended before it read; its status says why.
        pass


def _ended(process: subprocess.Popen[str]) -> int:
    try:
        while (status := process.poll()) is None:
            sleep(_LOOK_EVERY)
    except Cancelled:
        # It takes the signal for a failure, and leaves no release under way.
        process.terminate()
        try:
            process.wait(_END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    return status
