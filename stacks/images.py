"""Which images the platform runs and which charts it installs, from the table of versions."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[1] / "versions.toml"


class Images:
    """The images of a table of versions, by full name and tag."""

    def __init__(self, table: Path = TABLE) -> None:
        self._images: dict[str, Any] = tomllib.loads(table.read_text())["images"]

    @property
    def keycloak(self) -> str:
        """Keycloak's official image."""
        return self._pinned("keycloak")

    @property
    def keycloak_version(self) -> str:
        """The version of Keycloak in that image."""
        return str(self._images["keycloak"]["tag"])

    @property
    def postgres_exporter(self) -> str:
        """The Prometheus community's image of postgres_exporter."""
        return self._pinned("postgres_exporter")

    @property
    def spark(self) -> str:
        """The official image of Spark."""
        return self._pinned("spark")

    @property
    def spark_version(self) -> str:
        """The version of Spark in that image."""
        version, _, _ = str(self._images["spark"]["tag"]).partition("-")
        return version

    @property
    def spark_operator(self) -> str:
        """Kubeflow's official image of its Spark operator."""
        return self._pinned("spark_operator")

    @property
    def traefik(self) -> str:
        """The official image of Traefik."""
        return self._pinned("traefik")

    @property
    def oauth2_proxy(self) -> str:
        """The official image of oauth2-proxy."""
        return self._pinned("oauth2_proxy")

    @property
    def collector(self) -> str:
        """The official image of the OpenTelemetry Collector, in its distribution for Kubernetes."""
        return self._pinned("otelcol")

    @property
    def prometheus(self) -> str:
        """The official image of Prometheus."""
        return self._pinned("prometheus")

    @property
    def alertmanager(self) -> str:
        """The official image of Alertmanager."""
        return self._pinned("alertmanager")

    @property
    def jaeger(self) -> str:
        """The official image of Jaeger."""
        return self._pinned("jaeger")

    @property
    def kube_state_metrics(self) -> str:
        """The official image of kube-state-metrics."""
        return self._pinned("kube_state_metrics")

    @property
    def debian(self) -> str:
        """Debian without anything more: what an image of our own is built on."""
        return self._pinned("debian")

    @property
    def rclone(self) -> str:
        """The official image of rclone."""
        return self._pinned("rclone")

    def postgres(self, major: int) -> str:
        """The official PostgreSQL image of a major version, at the minor that the table pins."""
        return self._of_major("postgres", major)

    def postgres_instance(self, major: int) -> str:
        """The same PostgreSQL in the image that CloudNativePG runs."""
        return self._of_major("postgresql", major)

    def _pinned(self, name: str) -> str:
        image = self._images[name]
        return f"{image['name']}:{image['tag']}"

    def _of_major(self, name: str, major: int) -> str:
        image = self._images[name]
        return f"{image['name']}:{image['tags'][str(major)]}"


@dataclass(frozen=True)
class Chart:
    """A Helm chart: the repository that serves it, and its version."""

    repository: str
    version: str


def chart(name: str, table: Path = TABLE) -> Chart:
    """The chart of this name in the table of versions."""
    return Chart(**tomllib.loads(table.read_text())["charts"][name])
