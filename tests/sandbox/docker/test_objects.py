"""The offline plugin's networks, volumes and containers: the real Pulumi engine against a real Docker engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.docker.api import Api
from sandbox.docker.engine import Engine
from tests.sandbox.plugins.harness import Project

pytestmark = pytest.mark.sandbox

PROGRAM = """
import os
import pulumi
import pulumi_docker as docker

engine = docker.Provider("engine", host=os.environ["ENGINE"])
opts = pulumi.ResourceOptions(provider=engine)
image = docker.RemoteImage("debian", name="docker.io/library/debian:bookworm-slim", keep_locally=True, opts=opts)
network = docker.Network("back", internal=True, opts=opts)
volume = docker.Volume("data", labels=[dict(label="use", value="data")], opts=opts)
filled = docker.Container(
    "fill", image=image.image_id, start=False, must_run=False, network_mode="none",
    mounts=[docker.ContainerMountArgs(type="volume", target="/data", source=volume.name)],
    uploads=[docker.ContainerUploadArgs(file="/data/secret", content=pulumi.Output.secret(os.environ["SECRET"]),
        permissions="0400", owner="1000", group="1000")],
    opts=opts)
server = docker.Container(
    "server", name="plugin-server", image=image.image_id,
    command=["sh", "-c", "cat /data/secret > /tmp/seen && sleep infinity"],
    user="1000:1000", read_only=True, tmpfs={"/tmp": "size=1m,mode=1777"},
    capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]), security_opts=["no-new-privileges:true"],
    memory=int(os.environ.get("MEMORY", "32")), cpus="0.5", restart="unless-stopped",
    healthcheck=docker.ContainerHealthcheckArgs(tests=["CMD", "test", "-s", "/tmp/seen"], interval="300ms", retries=20),
    wait=True, wait_timeout=30, destroy_grace_seconds=0,
    networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=network.name, aliases=["server"])],
    mounts=[docker.ContainerMountArgs(type="volume", target="/data", source=volume.name, read_only=True)],
    log_driver="json-file", log_opts={"max-size": "1m", "max-file": "2"},
    opts=pulumi.ResourceOptions(provider=engine, depends_on=[filled]))
pulumi.export("server", server.id)
pulumi.export("volume", volume.name)
"""
JOB = f"""
{PROGRAM.partition("network =")[0]}
docker.Container(
    "job", name="plugin-job", image=image.image_id, command=["sh", "-c", os.environ["JOB"]], network_mode="none",
    restart="on-failure", max_retry_count=2, attach=True, must_run=False, opts=opts)
"""
SECRET = "a-word-that-no-log-shows"


@pytest.fixture
def project(tmp_path: Path, engine: Engine) -> Any:
    made = Project(tmp_path, "toy", {"ENGINE": engine.host, "SECRET": SECRET})
    made.write(PROGRAM)
    yield made
    made.destroy()


def inspected(api: Api, name: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/containers/{name}/json")
    return found


def test_a_container_is_made_as_declared_and_stays_so(project: Project, engine: Engine) -> None:
    made = project.up()
    assert made.changes == {"create": 5}
    assert SECRET not in made.text
    assert SECRET not in project.state_text()

    found = inspected(engine.api, "plugin-server")
    host = found["HostConfig"]
    assert found["State"]["Health"]["Status"] == "healthy", "the secret lies in the volume, for its user to read"
    assert host["ReadonlyRootfs"]
    assert (host["CapDrop"], host["SecurityOpt"]) == (["ALL"], ["no-new-privileges:true"])
    assert (host["Memory"], host["NanoCpus"]) == (32 << 20, 500_000_000)
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "2", "max-size": "1m"}}
    assert found["Config"]["User"] == "1000:1000"

    assert project.up().changes == {}
    assert project.refresh().changes == {}
    assert project.preview().changes == {}


def test_a_limit_changes_the_container_and_a_command_replaces_it(project: Project, engine: Engine) -> None:
    project.up()
    before = inspected(engine.api, "plugin-server")["Id"]

    project.environment["MEMORY"] = "48"
    assert project.up().changes == {"update": 1}
    found = inspected(engine.api, "plugin-server")
    assert (found["Id"], found["HostConfig"]["Memory"]) == (before, 48 << 20)

    project.write(PROGRAM.replace("sleep infinity", "exec sleep infinity"))
    project.up()
    assert inspected(engine.api, "plugin-server")["Id"] != before


def test_what_was_changed_by_hand_is_seen_and_taken_back(project: Project, engine: Engine) -> None:
    project.up()
    by_hand = {"RestartPolicy": {"Name": "no"}, "Memory": 64 << 20, "MemorySwap": 64 << 20}
    engine.api.post("/containers/plugin-server/update", by_hand)
    assert project.refresh().changes == {"update": 1}
    assert project.up().changes == {"update": 1}
    host = inspected(engine.api, "plugin-server")["HostConfig"]
    assert (host["RestartPolicy"]["Name"], host["Memory"]) == ("unless-stopped", 32 << 20)

    engine.api.post("/containers/plugin-server/stop", query={"t": 0})
    project.up("--refresh")
    assert inspected(engine.api, "plugin-server")["State"]["Running"]

    engine.api.delete("/containers/plugin-server", {"force": True})
    assert project.refresh().changes == {"delete": 1}
    assert project.up().changes == {"create": 1}


def test_a_container_that_never_gets_well_says_why(project: Project) -> None:
    ends = PROGRAM.replace('"sh", "-c", "cat', '"sh", "-c", "echo no luck >&2; exit 3; cat')
    project.write(ends.replace("wait_timeout=30", "wait_timeout=5"))
    failed = project.up(fails=True)
    assert "no luck" in failed.text


def test_the_end_of_a_job_is_awaited_and_one_that_failed_is_tried_again(project: Project, engine: Engine) -> None:
    project.environment["JOB"] = "test -e /tmp/once && exit; touch /tmp/once; exit 3"
    project.write(JOB)
    project.up()
    found = inspected(engine.api, "plugin-job")
    assert (found["State"]["Status"], found["State"]["ExitCode"], found["RestartCount"]) == ("exited", 0, 1)

    assert project.up().changes == {}
    assert project.refresh().changes == {}
    assert inspected(engine.api, "plugin-job")["Id"] == found["Id"]


def test_a_job_that_fails_says_why_and_begins_anew_with_the_next_run(project: Project, engine: Engine) -> None:
    project.environment["JOB"] = "echo no luck >&2; exit 3"
    project.write(JOB)
    failed = project.up(fails=True)
    assert "plugin-job ended with status 3" in failed.text
    assert "no luck" in failed.text
    assert engine.api.get("/containers/json", {"all": True}) == []

    project.environment["JOB"] = "true"
    assert project.up().changes == {"create": 1}


def test_mistakes_are_named_before_anything_is_made(project: Project) -> None:
    project.write(PROGRAM.replace('interval="300ms"', 'interval="soon"'))
    assert "'soon' is no duration" in project.preview(fails=True).text
    project.write(PROGRAM.replace("start=False", "read_only=True"))
    assert "writes no files into a container whose root is read-only" in project.preview(fails=True).text


def test_an_engine_elsewhere_is_refused(project: Project) -> None:
    project.environment["ENGINE"] = "tcp://192.0.2.1:2376"
    assert "reaches engines on this machine alone" in project.preview(fails=True).text
    project.environment["ENGINE"] = "unix:///nowhere.sock"
    project.write(PROGRAM.partition("network =")[0])
    assert "/nowhere.sock does not answer" in project.up(fails=True).text


def test_an_image_that_cannot_be_had_says_what_to_do(project: Project) -> None:
    project.write(PROGRAM.partition("network =")[0].replace("bookworm-slim", "no-such-tag"))
    assert "cannot be pulled" in project.up(fails=True).text


def test_nothing_is_left_in_the_end(project: Project, engine: Engine) -> None:
    project.up()
    volume = project.outputs()["volume"]
    project.destroy()
    assert engine.api.get("/containers/json", {"all": True}) == []
    assert volume not in [each["Name"] for each in engine.api.get("/volumes")["Volumes"] or ()]
    assert {each["Name"] for each in engine.api.get("/networks")} <= {"none", "host", "bridge"}
