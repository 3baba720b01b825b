"""What the platform tells of itself and of its teams' work."""

from __future__ import annotations

from stacks.contract.model.entry import Entry


class Observability(Entry):
    """Traces of the environment: a collector that takes them, and Jaeger, which keeps and shows them."""
