"""`python -m delivery operators ENV`: which third-party operators the cluster must have before an environment comes."""

from collections.abc import Iterator

from delivery.program import BadInputError, stack_file
from stacks.settings import Settings, SettingsError, load_file


def asked_for(environment: str) -> list[str]:
    """Their names, from the environment's config.

    Raises:
        BadInputError: no such environment, or its config breaks the contract.
    """
    try:
        return list(_needed(load_file(stack_file(environment), environment)))
    except SettingsError as mistakes:
        raise BadInputError(str(mistakes)) from None


def _needed(settings: Settings) -> Iterator[str]:
    if any(database.high_availability for team in settings.teams for database in team.databases):
        yield "cloudnative-pg"
