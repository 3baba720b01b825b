"""A situation, and what an alert says of it.

Series are in promtool's notation: `1x3` is four times 1, `0+5x3` is 0, 5, 10, 15, `_` is no sample.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Case:
    """One situation, and what of it one alert says.

    Args:
        what: happens, for people.
        series: by name and labels, their values each `step`.
        at: when it is looked at.
        says: what is said of it, by the labels of the series that it is about; nothing when it stays silent.
    """

    alert: str
    what: str
    series: Mapping[str, str]
    at: str
    says: tuple[tuple[Mapping[str, str], str], ...] = ()
    step: str = "1m"


def series(name: str, labels: Mapping[str, Any], **more: Any) -> str:
    """A series as promtool has it."""
    inner = ",".join(f'{label}="{value}"' for label, value in {**labels, **more}.items())
    return f"{name}{{{inner}}}"


def fires(
    alert: str, what: str, found: Mapping[str, str], at: str, about: Mapping[str, str], says: str, **more: Any
) -> Case:
    """A situation of which an alert tells."""
    return Case(alert=alert, what=what, series=found, at=at, says=((about, says),), **more)


def silent(alert: str, what: str, found: Mapping[str, str], at: str, **more: Any) -> Case:
    """A situation in which it does not."""
    return Case(alert=alert, what=what, series=found, at=at, **more)


EPIDEMIOLOGY = {"team": "epidemiology", "namespace": "epidemiology-data", "database": "cases"}
SERVER = {"job": "postgres", "instance": "cases-metrics.epidemiology-data.svc:9187", **EPIDEMIOLOGY}
KEYCLOAK = {"job": "keycloak", "instance": "10.0.0.1:9000", "team": "platform"}
