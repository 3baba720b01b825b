"""Default-deny holds between teams: the declared holes are open, and nothing else is."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kubernetes import client

from components.network.policies import OBSERVABILITY, PROMETHEUS
from tests.sandbox.environment.stack import BOUND, Stack

pytestmark = pytest.mark.sandbox


def answers(
    stack: Stack, namespace: str, host: str, *, port: int | None = None, labels: dict[str, str] | None = None
) -> bool:
    """Whether a pod in `namespace` gets an answer from the PostgreSQL server at `host`, or a connection on `port`."""
    command = ["pg_isready", "-h", host, "-t", "10"]
    if port:
        command = ["timeout", "10", "bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}"]
    server = stack.cluster.list_namespaced_pod("epidemiology-data", label_selector="app.kubernetes.io/name=cases")
    image = server.items[0].spec.containers[0].image
    name = f"knock-{secrets.token_hex(4)}"
    small = {"cpu": "50m", "memory": "32Mi"}
    pod = client.V1Pod(
        metadata=client.V1ObjectMeta(name=name, labels=labels),
        spec=client.V1PodSpec(
            restart_policy="Never",
            automount_service_account_token=False,
            security_context=client.V1PodSecurityContext(
                run_as_non_root=True, run_as_user=999, seccomp_profile=client.V1SeccompProfile(type="RuntimeDefault")
            ),
            containers=[
                client.V1Container(
                    name="knock", image=image, command=command,
                    resources=client.V1ResourceRequirements(requests=small, limits=small),
                    security_context=client.V1SecurityContext(
                        allow_privilege_escalation=False, read_only_root_filesystem=True,
                        capabilities=client.V1Capabilities(drop=["ALL"]),
                    ),
                )
            ],
        ),
    )  # fmt: skip
    stack.cluster.create_namespaced_pod(namespace, pod)
    try:
        deadline = time.monotonic() + BOUND
        while time.monotonic() < deadline:
            phase = stack.cluster.read_namespaced_pod(name, namespace).status.phase
            if phase in {"Succeeded", "Failed"}:
                return bool(phase == "Succeeded")
            time.sleep(0.5)
        raise AssertionError(f"pod {name} did not end")
    finally:
        stack.cluster.delete_namespaced_pod(name, namespace, grace_period_seconds=0)


CASES = "cases.epidemiology-data.svc.cluster.local"
FIGURES = "figures.reporting-data.svc.cluster.local"
KEYCLOAKS = "keycloak-database.platform-identity.svc.cluster.local"


@pytest.mark.parametrize(
    ("namespace", "host", "expected"),
    [
        ("epidemiology-data", CASES, True),
        ("reporting-data", CASES, True),  # named under `readers`
        ("reporting-data", FIGURES, True),
        ("epidemiology-data", FIGURES, False),
        ("reporting-data", KEYCLOAKS, False),
    ],
)
def test_a_pod_reaches_a_server_only_where_the_config_says_so(
    stack: Stack, namespace: str, host: str, expected: bool
) -> None:
    assert answers(stack, namespace, host) is expected


@pytest.mark.parametrize(
    ("role", "host", "expected"),
    [("driver", CASES, True), ("executor", CASES, True), ("driver", FIGURES, False), (None, CASES, False)],
)
def test_of_a_teams_spark_namespace_drivers_and_executors_reach_its_own_servers_and_nothing_else_does(
    stack: Stack, role: str | None, host: str, expected: bool
) -> None:
    labels = {"spark-role": role} if role else None
    assert answers(stack, "epidemiology-spark", host, labels=labels) is expected


@pytest.fixture
def stranger(stack: Stack) -> Iterator[str]:
    """A namespace without a policy, so that what refuses its pods is the other side's own."""
    with namespace(stack, f"test-stranger-{secrets.token_hex(3)}") as name:
        yield name


@contextmanager
def namespace(stack: Stack, name: str) -> Iterator[str]:
    """The namespace `name`; made for the test unless it is there."""
    if any(each.metadata.name == name for each in stack.cluster.list_namespace().items):
        yield name
        return
    stack.cluster.create_namespace({"metadata": {"name": name}})
    try:
        yield name
    finally:
        stack.cluster.delete_namespace(name, grace_period_seconds=0)


def test_an_exporter_answers_prometheus_and_nobody_else(stack: Stack, stranger: str) -> None:
    servers = stack.cluster.list_namespaced_pod("epidemiology-data", label_selector="app.kubernetes.io/name=cases")
    address = servers.items[0].status.pod_ip
    assert answers(stack, stranger, CASES) is False
    assert answers(stack, stranger, address, port=9187) is False
    with namespace(stack, OBSERVABILITY) as observability:
        assert answers(stack, observability, address, port=9187, labels=dict(PROMETHEUS)) is True
        assert answers(stack, observability, address, port=9187) is False
