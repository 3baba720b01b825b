"""What a team asks for when it asks for a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.identity.permissions import Title
from components.workload import Compute


@dataclass(frozen=True)
class ServiceRequest:
    """A team's request for a service.

    Args:
        image: with a tag or a digest; None when it is built from `context`, a folder with a Dockerfile.
        port: on which the program speaks HTTP.
        host: its label below the environment's domain.
        login: whether people log in before they reach it.
        titles: the roles in the team that may enter, where they log in.
        databases: of the team, on which it works as writer.
        health: the path that answers with 200 once the program is ready.
        compute: of each copy of the program; what the platform puts beside it comes on top.
        environment: variables beside the platform's own; no secret.
    """

    name: str
    image: str | None
    context: Path | None
    port: int
    host: str
    login: bool
    titles: Sequence[Title]
    databases: Sequence[str]
    health: str
    replicas: int
    compute: Compute
    environment: Mapping[str, str] = field(default_factory=dict)
