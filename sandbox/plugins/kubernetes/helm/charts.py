"""Charts by name and version: there is no repository to reach, but what other projects' own modules hold."""

from __future__ import annotations

from pathlib import Path

from sandbox.plugins.host import PluginError


def folder_of(charts: Path, chart: str, version: str) -> Path:
    """Find a chart.

    Args:
        charts: the folder that holds each as `<name>-<version>`.
        chart: as a program names it; where it is served from (`oci://…/name`, `repository/name`) does not matter here.
        version: the exact one.

    Raises:
        PluginError: it is not there.
    """
    name = chart.rpartition("/")[2]
    found = charts / f"{name}-{version}"
    if (found / "Chart.yaml").is_file():
        return found
    there = sorted(path.name for path in charts.iterdir() if path.is_dir()) if charts.is_dir() else []
    raise PluginError(
        f"chart {chart} {version}: repositories cannot be reached from here, and {charts} holds "
        f"{', '.join(there) or 'no chart'}. The versions that can be had are those of versions.toml; "
        "`make build PART=spark-operator`, for one, brings a chart with its program"
    )
