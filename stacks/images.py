"""Which images the platform runs, from the table of versions."""

import tomllib
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
        image = self._images["keycloak"]
        return f"{image['name']}:{image['tag']}"

    @property
    def postgres_exporter(self) -> str:
        """The Prometheus community's image of postgres_exporter."""
        image = self._images["postgres_exporter"]
        return f"{image['name']}:{image['tag']}"

    @property
    def rclone(self) -> str:
        """The official image of rclone."""
        image = self._images["rclone"]
        return f"{image['name']}:{image['tag']}"

    def postgres(self, major: int) -> str:
        """The official PostgreSQL image of a major version, at the minor that the table pins."""
        return self._of_major("postgres", major)

    def postgres_instance(self, major: int) -> str:
        """The same PostgreSQL in the image that CloudNativePG runs."""
        return self._of_major("postgresql", major)

    def _of_major(self, name: str, major: int) -> str:
        image = self._images[name]
        return f"{image['name']}:{image['tags'][str(major)]}"
