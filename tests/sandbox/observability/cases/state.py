"""Jobs, schedules and quotas."""

from tests.sandbox.observability.cases.case import fires, series, silent

STATE = {"job": "kube-state-metrics", "instance": "10.0.0.4:8080"}
WORKSPACE = {"team": "epidemiology", "namespace": "epidemiology-spark"}
COVID = {**WORKSPACE, "application": "covid"}
FAILED = "The last run of the Spark job covid of team epidemiology failed."
LATE = "The Spark job covid of team epidemiology did not start when it was due."
VAULT = {**STATE, "team": "platform", "namespace": "platform-backup"}


def _run(name: str, created: int, state: str) -> dict[str, str]:
    """A run that was asked for at a moment, and ended in a state or goes on."""
    labels = {**STATE, **COVID, "run": name}
    found = {series("spark_run_created_seconds", labels): f"{created}x10"}
    for each in ("COMPLETED", "FAILED"):
        found[series("spark_run_state", labels, state=each)] = f"{int(each == state)}x10"
    return found


def _schedule(next_run: int, *, asked_for: bool = True) -> dict[str, str]:
    found = {series("spark_schedule_next_run_seconds", {**STATE, **COVID}): f"{next_run}x60"}
    return found | (_asked_for() if asked_for else {})


def _asked_for() -> dict[str, str]:
    return {series("declared:scheduled_job", COVID): "1x60"}


def _suspended(cronjob: str, value: str) -> dict[str, str]:
    return {series("kube_cronjob_spec_suspend", VAULT, cronjob=cronjob): value}


def _quota(used: int, hard: int, resource: str = "limits.memory") -> dict[str, str]:
    labels = {**STATE, **WORKSPACE, "resourcequota": "quota", "resource": resource}
    return {
        series("kube_resourcequota", labels, type="used"): f"{used}x90",
        series("kube_resourcequota", labels, type="hard"): f"{hard}x90",
    }


def _restarts(values: str) -> dict[str, str]:
    labels = {**STATE, "team": "reporting", "namespace": "reporting-services", "pod": "shop-1", "container": "service"}
    return {series("kube_pod_container_status_restarts_total", labels): values}


STATE_CASES = (
    fires("SparkJobFailed", "its only run failed", _run("a", 100, "FAILED"), "5m", COVID, FAILED),
    fires(
        "SparkJobFailed", "the newest one failed", _run("a", 100, "COMPLETED") | _run("b", 200, "FAILED"), "5m",
        COVID, FAILED,
    ),
    fires(
        "SparkJobFailed", "it failed, and the next one goes on",
        _run("a", 100, "COMPLETED") | _run("b", 200, "FAILED") | _run("c", 300, "RUNNING"), "5m", COVID, FAILED,
    ),
    silent(
        "SparkJobFailed", "one has succeeded since", _run("a", 100, "FAILED") | _run("b", 200, "COMPLETED"), "5m"
    ),
    silent("SparkJobFailed", "it runs for the first time", _run("a", 100, "RUNNING"), "5m"),
    fires("SparkJobLate", "it was due half an hour ago", _schedule(600), "40m", COVID, LATE),
    fires("SparkJobLate", "it is to run on a schedule, and nothing tells of it", _asked_for(), "40m", COVID, LATE),
    silent("SparkJobLate", "it was due a few minutes ago", _schedule(2100), "40m"),
    silent("SparkJobLate", "it is due tomorrow", _schedule(86400), "40m"),
    silent("SparkJobLate", "its schedule is suspended in the config", _schedule(600, asked_for=False), "40m"),
    fires(
        "BackupSuspended", "someone stopped it", _suspended("epidemiology-cases-backup", "1x90"), "80m",
        {**VAULT, "cronjob": "epidemiology-cases-backup"},
        "The schedule epidemiology-cases-backup is suspended: nothing comes by it.",
    ),
    silent("BackupSuspended", "for a while", _suspended("epidemiology-cases-backup", "0x60 1x30 0x10"), "95m"),
    silent("BackupSuspended", "restores have no schedule", _suspended("epidemiology-cases-restore", "1x90"), "80m"),
    fires(
        "QuotaNearlyFull", "all of it is used", _quota(99, 100), "80m", {**WORKSPACE, "resource": "limits.memory"},
        "The namespace epidemiology-spark has used 99% of its quota of limits.memory.",
    ),
    silent("QuotaNearlyFull", "most of it", _quota(90, 100), "80m"),
    silent("QuotaNearlyFull", "all of the storage, by its one claim", _quota(20, 20, "requests.storage"), "80m"),
    silent("QuotaNearlyFull", "nothing may be used, and nothing is", _quota(0, 0), "80m"),
    fires(
        "ContainerRestarting", "every few minutes", _restarts("0+0.2x60"), "60m",
        {"team": "reporting", "namespace": "reporting-services", "pod": "shop-1", "container": "service"},
        "The container service of shop-1 in reporting-services starts again and again.",
    ),
    silent("ContainerRestarting", "it did once", _restarts("0x40 1x30"), "60m"),
)  # fmt: skip
