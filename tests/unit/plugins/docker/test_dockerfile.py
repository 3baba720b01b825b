"""Which images a Dockerfile builds on."""

from __future__ import annotations

import pytest

from sandbox.plugins.docker.dockerfile import bases
from sandbox.plugins.docker.reference import normalised, repository
from sandbox.plugins.host import PluginError

STAGES = """
# FROM nothing
ARG BASE=docker.io/library/debian:bookworm-slim
ARG TAG="1"
FROM ${BASE} AS library
ARG LATER=x
FROM --platform=linux/amd64 example.org/\\
    tool:$TAG AS tool
FROM library
COPY --from=tool / /
FROM scratch
"""


def test_every_base_is_found_once_and_no_stage_among_them() -> None:
    assert bases(STAGES.replace("\\\n    ", ""), {}) == [
        "docker.io/library/debian:bookworm-slim",
        "example.org/tool:1",
    ]


def test_the_builds_arguments_win_over_the_files_own() -> None:
    assert bases("ARG BASE=one\nARG OTHER\nFROM $BASE\nFROM ${OTHER:-three}\n", {"BASE": "two"}) == ["two", "three"]


def test_a_base_without_a_value_is_refused() -> None:
    with pytest.raises(PluginError, match=r"`FROM \$\{BASE\} AS x`: the build gives no value for BASE"):
        bases("ARG BASE\nFROM ${BASE} AS x\n", {})


@pytest.mark.parametrize(
    ("short", "full", "name"),
    [
        ("spark", "docker.io/library/spark:latest", "docker.io/library/spark"),
        ("etl-platform/job:1", "docker.io/etl-platform/job:1", "docker.io/etl-platform/job"),
        ("localhost/job", "localhost/job:latest", "localhost/job"),
        ("registry:5000/etl/job:1", "registry:5000/etl/job:1", "registry:5000/etl/job"),
        ("ghcr.io/etl/job@sha256:0a", "ghcr.io/etl/job@sha256:0a", "ghcr.io/etl/job"),
    ],
)
def test_a_short_name_is_the_nodes_full_one(short: str, full: str, name: str) -> None:
    assert normalised(short) == full
    assert repository(short) == name
