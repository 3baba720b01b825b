"""What a build may read, and when that has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.plugins.docker.context import digest, files


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "job.py").write_text("print()\n")
    (tmp_path / "lib/deep").mkdir(parents=True)
    (tmp_path / "lib/deep/module.py").write_text("")
    return tmp_path


def total(context: Path) -> str:
    return digest(context, context / "Dockerfile")


def test_the_same_content_has_the_same_digest_wherever_it_lies(
    context: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "copy"
    other.mkdir()
    for path in files(context):
        (other / path.relative_to(context)).parent.mkdir(parents=True, exist_ok=True)
        (other / path.relative_to(context)).write_bytes(path.read_bytes())
    assert total(other) == total(context)


def test_every_change_of_the_content_is_another_digest(context: Path) -> None:
    seen = {total(context)}
    (context / "job.py").write_text("print(1)\n")
    seen.add(total(context))
    (context / "job.py").chmod(0o755)
    seen.add(total(context))
    (context / "job.py").rename(context / "task.py")
    seen.add(total(context))
    (context / "link").symlink_to("task.py")
    seen.add(total(context))
    (context / "Dockerfile").write_text("FROM debian\n")
    seen.add(total(context))
    assert len(seen) == 6


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("job.py", ["lib/deep/module.py"]),
        ("lib", ["job.py"]),
        ("*.py", ["lib/deep/module.py"]),
        ("**/*.py", []),
        ("*\n!job.py", ["job.py"]),
        ("lib/*/module.??", ["job.py"]),
        ("# job.py\n\n./lib/", ["job.py"]),
    ],
)
def test_what_is_ignored_is_no_part_of_it(context: Path, ignored: str, left: list[str]) -> None:
    (context / ".dockerignore").write_text(f"Dockerfile\n.dockerignore\n{ignored}\n")
    assert [path.relative_to(context).as_posix() for path in files(context)] == left
