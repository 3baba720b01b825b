"""Spark in the dev stack: the COVID example through the operator, and what a team's workspace refuses."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from examples.covid.expected import expected
from tests.sandbox.environment.applications import ENDED, KIND, NAMESPACE, created, ended, status_of
from tests.sandbox.environment.connections import jar, write_connection
from tests.sandbox.environment.stack import BOUND, ROOT, Stack
from tests.sandbox.environment.watch import watch
from transforms.runtime.connections import VARIABLE

pytestmark = pytest.mark.sandbox

RELATIVE = 1e-9  # what summing in another order may change in a mean


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's files, small."""
    folder = tmp_path_factory.mktemp("covid")
    size = ("--countries", "30", "--days", "120", "--seed", "11")
    subprocess.run([sys.executable, "-m", "examples.covid.generate", "--out", folder, *size], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="module")
def loaded(stack: Stack, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The files in the team's database, put there by the command on this machine."""
    drop_tables(stack)
    connections = tmp_path_factory.mktemp("connections")
    password = write_connection(stack, connections, "cases")
    variables = {
        VARIABLE: str(connections),
        "PYSPARK_SUBMIT_ARGS": f"--jars {jar()} --conf spark.ui.enabled=false pyspark-shell",
    }
    command = [
        sys.executable,
        "-m",
        "transforms",
        "run",
        "examples/covid/load.yaml",
        "--set",
        f"data={data}",
        "--set",
        f"out={data}/kept",
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, timeout=BOUND, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert password not in done.stdout + done.stderr
    yield
    drop_tables(stack)


def drop_tables(stack: Stack) -> None:
    """Remove the example's tables, also those that a person filled: an upsert would keep their rows."""
    with stack.connect("cases", "owner") as database:
        for (table,) in database.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'covid_%'").fetchall():
            database.execute(f'DROP TABLE public."{table}"')


@pytest.fixture(scope="module")
def application(stack: Stack) -> dict[str, Any]:
    """The run that people start by hand, as it lies in the job's ConfigMap."""
    job = stack.cluster.read_namespaced_config_map("job-covid", NAMESPACE).data
    assert "SELECT" in job["job.sql"]
    found: dict[str, Any] = yaml.safe_load(job["application.yaml"])
    return found


@pytest.fixture(scope="module")
def applications(stack: Stack) -> client.CustomObjectsApi:
    return client.CustomObjectsApi(stack.cluster.api_client)


@pytest.mark.usefixtures("loaded")
def test_the_covid_job_runs_as_pods_and_gives_what_an_independent_computation_gives(
    stack: Stack, data: Path, application: dict[str, Any], applications: client.CustomObjectsApi
) -> None:
    name = created(applications, application)
    status = ended(applications, name)

    log = stack.cluster.read_namespaced_pod_log(status["driverInfo"]["podName"], NAMESPACE)
    assert status["applicationState"]["state"] == "COMPLETED", log[-4000:]
    # In what state an executor ends is a race: it goes when its driver does.
    assert len(status["executorState"]) == application["spec"]["executor"]["instances"] == 1
    with stack.connect("cases", "reader") as database:
        columns = "continent, month, new_cases, mean_7_day, countries, worst_day, worst_day_cases"
        rows = database.execute(f"SELECT {columns} FROM covid_monthly ORDER BY continent, month").fetchall()
    wanted = expected(data)
    assert len(rows) == len(wanted) > 10
    for row, other in zip(rows, wanted, strict=True):
        assert row[3] == pytest.approx(other.mean_7_day, rel=RELATIVE)
        assert (*row[:3], *row[4:]) == (*other[:3], *other[4:])
    assert stack.secret(stack.database("cases")["secret"])["owner-password"] not in log
    if stack.outputs["observability"]:
        figures_of(stack, name)


def figures_of(stack: Stack, run: str) -> None:
    """What its alerts look at is there: when a run was asked for, and how it ended."""
    prometheus = watch(stack, "prometheus")
    prometheus.until(lambda: prometheus.query(f'spark_run_state{{run="{run}", state="COMPLETED"}} == 1'), 180)
    [asked] = prometheus.query(f'spark_run_created_seconds{{run="{run}"}}')
    assert asked["metric"]["application"] == "covid"


def monthly(stack: Stack) -> list[tuple[Any, ...]]:
    """The rows of the job's table, in order."""
    with stack.connect("cases", "reader") as database:
        return database.execute("SELECT * FROM covid_monthly ORDER BY continent, month").fetchall()


@pytest.mark.usefixtures("loaded")
def test_the_same_run_again_changes_nothing(
    stack: Stack, application: dict[str, Any], applications: client.CustomObjectsApi
) -> None:
    before = monthly(stack)
    assert ended(applications, created(applications, application))["applicationState"]["state"] == "COMPLETED"

    after = monthly(stack)
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert len(before) > 10


@pytest.mark.usefixtures("loaded")
def test_a_driver_killed_while_it_writes_leaves_the_old_rows_and_the_operators_next_attempt_completes(
    stack: Stack, application: dict[str, Any], applications: client.CustomObjectsApi
) -> None:
    before = monthly(stack)
    assert len(before) > 10
    with stack.connect("cases", "owner") as holder:
        # A row that somebody holds stops the run in the middle of its upsert, with the rows before it changed for it.
        holder.execute("BEGIN")
        last = "(SELECT max(ctid) FROM covid_monthly)"
        holder.execute(f"SELECT 1 FROM covid_monthly WHERE ctid = {last} FOR UPDATE")
        name = created(applications, application)
        waiting(stack, name, applications)
        killed = status_of(applications, name)["driverInfo"]["podName"]
        stack.cluster.delete_namespaced_pod(killed, NAMESPACE, grace_period_seconds=0)
        assert monthly(stack) == before
        assert staged(stack), "it was killed before it had staged anything"
        holder.execute("ROLLBACK")

    status = ended(applications, name)

    assert status["applicationState"]["state"] == "COMPLETED"
    assert status["executionAttempts"] == 2
    assert [row[:3] for row in monthly(stack)] == [row[:3] for row in before]
    assert staged(stack) == []


def staged(stack: Stack) -> list[str]:
    """The tables in which runs have staged rows for the job's table."""
    with stack.connect("cases", "owner") as database:
        found = database.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'covid\\_monthly\\_\\_%'")
        return [name for (name,) in found.fetchall()]


def waiting(stack: Stack, name: str, applications: client.CustomObjectsApi) -> None:
    """Until a run waits for a lock in the middle of its upsert."""
    writes = "INSERT INTO%covid_monthly%ON CONFLICT%"
    blocked = f"SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '{writes}'"
    with stack.connect("cases", "owner") as database:
        for _ in range(BOUND):
            if database.execute(blocked).fetchall():
                return
            state = status_of(applications, name).get("applicationState", {})
            assert state.get("state") not in ENDED, state
            time.sleep(1)
    raise AssertionError(f"the run {name} never came to its write")


def test_the_schedule_is_the_operators(applications: client.CustomObjectsApi) -> None:
    scheduled: Any = applications.get_namespaced_custom_object(*KIND[:3], "scheduledsparkapplications", "covid")

    assert scheduled["status"]["scheduleState"] == "Scheduled"
    assert scheduled["spec"]["concurrencyPolicy"] == "Forbid"


def test_a_run_beyond_the_teams_quota_is_refused(
    application: dict[str, Any], applications: client.CustomObjectsApi
) -> None:
    greedy = deepcopy(application)
    greedy["spec"]["executor"]["instances"] = 50

    with pytest.raises(ApiException) as refusal:
        created(applications, greedy)

    assert "quota" in str(refusal.value.body).lower()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("spark.kubernetes.namespace", "epidemiology-data"),
        ("spark.kubernetes.authenticate.driver.serviceAccountName", "default"),
        ("spark.kubernetes.container.image", "docker.io/library/debian:bookworm-slim"),
        ("spark.master", "local[1]"),
    ],
)
def test_a_setting_that_would_lead_out_of_the_workspace_is_refused(
    application: dict[str, Any], applications: client.CustomObjectsApi, setting: str, value: str
) -> None:
    sly = deepcopy(application)
    sly["spec"]["sparkConf"][setting] = value

    with pytest.raises(ApiException) as refusal:
        created(applications, sly)

    assert setting in str(refusal.value.body)


@pytest.mark.parametrize(
    ("resource", "verb", "namespace"),
    [
        ("secrets", "get", NAMESPACE),
        ("secrets", "list", NAMESPACE),
        ("pods", "create", "epidemiology-data"),
        ("secrets", "get", "epidemiology-data"),
        ("roles", "create", NAMESPACE),
        ("services", "delete", NAMESPACE),
    ],
)
def test_a_driver_may_not(stack: Stack, application: dict[str, Any], resource: str, verb: str, namespace: str) -> None:
    account = f"system:serviceaccount:{NAMESPACE}:{application['spec']['driver']['serviceAccount']}"
    group = "rbac.authorization.k8s.io" if resource == "roles" else ""
    asked = client.V1ResourceAttributes(namespace=namespace, verb=verb, resource=resource, group=group)
    review = client.V1SubjectAccessReview(
        spec=client.V1SubjectAccessReviewSpec(user=account, resource_attributes=asked)
    )

    answer: Any = client.AuthorizationV1Api(stack.cluster.api_client).create_subject_access_review(review)

    assert answer.status.allowed is False
