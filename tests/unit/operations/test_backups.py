"""What a person asks for becomes a job, and what it says a table."""

from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from kubernetes.config import kube_config

from operations.backups import Vault
from operations.cli import main
from operations.errors import OperationError
from operations.jobs import Runner, from_template


def template(kind: str, *steps: str, database: str = "cases", team: str | None = "epidemiology") -> Any:
    """A CronJob as the platform declares it."""
    containers = [
        client.V1Container(name=step, command=["bash", step], env=[client.V1EnvVar(name="DATABASE", value=database)])
        for step in steps
    ]
    pod = client.V1PodSpec(init_containers=containers[:-1] or None, containers=containers[-1:])
    job = client.V1JobSpec(backoff_limit=2, template=client.V1PodTemplateSpec(spec=pod))
    labels = {"app.kubernetes.io/name": "cases"} | ({"etl-platform/team": team} if team else {})
    return client.V1CronJob(
        metadata=client.V1ObjectMeta(
            name=f"{team or 'platform'}-cases-{kind}", namespace="platform-backup", uid="1234", labels=labels
        ),
        spec=client.V1CronJobSpec(
            schedule="15 1 * * *",
            job_template=client.V1JobTemplateSpec(metadata=client.V1ObjectMeta(labels=labels), spec=job),
        ),
    )


RESTORE = template("restore", "check", "prepare", "load", "finish")
ALL = [template("backup", "backup"), template("drill", "drill"), RESTORE]


class Recorded(Runner):
    """A runner that notes what it is asked to run."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(None, None)
        object.__setattr__(self, "said", said)
        object.__setattr__(self, "asked", [])

    def templates(self, namespace: str, selector: str) -> list[Any]:
        assert namespace == "platform-backup"
        assert "app.kubernetes.io/component=backup" in selector
        return ALL

    def run(self, template: Any, **options: Any) -> list[str]:
        self.asked.append((template.metadata.name, options))  # type: ignore[attr-defined]
        return list(self.said)  # type: ignore[attr-defined]


def test_a_job_is_the_cronjobs_own_with_what_was_asked_for_in_every_step() -> None:
    job = from_template(RESTORE, {"BACKUP": "latest", "TARGET": "again"})
    pod = job.spec.template.spec
    assert [step.name for step in pod.init_containers + pod.containers] == ["check", "prepare", "load", "finish"]
    for step in pod.init_containers + pod.containers:
        assert {each.name: each.value for each in step.env} == {
            "DATABASE": "cases", "BACKUP": "latest", "TARGET": "again",
        }  # fmt: skip
    [owner] = job.metadata.owner_references
    assert (owner.kind, owner.name, owner.uid) == ("CronJob", "epidemiology-cases-restore", "1234")
    assert job.spec.backoff_limit == 0
    assert len(job.metadata.name) <= 63


def test_the_template_itself_stays_as_it_was() -> None:
    from_template(RESTORE, {"TARGET": "again"}, only="check", command=["true"])
    check = RESTORE.spec.job_template.spec.template.spec.init_containers[0]
    assert (check.command, len(check.env)) == (["bash", "check"], 1)


def test_one_step_alone_can_run_another_command() -> None:
    pod = from_template(RESTORE, {}, only="check", command=["bash", "/scripts/list.sh"]).spec.template.spec
    assert pod.init_containers is None
    assert [(step.name, step.command) for step in pod.containers] == [("check", ["bash", "/scripts/list.sh"])]


def test_what_a_step_needs_before_it_runs_before_it_as_declared() -> None:
    stored = template("restore", "bring", "check", "prepare", "load", "finish")
    stored.spec.job_template.spec.template.spec.init_containers[0].env = None

    pod = from_template(stored, {"BACKUP": "latest"}, only="check", command=["true"]).spec.template.spec
    assert [(step.name, step.command) for step in pod.init_containers] == [("bring", ["bash", "bring"])]
    assert [(step.name, step.command) for step in pod.containers] == [("check", ["true"])]

    assert from_template(stored, {"BACKUP": "latest"}).spec.template.spec.init_containers[0].env[0].value == "latest"


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        ({"to": None, "over": False}, {"TARGET": "cases_restored"}),
        ({"to": "monday", "over": False}, {"TARGET": "monday"}),
        ({"to": None, "over": True}, {"OVER": "yes"}),
    ],
)
def test_a_restore_goes_beside_the_original_unless_told_otherwise(
    options: dict[str, Any], variables: dict[str, str]
) -> None:
    runner = Recorded([])
    Vault(runner, "epidemiology/cases").restore("latest", **options)
    [(name, asked)] = runner.asked  # type: ignore[attr-defined]
    assert name == "epidemiology-cases-restore"
    assert asked["variables"] == {"BACKUP": "latest"} | variables


def test_backups_are_listed_as_a_table() -> None:
    runner = Recorded(["backup\t20261124T011500Z\t2097152\t1000004\t7\t12\t15.20 (Debian 15.20-1)\t", "something else"])
    assert Vault(runner, "epidemiology/cases").table().splitlines() == [
        "BACKUP            MADE                  SIZE     ROWS       TABLES  TOOK  POSTGRESQL",
        "20261124T011500Z  2026-11-24 01:15 UTC  2.0 MiB  1,000,004  7       12 s  15.20",
    ]


def test_without_a_backup_the_table_says_how_to_make_one() -> None:
    assert "make backup DB=epidemiology/cases" in Vault(Recorded([]), "epidemiology/cases").table()


def test_an_unknown_database_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(OperationError, match="backed up are epidemiology/cases"):
        Vault(Recorded([]), "epidemiology/case")


KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: me, user: {}}]
"""


@pytest.mark.parametrize(
    ("kubeconfig", "options", "said"),
    [
        (None, [], "the sandbox does not run; `make up` starts it"),
        (KUBECONFIG, [], "the cluster does not answer; `make up` starts the sandbox"),
        (
            KUBECONFIG,
            ["--context", "nowhere"],
            "no kubeconfig context is called 'nowhere'; `kubectl config get-contexts` lists yours",
        ),
    ],
)
def test_a_cluster_that_cannot_be_reached_is_one_line_of_ours(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kubeconfig: str | None,
    options: list[str],
    said: str,
) -> None:
    file = tmp_path / "kubeconfig"
    if kubeconfig:
        file.write_text(kubeconfig)
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))  # read when it was imported
    assert main(["backups", "epidemiology/cases", *options]) == 1
    assert capsys.readouterr().err == f"backups: {said}\n"
