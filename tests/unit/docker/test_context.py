"""A context's digest: the same content has one name on every machine, and other content another."""

from pathlib import Path

import pytest

from components.docker import digest


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "library").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "library/one.py").write_text("one = 1\n")
    (folder / ".dockerignore").write_text("# not content\n**/__pycache__\n**/*.pyc\nbuild\n")
    return folder


def test_a_copy_elsewhere_has_the_same(context: Path, tmp_path: Path) -> None:
    before = digest(context, {})
    assert digest(context.rename(tmp_path / "elsewhere"), {}) == before


def test_a_changed_file_a_moved_one_and_a_new_one_each_change_it(context: Path) -> None:
    seen = {digest(context, {})}
    (context / "library/one.py").write_text("one = 2\n")
    seen.add(digest(context, {}))
    (context / "library/one.py").rename(context / "library/two.py")
    seen.add(digest(context, {}))
    (context / "three.py").write_text("")
    seen.add(digest(context, {}))
    (context / "three.py").chmod(0o755)
    seen.add(digest(context, {}))
    assert len(seen) == 5


def test_other_arguments_change_it_and_their_order_does_not(context: Path) -> None:
    assert digest(context, {"SPARK": "1"}) != digest(context, {"SPARK": "2"})
    assert digest(context, {"a": "1", "b": "2"}) == digest(context, {"b": "2", "a": "1"})


def test_what_the_builder_leaves_out_does_not_change_it(context: Path) -> None:
    before = digest(context, {})
    for name in ("library/__pycache__/one.cpython-311.pyc", "library/two.pyc", "build/lib/one.py"):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text("left out")
    assert digest(context, {}) == before
    (context / "library/build").mkdir()
    (context / "library/build/one.py").write_text("a line without **/ means the top alone")
    assert digest(context, {}) != before


def test_what_comes_from_elsewhere_does_not_change_it(context: Path) -> None:
    before = digest(context, {}, "jars")
    (context / "jars").mkdir()
    (context / "jars/driver.jar").write_bytes(b"jar")
    assert digest(context, {}, "jars") == before
    assert digest(context, {}) != before


@pytest.mark.parametrize("line", ["!library", "library/one.py", "/Dockerfile"])
def test_a_pattern_that_builder_and_digest_might_read_differently_is_refused(context: Path, line: str) -> None:
    (context / ".dockerignore").write_text(f"{line}\n")
    with pytest.raises(ValueError, match="says more than a name"):
        digest(context, {})
