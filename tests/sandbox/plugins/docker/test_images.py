"""Images on the real engine: built by the real buildah, and run by the node."""

from __future__ import annotations

import json
import secrets
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from sandbox.plugins.docker import pip
from sandbox.plugins.docker.builder import Build, Builder
from sandbox.plugins.docker.node import Node
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.options import Options
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import Namespace

pytestmark = pytest.mark.sandbox

DOCKERFILE = """
ARG BASE
FROM ${BASE} AS made
ARG WORD
RUN echo "$WORD and $(cat /etc/debian_version)" > /made
FROM ${BASE}
COPY --from=made /made /srv/made
COPY greeting /srv/
USER 1000
ENTRYPOINT ["cat", "/srv/made", "/srv/greeting"]
"""
PROGRAM = """
import os
import pulumi
import pulumi_docker as docker
import pulumi_kubernetes as k8s

image = docker.Image("image", image_name=os.environ["IMAGE"], skip_push=True, build=docker.DockerBuildArgs(
    context="context", platform="linux/amd64", args={"BASE": os.environ["BASE"], "WORD": "two words"}))
pulumi.export("digest", image.repo_digest)
ns = k8s.core.v1.Namespace("ns", metadata=dict(name=os.environ["NAMESPACE"]))
"""
POD = """
def pod(name, reference):
    k8s.batch.v1.Job(name, metadata=dict(name=name, namespace=os.environ["NAMESPACE"]), spec=dict(
        template=dict(spec=dict(restartPolicy="Never", containers=[
            dict(name="job", image=reference, imagePullPolicy="Never")]))),
        opts=pulumi.ResourceOptions(depends_on=[ns, image]))
pod("by-name", image.image_name)
pod("by-digest", image.repo_digest)
"""


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    made = Namespace(Cluster(Options(kubeconfig=str(Paths.find().kubeconfig))), f"plugin-{secrets.token_hex(4)}")
    yield made
    made.remove()


@pytest.fixture
def project(tmp_path: Path, namespace: Namespace) -> Project:
    variables = {
        "KUBECONFIG": str(Paths.find().kubeconfig),
        "NAMESPACE": namespace.name,
        "IMAGE": f"etl-tests/{namespace.name}:1",
        "BASE": Versions.read().images["debian"],
    }
    made = Project(tmp_path, "images", variables)
    (made.folder / "context").mkdir()
    (made.folder / "context/Dockerfile").write_text(DOCKERFILE)
    (made.folder / "context/greeting").write_text("hello\n")
    return made


def said(namespace: Namespace, job: str) -> str:
    [pod] = namespace.cluster.listed("v1", "Pod", namespace.name, labelSelector=f"job-name={job}")
    return namespace.cluster.connection.text(f"/api/v1/namespaces/{namespace.name}/pods/{pod['metadata']['name']}/log")


def test_an_image_is_built_published_and_run(project: Project, namespace: Namespace) -> None:
    project.write(PROGRAM + POD)
    assert project.preview().changes == {"create": 4}
    assert project.up().changes == {"create": 4}
    for job in ("by-name", "by-digest"):
        assert said(namespace, job).startswith("two words and 12.")
        assert said(namespace, job).endswith("hello\n")
    assert project.up().changes == {}
    assert project.refresh().changes == {}


def test_another_content_is_built_anew_and_the_same_is_not(project: Project) -> None:
    project.write(PROGRAM)
    project.up()
    first = project.outputs()["digest"]
    (project.folder / "context/greeting").write_text("good morning\n")
    preview = project.preview()
    [step] = [step for step in preview.steps if step["op"] == "update"]
    assert set(step["detailedDiff"]) == {"build.contextDigest"}
    assert project.up().changes == {"update": 1}
    assert project.outputs()["digest"] != first


def test_what_is_lent_to_a_build_is_no_part_of_the_image(project: Project, tmp_path: Path) -> None:
    context = project.folder / "context"
    (context / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nRUN cp /etc/pip.conf /seen || touch /seen\n")
    paths = Paths.find()
    build = Build("etl-tests/lent:1", context, context / "Dockerfile", {"BASE": project.environment["BASE"]})
    with Builder(paths).built(build) as archive, tarfile.open(archive) as image:
        [described] = json.load(member(image, "manifest.json"))
        with tarfile.open(fileobj=member(image, described["Layers"][-1])) as layer:
            sizes = {found.name: found.size for found in layer.getmembers() if found.isfile()}
    lent = pip.lent(paths.python, tmp_path)
    assert bool(sizes.pop("seen")) == bool(lent), "the build sees what pip on this machine is told"
    assert {name for name, size in sizes.items() if size} == set()


def member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    assert found
    return found


def test_a_step_that_fails_is_told_with_what_it_said(project: Project) -> None:
    project.write(PROGRAM)
    (project.folder / "context/Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nRUN echo no such luck >&2; exit 7\n")
    text = project.up(fails=True).text
    assert "no such luck" in text
    assert "exit status 7" in text
    assert "Traceback" not in text


def test_a_base_that_cannot_be_had_is_named(project: Project) -> None:
    project.write(PROGRAM)
    (project.folder / "context/Dockerfile").write_text("FROM docker.io/library/alpine:3\n")
    text = project.up(fails=True).text
    assert "FROM docker.io/library/alpine:3: nothing can be pulled here, and there are stand-ins of" in text


def test_an_image_that_the_node_lost_is_found_missing(project: Project) -> None:
    project.write(PROGRAM)
    project.up()
    node = Node(Paths.find())
    name = f"docker.io/{project.environment['IMAGE']}"
    node._ctr("rm", name)
    assert project.refresh().changes == {"delete": 1}
    assert project.up().changes == {"create": 1}
    assert node.digest(name)
