"""The platform itself, and the way by which alerts come."""

from tests.sandbox.observability.cases.case import SERVER, fires, series, silent

EDGE = {"job": "edge", "team": "platform"}
PROMETHEUS = {"job": "prometheus", "instance": "10.0.0.2:9090", "team": "platform"}
ALERTMANAGER = {"job": "alertmanager", "instance": "10.0.0.3:9093", "team": "platform"}
FAILED = "alertmanager_notifications_failed_total"
DAY = 24 * 3600


def _replicas(*up: int) -> dict[str, str]:
    found = {series("up", EDGE, instance=f"10.0.1.{number}:9000"): f"{value}x30" for number, value in enumerate(up)}
    return found | {series("declared:replicas", EDGE): "2x30"}


def _certificate(serial: str, days: int) -> dict[str, str]:
    labels = {"job": "edge", "instance": "10.0.1.0:9000", "team": "platform", "serial": serial}
    name = "id.etl.example.com"
    return {series("traefik_tls_certs_not_after", labels, cn=name, sans=name): f"{days * DAY}x90"}


ONE_EDGE = {**EDGE, "instance": "10.0.1.0:9000"}
PLATFORM_CASES = (
    fires(
        "ServiceDown", "no pod is left", {series("declared:replicas", EDGE): "2x10"}, "5m", EDGE,
        "Nothing of edge answers.",
    ),
    fires("ServiceDown", "none of its pods answers", _replicas(0, 0), "5m", EDGE, "Nothing of edge answers."),
    silent("ServiceDown", "one of two does", _replicas(1, 0), "5m"),
    fires(
        "ReplicasMissing", "one of two answers", _replicas(1, 0), "20m", EDGE,
        "Of edge fewer replicas answer than the 2 that are declared.",
    ),
    fires(
        "ReplicasMissing", "there is one of two", _replicas(1), "20m", EDGE,
        "Of edge fewer replicas answer than the 2 that are declared.",
    ),
    silent("ReplicasMissing", "both answer", _replicas(1, 1), "20m"),
    silent("ReplicasMissing", "a third one comes", _replicas(1, 1, 0), "20m"),
    silent("ReplicasMissing", "none does, of which another alert tells", _replicas(0, 0), "20m"),
    fires(
        "TargetDown", "one gives no figures", {series("up", ONE_EDGE): "1x2 0x10"}, "10m", ONE_EDGE,
        "edge at 10.0.1.0:9000 gives no figures: alerts on them stay silent.",
    ),
    silent("TargetDown", "it missed a few", {series("up", ONE_EDGE): "1x2 0x3 1x10"}, "10m"),
    silent("TargetDown", "it is a database's, which has an alert of its own", {series("up", SERVER): "0x10"}, "10m"),
    fires(
        "CertificateExpiring", "in thirteen days", _certificate("1", 13), "70m",
        {"team": "platform", "cn": "id.etl.example.com", "sans": "id.etl.example.com"},
        "The certificate of id.etl.example.com ends in 12d 22h 50m 0s.",
    ),
    silent("CertificateExpiring", "in twenty", _certificate("1", 20), "70m"),
    silent("CertificateExpiring", "it was renewed", _certificate("1", 1) | _certificate("2", 90), "70m"),
    fires(
        "ScrapeOverLimit", "one was thrown away",
        {series("prometheus_target_scrapes_exceeded_sample_limit_total", PROMETHEUS): "0x5 0+1x10"}, "15m", PROMETHEUS,
        "A target has more figures than its limit allows, and none of them is taken.",
    ),
    silent(
        "ScrapeOverLimit", "some were, long ago",
        {series("prometheus_target_scrapes_exceeded_sample_limit_total", PROMETHEUS): "7x20"}, "15m",
    ),
    fires(
        "ConfigurationRefused", "for long",
        {series("prometheus_config_last_reload_successful", PROMETHEUS): "1 0x10"}, "10m", PROMETHEUS,
        "Prometheus (10.0.0.2:9090) refused its new configuration, and goes on with the old one.",
    ),
    silent(
        "ConfigurationRefused", "it took it",
        {series("prometheus_config_last_reload_successful", PROMETHEUS): "1x10"}, "10m",
    ),
    fires(
        "RulesFailing", "one alert cannot be judged",
        {series("prometheus_rule_evaluation_failures_total", PROMETHEUS, rule_group="rules;backups"): "0+1x10"}, "10m",
        {"team": "platform", "instance": "10.0.0.2:9090", "rule_group": "rules;backups"},
        "Some alerts cannot be judged (rules;backups): they stay silent whatever happens.",
    ),
    silent(
        "RulesFailing", "all can",
        {series("prometheus_rule_evaluation_failures_total", PROMETHEUS, rule_group="rules;backups"): "3x10"}, "10m",
    ),
    fires(
        "AlertsNotDelivered", "some were dropped",
        {series("prometheus_notifications_dropped_total", PROMETHEUS): "0+1x10"}, "10m", PROMETHEUS,
        "Prometheus (10.0.0.2:9090) cannot hand its alerts over to Alertmanager.",
    ),
    fires(
        "AlertsNotDelivered", "there is no Alertmanager",
        {series("prometheus_notifications_alertmanagers_discovered", PROMETHEUS): "0x10"}, "10m", PROMETHEUS,
        "Prometheus (10.0.0.2:9090) cannot hand its alerts over to Alertmanager.",
    ),
    silent(
        "AlertsNotDelivered", "all went through",
        {
            series("prometheus_notifications_dropped_total", PROMETHEUS): "5x10",
            series("prometheus_notifications_alertmanagers_discovered", PROMETHEUS): "1x10",
        },
        "10m",
    ),
    fires(
        "NotificationsFailing", "the webhook does not take them",
        {series(FAILED, ALERTMANAGER, integration="webhook", reason="other"): "0x5 0+1x10"},
        "15m", {"team": "platform", "integration": "webhook"}, "Alertmanager cannot reach people by webhook.",
    ),
    silent(
        "NotificationsFailing", "it does",
        {series(FAILED, ALERTMANAGER, integration="webhook", reason="other"): "2x20"},
        "15m",
    ),
    fires(
        "AlertmanagerClusterSmall", "one sees itself alone",
        {
            series("alertmanager_cluster_members", ALERTMANAGER): "1x30",
            series("declared:replicas", {"job": "alertmanager", "team": "platform"}): "2x30",
        },
        "20m", ALERTMANAGER,
        "Alertmanager (10.0.0.3:9093) sees 1 of its cluster's members: people may be told twice.",
    ),
    silent(
        "AlertmanagerClusterSmall", "there is to be one alone",
        {
            series("alertmanager_cluster_members", ALERTMANAGER): "1x30",
            series("declared:replicas", {"job": "alertmanager", "team": "platform"}): "1x30",
        },
        "20m",
    ),
    fires(
        "Watchdog", "whatever happens", {}, "1m", {},
        "Always there. Whoever watches from outside is to be told when it is not.",
    ),
)  # fmt: skip
