"""`pulumi up` without changes, beside the engine with as many resources that do nothing."""

import json
import shlex
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Row, timed
from benchmarks.toolchain import require_deployed
from delivery.folder import write
from delivery.program import declare
from delivery.render import RESOURCES, files
from sandbox.commands.prepared import own_salt, project_of
from sandbox.toolchain.session import Session

GROUP = "pulumi up without changes"
STACK = "dev"
TIMES = 3
UP = ("up", "--yes", "--skip-preview", "--non-interactive", "--suppress-outputs", "--suppress-progress")


def unchanged(session: Session) -> Iterator[Row]:
    """Both programs in turn, so that what else runs on the machine slows both.

    Raises:
        NotMeasuredError: no dev environment is up, or something would change.
    """
    require_deployed(session, STACK)
    project = project_of(session)
    with tempfile.TemporaryDirectory(prefix="etl-platform-nothing-") as name, own_salt(session):
        nothing = _Nothing(Path(name), session)
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(TIMES):
            command: list[str | Path] = [project.program, *UP, "--stack", STACK, "--expect-no-changes"]
            ours.append(timed(command, environment=dict(project.variables), cwd=project.root))
            theirs.append(nothing.up("--expect-no-changes"))
    platform, engine = statistics.median(ours), statistics.median(theirs)
    yield Row(GROUP, f"the {STACK} stack", platform, note=f"{nothing.count} resources; median of {TIMES}")
    yield Row(GROUP, "as many resources that do nothing", engine, note=f"the same tree; median of {TIMES}, in turn")
    yield Row(GROUP, "ratio", platform / engine, "x", goal="under 1.5")


class _Nothing:
    """A project of resources that do nothing, deployed."""

    def __init__(self, folder: Path, session: Session) -> None:
        self._program = session.engine.program
        self._folder = folder / "project"
        home, state, render = folder / "home", folder / "state", folder / "render"
        write(render, STACK, files(declare(STACK)))
        self.count = len(json.loads((render / RESOURCES).read_text()))
        self._environment = session.variables | {
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "nothing",
        }
        self._environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        root = session.paths.root
        _launcher(home / "plugins/resource-nothing-v1.0.0/pulumi-resource-nothing", "benchmarks.nothing", root)
        _launcher(home / "plugins/language-python-v0.0.1/pulumi-language-python", "sandbox.plugins.language", root)
        self._folder.mkdir()
        state.mkdir()
        (self._folder / "Pulumi.yaml").write_text("name: nothing\nruntime: python\n")
        (self._folder / "__main__.py").write_text(
            f"import sys\nfrom pathlib import Path\nsys.path.insert(0, {str(root)!r})\n"
            f"from benchmarks.nothing.program import declare\ndeclare(Path({str(render / RESOURCES)!r}))\n"
        )
        self._run("stack", "init", STACK)
        self.up()

    def up(self, *options: str) -> float:
        """Seconds of one `pulumi up`."""
        return self._run(*UP, "--stack", STACK, *options)

    def _run(self, *arguments: str) -> float:
        return timed([self._program, *arguments], environment=self._environment, cwd=self._folder)


def _launcher(file: Path, module: str, root: Path) -> None:
    start = f"import sys, runpy; sys.path.insert(0, {str(root)!r}); runpy.run_module({module!r}, run_name='__main__')"
    file.parent.mkdir(parents=True)
    file.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -c {shlex.quote(start)} "$@"\n')
    file.chmod(0o755)
