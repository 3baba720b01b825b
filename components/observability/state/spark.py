"""What of Spark's objects becomes figures. Source: kube-state-metrics, "Custom Resource State Metrics"."""

from collections.abc import Mapping, Sequence

import yaml

API = "sparkoperator.k8s.io"
KINDS = ("sparkapplications", "scheduledsparkapplications")
RUN, SCHEDULE = "spark_run", "spark_schedule"
ENDED = ("COMPLETED", "FAILED")
"""States that a run stays in. Source: the operator's API reference, sparkoperator.k8s.io/v1beta2."""


def custom_resources() -> str:
    """The file that says so."""
    state = {"labelName": "state", "path": ["status", "applicationState", "state"], "list": list(ENDED)}
    run = _kind(
        "SparkApplication",
        RUN,
        # The job's name is on its schedule, and the operator gives it to each run.
        {"run": ["metadata", "name"], "application": ["metadata", "labels", "app.kubernetes.io/name"]},
        [
            _gauge("created_seconds", "When the run was asked for", ["metadata", "creationTimestamp"]),
            {
                "name": "state",
                "help": "How the run ended, where it did",
                "each": {"type": "StateSet", "stateSet": state},
            },
        ],
    )
    schedule = _kind(
        "ScheduledSparkApplication",
        SCHEDULE,
        {"application": ["metadata", "name"]},
        [
            _gauge("next_run_seconds", "When the job is to start next", ["status", "nextRun"]),
            _gauge("suspended", "Whether it is suspended", ["spec", "suspend"]),
        ],
    )
    said = {"kind": "CustomResourceStateMetrics", "spec": {"resources": [run, schedule]}}
    return yaml.safe_dump(said, sort_keys=False, width=120)


def _kind(
    kind: str, prefix: str, labels: Mapping[str, Sequence[str]], metrics: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    return {
        "groupVersionKind": {"group": API, "version": "v1beta2", "kind": kind},
        "metricNamePrefix": prefix,
        "labelsFromPath": {"namespace": ["metadata", "namespace"], **labels},
        # What an object does not have yet is no error worth a line at each change.
        "errorLogV": 10,
        "metrics": list(metrics),
    }


def _gauge(name: str, about: str, path: Sequence[str]) -> dict[str, object]:
    return {"name": name, "help": about, "each": {"type": "Gauge", "gauge": {"path": list(path)}}}
