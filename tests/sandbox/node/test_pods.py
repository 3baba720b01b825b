from __future__ import annotations

import json

import pytest

from .conftest import Cluster, restricted_pod

pytestmark = pytest.mark.sandbox


def execute(cluster: Cluster, namespace: str, pod: str, command: str) -> str:
    return cluster.kubectl("exec", "-n", namespace, pod, "--", "/bin/bash", "-c", command).stdout


def test_a_pods_output_can_be_read(cluster: Cluster, namespace: str, probe: str) -> None:
    assert cluster.kubectl("logs", "-n", namespace, probe).stdout == "started\n"


def test_a_restricted_pod_has_no_capability_and_a_seccomp_filter(cluster: Cluster, namespace: str, probe: str) -> None:
    status = execute(cluster, namespace, probe, "cat /proc/self/status")

    values = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(values["CapBnd"], 16) == 0
    assert values["NoNewPrivs"] == "1"
    assert values["Seccomp"] == "2"
    assert values["Uid"].split() == ["1000"] * 4


def test_a_pod_cannot_write_to_its_image(cluster: Cluster, namespace: str, probe: str) -> None:
    refusal = cluster.kubectl("exec", "-n", namespace, probe, "--", "touch", "/etc/mark", check=False)

    assert refusal.returncode != 0
    assert "Read-only file system" in refusal.stderr


def test_a_pod_resolves_services_by_their_short_names(cluster: Cluster, namespace: str, probe: str) -> None:
    answer = execute(cluster, namespace, probe, "getent ahostsv4 kubernetes.default")

    assert answer.split()[0] == "10.96.0.1"


def test_a_name_that_does_not_exist_is_not_resolved(cluster: Cluster, namespace: str, probe: str) -> None:
    answer = cluster.kubectl("exec", "-n", namespace, probe, "--", "getent", "hosts", "absent.default", check=False)

    assert answer.returncode != 0


def test_a_pod_reaches_a_service_and_the_api_server_behind_it(cluster: Cluster, namespace: str, probe: str) -> None:
    assert execute(cluster, namespace, probe, "exec 3<>/dev/tcp/kubernetes.default/443 && echo open") == "open\n"


def test_a_pod_is_killed_at_its_memory_limit(cluster: Cluster, namespace: str, image: str) -> None:
    # `tail` keeps a line without an end in memory
    pod = restricted_pod(namespace, image, "tail /dev/zero")
    pod["metadata"]["name"] = "greedy"
    pod["spec"]["restartPolicy"] = "Never"
    cluster.apply(pod)

    cluster.kubectl(
        *("wait", "--timeout=60s", "-n", namespace, "pod/greedy"),
        "--for=jsonpath={.status.containerStatuses[0].state.terminated.reason}=OOMKilled",
    )


def test_a_pod_in_the_hosts_network_is_refused_in_a_restricted_namespace(
    cluster: Cluster, namespace: str, image: str
) -> None:
    pod = restricted_pod(namespace, image, "true")
    pod["metadata"]["name"] = "on-the-host"
    pod["spec"]["hostNetwork"] = True

    refusal = cluster.kubectl("create", "-f", "-", stdin=json.dumps(pod), check=False)

    assert refusal.returncode != 0
    assert 'violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)' in refusal.stderr


def test_a_privileged_pod_is_refused_everywhere(cluster: Cluster, image: str) -> None:
    pod = restricted_pod("default", image, "true")
    pod["metadata"]["name"] = "privileged"
    pod["spec"]["containers"][0]["securityContext"] = {"privileged": True}

    refusal = cluster.kubectl("create", "-f", "-", stdin=json.dumps(pod), check=False)

    assert refusal.returncode != 0
    assert "privileged: Forbidden: disallowed by cluster policy" in refusal.stderr


@pytest.mark.usefixtures("probe")
def test_a_namespace_at_its_quota_takes_no_further_pod(cluster: Cluster, namespace: str, image: str) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full", "namespace": namespace}}
    cluster.apply({**quota, "spec": {"hard": {"pods": "1"}}})
    counted = ("-n", namespace, "resourcequota/full", "--for=jsonpath={.status.used.pods}")
    cluster.kubectl("wait", "--timeout=30s", *counted)
    pod = restricted_pod(namespace, image, "true")
    pod["metadata"]["name"] = "surplus"

    refusal = cluster.kubectl("create", "-f", "-", stdin=json.dumps(pod), check=False)
    cluster.kubectl("delete", "-n", namespace, "resourcequota/full")

    assert refusal.returncode != 0
    assert "exceeded quota: full" in refusal.stderr
