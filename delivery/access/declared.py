"""What the config says."""

from components.databases.privileges import Declared
from stacks.profiles import PROFILES
from stacks.settings import Settings

KEYCLOAK = "platform/keycloak"


def declared(settings: Settings) -> dict[str, Declared]:
    """Every database of an environment, by `<team>/<database>`; Keycloak's own is the platform's."""
    profile = PROFILES[settings.profile]
    major = settings.postgres_version or profile.postgres_version
    asked = {
        f"{team.name}/{database.name}": Declared(
            database.name,
            readers=tuple(database.readers),
            retired=database.retired,
            credentials=tuple(database.credentials),
            backup=(database.backup or profile.backup) is not None,
            major=database.version or major,
            high_availability=database.high_availability,
        )
        for team in settings.teams
        for database in team.databases
    }
    return {KEYCLOAK: Declared("keycloak", shared=False, backup=profile.backup is not None, major=major)} | asked
