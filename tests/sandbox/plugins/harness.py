"""A scratch project on the real engine, with the offline plugins of this checkout.

project = Project(tmp_path, "toy")
project.write('import pulumi_random\npulumi_random.RandomPet("pet")')
assert project.up().changes == {"create": 1}
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

from sandbox.toolchain.paths import Paths
from sandbox.toolchain.plugins import install_ours
from sandbox.toolchain.versions import Versions

BOUND = 600  # seconds for any one run of the engine; a bound against hanging, not a measure


class EngineError(AssertionError):
    """The engine ended with an error that the test did not expect; the message is all it printed."""


@dataclass(frozen=True)
class Result:
    """How one command of the engine ended.

    `text` is everything that a person would have seen; `events` are the engine's own (`--json` with streaming).
    """

    code: int
    text: str
    events: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def changes(self) -> dict[str, int]:
        """Operations to number of resources, without `same`; the stack and the providers do not count.

        What a refresh found counts as what it found; an update after it in the same run counts beside it.
        """
        counts: dict[str, int] = {}
        found = self._found_by_refresh
        for step in self.steps:
            operation = found[step["urn"]] if step["op"] == "refresh" else step["op"]
            if not step["type"].startswith("pulumi:") and operation not in ("same", "refresh"):
                counts[operation] = counts.get(operation, 0) + 1
        return counts

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The engine's steps (`op`, `urn`, `type`, `old`, `new`, `detailedDiff`, `replaceReasons` …)."""
        return [event["resourcePreEvent"]["metadata"] for event in self.events if "resourcePreEvent" in event]

    @property
    def _found_by_refresh(self) -> dict[str, str]:
        """What a refresh found of each resource: `same`, `update` or `delete`."""
        ends = [event["resOutputsEvent"]["metadata"] for event in self.events if "resOutputsEvent" in event]
        refreshed = {step["urn"] for step in self.steps if step["op"] == "refresh"}
        # In reverse, so that the first counts: a later end of the same resource is that of its update.
        return {end["urn"]: end["op"] for end in reversed(ends) if end["urn"] in refreshed}

    @property
    def diagnostics(self) -> list[str]:
        """Warnings and errors, without colours."""
        found = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [one["message"].strip() for one in found if one["severity"] in ("warning", "error")]


class Project:
    """One project with one stack (`test`) and a file backend, all below one folder."""

    def __init__(self, folder: Path, name: str = "scratch", environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        (folder / "state").mkdir(exist_ok=True)
        home = folder / "home"
        install_ours(Paths.find(), Versions.read(), home)
        self.environment = {
            **os.environ,
            "PATH": f"{Paths.find().bin}:{os.environ['PATH']}",
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "scratch",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # Brings --event-log.
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            # Enough for small programs, and no more memory than the machine has for the whole test run.
            "PULUMI_PARALLEL": "8",
            **(environment or {}),
        }
        (self.folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        self.run("stack", "init", "test")

    def write(self, program: str) -> None:
        """Make `program` the project's program."""
        (self.folder / "__main__.py").write_text(program)

    def up(self, *options: str, fails: bool = False) -> Result:
        """`pulumi up`; `fails` tells that an error is expected (no error is then a failure of the test)."""
        return self.stream("up", "--skip-preview", *options, fails=fails)

    def preview(self, *options: str, fails: bool = False) -> Result:
        """`pulumi preview`."""
        return self.stream("preview", *options, fails=fails)

    def refresh(self, *options: str, fails: bool = False) -> Result:
        """`pulumi refresh`."""
        return self.stream("refresh", "--skip-preview", *options, fails=fails)

    def destroy(self, *options: str, fails: bool = False) -> Result:
        """`pulumi destroy`."""
        return self.stream("destroy", "--skip-preview", *options, fails=fails)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in clear."""
        found: dict[str, Any] = json.loads(self.run("stack", "output", "--json", "--show-secrets").text)
        return found

    def resources(self, *, secrets: bool = False) -> list[dict[str, Any]]:
        """The resources in the state, without the stack and default providers."""
        if secrets:
            state = json.loads(self.run("stack", "export", "--show-secrets").text)["deployment"]
        else:
            # The file itself: an export takes a second of reading the same.
            state = json.loads(self._state_file.read_text())["checkpoint"]["latest"] or {}
        found: list[dict[str, Any]] = state.get("resources") or []
        return [one for one in found if not one["type"].startswith("pulumi:")]

    @property
    def _state_file(self) -> Path:
        return self.folder.parent / "state" / ".pulumi" / "stacks" / self.folder.name / "test.json"

    def state_text(self) -> str:
        """All files of the backend as they lie on the disk."""
        files = sorted((self.folder.parent / "state").rglob("*.json*"))
        return "\n".join(file.read_text(errors="replace") for file in files if file.is_file())

    def stream(self, *words: str, fails: bool = False) -> Result:
        """A command with `--diff`, whose events are kept as well."""
        log = self.folder.parent / "events.json"
        log.unlink(missing_ok=True)
        yes = [] if words[0] == "preview" else ["--yes"]
        code, said = self._execute(*words, *yes, "--diff", "--event-log", str(log))
        lines = log.read_text().splitlines() if log.exists() else []
        result = Result(code, said, [json.loads(line) for line in lines])
        if (result.code != 0) != fails:
            raise EngineError(f"`pulumi {' '.join(words)}` ended with {result.code}:\n{result.text}")
        return result

    def run(self, *words: str, fails: bool = False) -> Result:
        """Any command of the engine."""
        code, said = self._execute(*words)
        if (code != 0) != fails:
            raise EngineError(f"`pulumi {' '.join(words)}` ended with {code}:\n{said}")
        return Result(code, said)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a session of its own and return at once (to kill it half-way)."""
        return subprocess.Popen(
            self._command(*words),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _execute(self, *words: str) -> tuple[int, str]:
        with self.start(*words) as running:
            try:
                said, _ = running.communicate(timeout=BOUND)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                raise
        return running.returncode, said

    def _command(self, *words: str) -> list[str]:
        engine = which("pulumi", path=self.environment["PATH"])
        assert engine, "no pulumi on PATH: run `make up` first"
        stack = (
            [] if words[0] in ("version", "about") else ["--stack", "test"] if words[:2] != ("stack", "init") else []
        )
        return [engine, *words, "--non-interactive", "--color=never", *stack]
