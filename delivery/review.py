"""What a change declares in every environment: render the base and the head, and compare."""

import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from delivery import diff
from delivery.program import ROOT, BadInputError
from delivery.summary import Finding, Unreadable

TIMEOUT = 300
"""Seconds for one render; a sound one takes a few."""

AT_ONCE = 2


def review(base: str, environments: Sequence[str], root: Path = ROOT) -> list[Finding]:
    """Compare what the working tree at `root` declares with what the commit `base` did.

    Each side is rendered by its own code, in a process of its own.

    Raises:
        BadInputError: `base` names no commit.
    """
    with tempfile.TemporaryDirectory(prefix="etl-platform-review-") as name:
        scratch = Path(name)
        before = scratch / "checkout"
        check_out(base, before, root)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda each: _finding(each, before, root, scratch), environments))


def check_out(commit: str, target: Path, root: Path = ROOT) -> None:
    """Put the files of a commit into the folder `target`, without touching the repository's own work tree."""
    # A reference that begins with a dash would be an option.
    resolved = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    if resolved.returncode != 0:
        raise BadInputError(f"{commit!r} is no commit of this repository; fetch it, or name another one with --base")
    archive = target.parent / "checkout.tar"
    made = _git(root, "archive", "--format=tar", f"--output={archive}", resolved.stdout.strip())
    if made.returncode != 0:
        raise BadInputError(f"git cannot read {commit!r}: {made.stderr.strip()}")
    with tarfile.open(archive) as files:
        files.extractall(target, filter="data")


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)


def _render(tree: Path, environment: str, out: Path) -> str | None:
    """Render one environment by the code in `tree`; return None, or why it did not work."""
    if not (tree / "delivery" / "__main__.py").is_file():
        return "it is older than the program that renders"
    command = [sys.executable, "-m", "delivery", "render", environment, str(out)]
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f"rendering took longer than {TIMEOUT} seconds"
    if done.returncode == 0:
        return None
    return (done.stderr or done.stdout).strip().replace(f"{tree}/", "") or f"exit status {done.returncode}"


def _finding(environment: str, base: Path, head: Path, scratch: Path) -> Finding:
    after, before = scratch / "head" / environment, scratch / "base" / environment
    if reason := _render(head, environment, after):
        return Unreadable(environment, "head", reason, None)
    if reason := _render(base, environment, before):
        return Unreadable(environment, "base", reason, len(diff.load(after).resources))
    return diff.pair(before, after)
