from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest

from sandbox.images import ImageError
from sandbox.images.archive import Archive, write_archive
from sandbox.images.layer import write_layer
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace

RECIPE = Recipe(
    "docker.io/library/tool",
    "1.2",
    Runtime(user="999", entrypoint=("/tool",), environment={"LANG": "C"}, ports=("53/udp",), stop_signal="SIGINT"),
    Workspace.prepare,
)


@pytest.fixture
def layers(tmp_path: Path) -> list[Path]:
    made = []
    for name in ("below", "above"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text(name)
        made.append(tmp_path / f"{name}.tar")
        write_layer(folder, made[-1])
    return made


@pytest.fixture
def archive(tmp_path: Path, layers: list[Path]) -> Archive:
    path = tmp_path / "tool.tar"
    write_archive(RECIPE, layers, path)
    return Archive(path)


def blob(archive: Archive, digest: str) -> bytes:
    with tarfile.open(archive.path) as tar:
        content = tar.extractfile(f"blobs/{digest.replace(':', '/')}")
        assert content is not None
        return content.read()


def test_every_blob_is_what_its_digest_says(archive: Archive) -> None:
    manifest = json.loads(blob(archive, archive.digest))
    for described in (manifest["config"], *manifest["layers"]):
        content = blob(archive, described["digest"])
        assert described["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert described["size"] == len(content)


def test_the_configuration_says_how_the_image_starts(archive: Archive) -> None:
    manifest = json.loads(blob(archive, archive.digest))
    config = json.loads(blob(archive, manifest["config"]["digest"]))
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]
    assert config["config"]["User"] == "999"
    assert config["config"]["Entrypoint"] == ["/tool"]
    assert config["config"]["Env"] == ["LANG=C"]
    assert config["config"]["ExposedPorts"] == {"53/udp": {}}
    assert config["config"]["StopSignal"] == "SIGINT"
    assert "Cmd" not in config["config"]


def test_the_node_is_told_the_upstream_name(archive: Archive) -> None:
    with tarfile.open(archive.path) as tar:
        content = tar.extractfile("index.json")
        assert content is not None
        (manifest,) = json.load(content)["manifests"]
    assert manifest["annotations"]["io.containerd.image.name"] == "docker.io/library/tool:1.2"


def test_an_image_on_top_shares_the_layers_below(archive: Archive, layers: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    archive.copy_layer(archive.layers[0], copy)
    assert copy.read_bytes() == layers[0].read_bytes()
    other = tmp_path / "other.tar"
    write_archive(RECIPE, [copy], other)
    assert Archive(other).layers[0] == archive.layers[0]


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\0" * 10240])
def test_a_broken_archive_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.tar"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"is no image archive .*; delete it and run `make up` again"):
        _ = Archive(path).digest


def test_a_layer_keeps_modes_links_and_empty_folders(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    (folder / "empty").mkdir(parents=True)
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o4755)
    (folder / "same").hardlink_to(folder / "run")
    (folder / "link").symlink_to("run")
    (folder / "dangling").symlink_to("nowhere")
    target = tmp_path / "layer.tar"
    write_layer(folder, target)
    with tarfile.open(target) as tar:
        members = {member.name: member for member in tar}
    assert members["empty"].isdir()
    assert members["run"].mode == 0o4755
    assert members["same"].islnk()
    assert members["link"].linkname == "run"
    assert members["dangling"].issym()
    assert {(member.uname, member.gname) for member in members.values()} == {("", "")}


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root makes device nodes and trusted attributes, which overlayfs uses"
)
def test_what_an_overlay_removed_is_marked_as_oci_says(tmp_path: Path) -> None:
    folder = tmp_path / "upper"
    (folder / "etc").mkdir(parents=True)
    (folder / "replaced").mkdir()
    (folder / "replaced/new").touch()
    os.mknod(folder / "etc/gone", 0o020000, 0)
    os.setxattr(folder / "replaced", "trusted.overlay.opaque", b"y")
    target = tmp_path / "layer.tar"
    write_layer(folder, target)
    with tarfile.open(target) as tar:
        assert tar.getnames() == ["etc", "etc/.wh.gone", "replaced", "replaced/.wh..wh..opq", "replaced/new"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files capabilities")
def test_a_files_capability_is_kept(tmp_path: Path) -> None:
    from sandbox.images.recipes.coredns import permit_low_ports

    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "server").touch()
    permit_low_ports(folder / "server")
    target = tmp_path / "layer.tar"
    write_layer(folder, target)
    with tarfile.open(target) as tar:
        (member,) = tar
    value = member.pax_headers["SCHILY.xattr.security.capability"]
    assert value.encode("utf-8", "surrogateescape") == os.getxattr(folder / "server", "security.capability")
