"""Alerts about what the platform itself runs, and about the way by which alerts come.

Sources of the names: Traefik's pkg/observability/metrics, Prometheus' own sources (scrape, rules, notifier), and
Alertmanager's (notify, cluster).
"""

from components.observability.alerts.alert import Alert

PLATFORM = (
    Alert(
        name="ServiceDown",
        job="prometheus",
        # By what is declared: where no pod is left, there is no figure either that could say so.
        expression="declared:replicas unless on (job) (up == 1)",
        lasts="{service_down}",
        severity="critical",
        owner="platform",
        summary="Nothing of {{ $labels.job }} answers.",
    ),
    Alert(
        name="ReplicasMissing",
        job="prometheus",
        expression="declared:replicas > on (job) group_left () count by (job) (up == 1)",
        lasts="{replicas_missing}",
        severity="warning",
        owner="platform",
        summary="Of {{ $labels.job }} fewer replicas answer than the {{ $value }} that are declared.",
    ),
    Alert(
        name="TargetDown",
        job="prometheus",
        # A database's has an alert of its own.
        expression='up{job!="postgres"} == 0',
        lasts="{target_down}",
        severity="warning",
        owner="platform",
        summary="{{ $labels.job }} at {{ $labels.instance }} gives no figures: alerts on them stay silent.",
    ),
    Alert(
        name="CertificateExpiring",
        job="edge",
        # The newest of each: the proxy goes on to tell of one that it has replaced.
        expression="max by (team, cn, sans) (traefik_tls_certs_not_after) - time() < {certificate}",
        lasts="1h",
        severity="warning",
        owner="platform",
        summary="The certificate of {{ $labels.cn }} ends in {{ $value | humanizeDuration }}.",
    ),
    Alert(
        name="ScrapeOverLimit",
        job="prometheus",
        expression="increase(prometheus_target_scrapes_exceeded_sample_limit_total[15m]) > 0",
        severity="warning",
        owner="platform",
        summary="A target has more figures than its limit allows, and none of them is taken.",
    ),
    Alert(
        name="ConfigurationRefused",
        job="prometheus",
        expression="prometheus_config_last_reload_successful == 0",
        lasts="5m",
        severity="critical",
        owner="platform",
        summary="Prometheus ({{ $labels.instance }}) refused its new configuration, and goes on with the old one.",
    ),
    Alert(
        name="RulesFailing",
        job="prometheus",
        expression="""
sum by (team, instance, rule_group) (increase(prometheus_rule_evaluation_failures_total[10m])) > 0
""",
        severity="critical",
        owner="platform",
        summary="Some alerts cannot be judged ({{ $labels.rule_group }}): they stay silent whatever happens.",
    ),
    Alert(
        name="AlertsNotDelivered",
        job="prometheus",
        expression="""
increase(prometheus_notifications_dropped_total[10m]) > 0
  or prometheus_notifications_alertmanagers_discovered < 1
""",
        lasts="2m",
        severity="critical",
        owner="platform",
        summary="Prometheus ({{ $labels.instance }}) cannot hand its alerts over to Alertmanager.",
    ),
    Alert(
        name="NotificationsFailing",
        job="alertmanager",
        expression="sum by (team, integration) (increase(alertmanager_notifications_failed_total[15m])) > 0",
        severity="critical",
        owner="platform",
        summary="Alertmanager cannot reach people by {{ $labels.integration }}.",
    ),
    Alert(
        name="AlertmanagerClusterSmall",
        job="alertmanager",
        expression='alertmanager_cluster_members < on (job) group_left () declared:replicas{job="alertmanager"}',
        lasts="{replicas_missing}",
        severity="warning",
        owner="platform",
        summary="Alertmanager ({{ $labels.instance }}) sees {{ $value }} of its cluster's members: people may be "
        "told twice.",
    ),
    Alert(
        name="Watchdog",
        job="prometheus",
        expression="vector(1)",
        severity="none",
        owner="platform",
        summary="Always there. Whoever watches from outside is to be told when it is not.",
        labels={"team": "platform"},
    ),
)
