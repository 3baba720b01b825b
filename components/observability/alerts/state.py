"""Alerts about the state of Kubernetes' objects: jobs, schedules, quotas, containers.

Sources of the names: kube-state-metrics' docs/metrics; of those about Spark `components/observability/state/spark.py`.
"""

from components.observability.alerts.alert import Alert

STATE = (
    Alert(
        name="SparkJobFailed",
        job="kube-state-metrics",
        # The newest run that failed is newer than the newest that did not: it goes with the next good one.
        expression="""
max by (team, namespace, application) (
  spark_run_created_seconds and on (namespace, run) spark_run_state{state="FAILED"} == 1
) > (
  max by (team, namespace, application) (
    spark_run_created_seconds and on (namespace, run) spark_run_state{state="COMPLETED"} == 1
  )
  or 0 * max by (team, namespace, application) (spark_run_created_seconds)
)
""",
        severity="warning",
        owner="team",
        summary="The last run of the Spark job {{ $labels.application }} of team {{ $labels.team }} failed.",
    ),
    Alert(
        name="SparkJobLate",
        job="kube-state-metrics",
        expression="""
(
  max by (team, namespace, application) (time() - spark_schedule_next_run_seconds) > {job_slack}
  or declared:scheduled_job unless on (team, namespace, application) spark_schedule_next_run_seconds
)
and on (team, namespace, application) declared:scheduled_job
""",
        lasts="5m",
        severity="warning",
        owner="team",
        summary="The Spark job {{ $labels.application }} of team {{ $labels.team }} did not start when it was due.",
    ),
    Alert(
        name="BackupSuspended",
        job="kube-state-metrics",
        expression="""
kube_cronjob_spec_suspend{namespace="platform-backup", cronjob=~".+-(backup|drill)"} == 1
""",
        lasts="1h",
        severity="warning",
        owner="platform",
        summary="The schedule {{ $labels.cronjob }} is suspended: nothing comes by it.",
    ),
    Alert(
        name="QuotaNearlyFull",
        job="kube-state-metrics",
        # Claims are the config's alone, and a workspace's one claim is the whole of its quota.
        expression="""
max by (team, namespace, resource) (kube_resourcequota{type="used", resource!="requests.storage"})
  / on (team, namespace, resource) max by (team, namespace, resource) (kube_resourcequota{type="hard"} > 0)
  > {quota}
""",
        lasts="1h",
        severity="warning",
        owner="platform",
        summary="The namespace {{ $labels.namespace }} has used {{ $value | humanizePercentage }} of its quota of "
        "{{ $labels.resource }}.",
    ),
    Alert(
        name="ContainerRestarting",
        job="kube-state-metrics",
        expression="""
sum by (team, namespace, pod, container) (increase(kube_pod_container_status_restarts_total[30m])) > {restarts}
""",
        severity="warning",
        owner="team",
        summary="The container {{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} starts again "
        "and again.",
    ),
)
