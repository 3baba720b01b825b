from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.toolchain.files import key_of, link, remove, whole_folder, write_whole


def test_a_folder_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "tool" / "1.0"

    with whole_folder(target) as folder:
        (folder / "program").write_text("x")
        assert not target.exists()

    assert (target / "program").read_text() == "x"
    assert [path.name for path in target.parent.iterdir()] == ["1.0"]


def test_an_interrupted_folder_is_absent_and_is_simply_made_again(tmp_path: Path) -> None:
    target = tmp_path / "1.0"

    def interrupted() -> None:
        with whole_folder(target) as folder:
            (folder / "half").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not target.exists()

    with whole_folder(target) as folder:
        (folder / "whole").write_text("x")

    assert [path.name for path in target.iterdir()] == ["whole"]


def test_a_private_file_is_never_readable_by_others_even_where_it_replaces_an_open_one(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("old")
    file.chmod(0o644)

    write_whole(file, "new", 0o600)

    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_moves_to_the_new_version(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        link(tmp_path / version, tmp_path / "current")

    assert (tmp_path / "current").resolve() == tmp_path / "2"


def test_a_link_that_stands_where_a_file_was_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("a file")
    (tmp_path / "new").write_text("the tool")

    link(tmp_path / "new", tmp_path / "tool")

    assert (tmp_path / "tool").read_text() == "the tool"


def test_a_tree_of_read_only_folders_is_removed_and_what_links_lead_to_stays(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    folder = tmp_path / "module" / "deep"
    folder.mkdir(parents=True)
    (folder / "source.go").write_text("x")
    (folder / "out").symlink_to(outside)
    folder.chmod(0o555)

    remove(tmp_path / "module")

    assert not (tmp_path / "module").exists()
    assert (outside / "kept").exists()


def test_a_key_follows_from_texts_from_files_and_from_their_order(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    file.write_text("one")
    first = key_of(["a", file])
    assert key_of(["a", file]) == first
    assert key_of([file, "a"]) != first
    assert key_of(["a", "one"]) == first  # a file counts by its content alone

    file.write_text("two")

    assert key_of(["a", file]) != first
