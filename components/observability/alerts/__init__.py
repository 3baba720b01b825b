"""Alerts: one table, from which Prometheus' rules, docs/alerts.md and the tests follow."""

from components.observability.alerts.alert import Alert
from components.observability.alerts.rules import Fact, rules
from components.observability.alerts.table import ALERTS
from components.observability.alerts.thresholds import THRESHOLDS, ProfileName, values

__all__ = ["ALERTS", "THRESHOLDS", "Alert", "Fact", "ProfileName", "rules", "values"]
