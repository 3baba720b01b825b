"""`python -m delivery demands ENV`: what an environment's config asks for that not every cluster or sandbox has."""

from collections.abc import Iterator

from delivery.program import BadInputError, stack_file
from stacks.settings import Settings, SettingsError, load_file

CLOUDNATIVE_PG = "cloudnative-pg"
"""The operator of highly available databases."""
OBJECT_STORE = "object-store"
"""The client of the store that backups go to."""
EDGE = "edge"
"""The gateway of the platform, and the definitions that it needs in the cluster."""
SPARK = "spark"
"""Spark, its operator and what installs that."""
LOGIN = "login"
"""What stands before Jaeger, and before services that ask for a login."""
CONTEXTS = "contexts"
"""What images of services are built on."""
OBSERVABILITY = "observability"
"""What watches the environment."""

OBSERVABILITY = "observability"
"""The collector, and what it feeds."""


def asked_for(environment: str) -> list[str]:
    """Their names, from the environment's config.

    Raises:
        BadInputError: no such environment, or its config breaks the contract.
    """
    try:
        return list(_demands(load_file(stack_file(environment), environment)))
    except SettingsError as mistakes:
        raise BadInputError(str(mistakes)) from None


def _demands(settings: Settings) -> Iterator[str]:
    if any(database.high_availability for team in settings.teams for database in team.databases):
        yield CLOUDNATIVE_PG
    if settings.backup_store:
        yield OBJECT_STORE
    if settings.edge is not None:
        yield EDGE
    if any(team.spark for team in settings.teams):
        yield SPARK
    if settings.observability is not None:
        yield OBSERVABILITY
    services = [service for team in settings.teams for service in team.services]
    watched = settings.edge is not None and settings.observability is not None
    if watched or any(service.login == "required" for service in services):
        yield LOGIN
    if any(service.context for service in services):
        yield CONTEXTS
