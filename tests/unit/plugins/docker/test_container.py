"""What the engine is asked for; the engine itself is the real one in tests/sandbox/docker."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest

from sandbox.plugins.docker import container_request as request
from sandbox.plugins.docker.container import Container
from sandbox.plugins.docker.engine import Engine
from sandbox.plugins.docker.provider import Docker
from sandbox.plugins.host import UNKNOWN, PluginError

GIVEN: dict[str, Any] = {
    "name": "web",
    "image": "debian",
    "readOnly": True,
    "memory": 64,
    "cpus": "0.5",
    "restart": "unless-stopped",
    "ports": [{"internal": 8443, "external": 8444, "ip": "127.0.0.1"}],
    "networksAdvanced": [{"name": "front", "aliases": ["web"]}, {"name": "back"}],
    "mounts": [{"type": "tmpfs", "target": "/tmp", "tmpfsOptions": {"sizeBytes": 1024, "mode": 0o1777}}],
    "healthcheck": {"tests": ["CMD", "true"], "interval": "1m30s"},
}


@pytest.fixture
def container() -> Container:
    return Container(Engine())


def checked(container: Container, **changes: Any) -> dict[str, Any]:
    found = container.check("web", {**GIVEN, **changes}, None)
    assert not found.failures
    return dict(found.inputs)


def test_a_container_is_asked_for_with_all_that_was_declared(container: Container) -> None:
    body = request.container(checked(container))
    host = body["HostConfig"]
    assert host["PortBindings"] == {"8443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8444"}]}
    assert (host["Memory"], host["NanoCpus"], host["ReadonlyRootfs"]) == (64 << 20, 500_000_000, True)
    assert host["RestartPolicy"] == {"Name": "unless-stopped", "MaximumRetryCount": 0}
    assert host["NetworkMode"] == "front"
    assert body["NetworkingConfig"] == {"EndpointsConfig": {"front": {"Aliases": ["web"]}}}
    assert body["Healthcheck"]["Interval"] == 90_000_000_000
    (mount,) = host["Mounts"]
    assert mount["TmpfsOptions"] == {"SizeBytes": 1024, "Mode": 0o1777}


def test_without_a_network_of_its_own_it_has_the_mode_that_is_asked_for(container: Container) -> None:
    def mode(**changes: Any) -> str:
        return str(request.container(checked(container, networksAdvanced=None, **changes))["HostConfig"]["NetworkMode"])

    assert (mode(), mode(networkMode="none")) == ("default", "none")


def test_only_limits_and_policies_leave_it_in_place(container: Container) -> None:
    before = checked(container)
    for change in ({"memory": 128}, {"cpus": "1"}, {"restart": "no"}, {"destroyGraceSeconds": 3}, {"wait": True}):
        diff = container.diff("x", before, before, checked(container, **change))
        assert diff.changed, change
        assert not diff.replaces, change
    changes: tuple[dict[str, Any], ...] = (
        {"image": "other"},
        {"readOnly": False},
        {"ports": []},
        {"user": "1"},
        {"healthcheck": {"tests": ["CMD", "false"]}},
        {"networksAdvanced": [{"name": "front"}]},
        {"labels": [{"label": "digest", "value": "1"}]},
    )
    for replaced in changes:
        assert container.diff("x", before, before, checked(container, **replaced)).replaces, replaced


def test_a_container_that_was_made_before_jobs_were_known_is_no_change(container: Container) -> None:
    before = checked(container)
    assert not {"attach", "maxRetryCount"} & set(before)
    assert not container.diff("x", before, {**before, "maxRetryCount": None}, before).changed


def test_a_job_is_tried_as_often_as_was_declared(container: Container) -> None:
    job = checked(container, restart="on-failure", maxRetryCount=6, attach=True, mustRun=False)
    policy = request.container(job)["HostConfig"]["RestartPolicy"]
    assert policy == {"Name": "on-failure", "MaximumRetryCount": 6}
    assert container.diff("x", job, {**job, "maxRetryCount": 5}, job).changed


def test_an_ended_container_is_made_anew(container: Container) -> None:
    before = checked(container)
    assert container.diff("x", before, {**before, "mustRun": False}, before).replaces


def test_uploads_keep_their_owner_and_mode() -> None:
    content = request.files({"uploads": [{"file": "/a/key", "content": "s", "permissions": "0400", "owner": "999"}]})
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        (member,) = tar.getmembers()
    assert (member.name, member.mode, member.uid, member.gid) == ("a/key", 0o400, 999, 0)


@pytest.mark.parametrize(("written", "expected"), [("500ms", 5 * 10**8), ("1h0m1.5s", 3601.5 * 10**9), ("", 0)])
def test_durations_are_gos(written: str, expected: float) -> None:
    assert request.nanoseconds(written) == expected


@pytest.mark.parametrize("written", ["soon", "10", "5 s", "s5"])
def test_other_durations_are_refused(written: str) -> None:
    with pytest.raises(PluginError, match="is no duration"):
        request.nanoseconds(written)


def test_what_the_plugin_does_not_know_is_refused(container: Container) -> None:
    found = container.check("web", {**GIVEN, "pidMode": "host", "restart": "sometimes"}, None)
    assert {each.property for each in found.failures} == {"pidMode", "restart"}


def test_the_options_choose_an_engine_on_this_machine() -> None:
    provider = Docker()
    assert not provider.check_config({"host": "unix:///x.sock"})
    assert not provider.check_config({"host": UNKNOWN})
    assert "this machine alone" in provider.check_config({"host": "ssh://far"})[0].reason
