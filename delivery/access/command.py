"""`python -m delivery access ENV`."""

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

from components.databases.privileges import Declared
from delivery.access import page, realm
from delivery.access.compare import against, by_config
from delivery.access.declared import declared
from delivery.program import BadInputError, declare, stack_file
from stacks.settings import Settings, SettingsError, load_file

REALM = "platform/realm"


def from_config(environment: str) -> tuple[str, bool]:
    """The report of what the config declares; it always is as declared.

    Raises:
        BadInputError: no such environment, or its config breaks the contract.
    """
    databases = declared(_settings(environment))
    sections = [page.section(name, each, by_config(each)) for name, each in databases.items()]
    return "\n\n".join([*sections, realm.section(REALM, realm.declared(declare(environment)), None)]), True


def from_servers(environment: str) -> tuple[str, bool]:
    """The report with the live servers held against the config, and whether all is as declared.

    Raises:
        BadInputError: no such environment, or its config breaks the contract.
        LiveError: the environment cannot be asked at all.
    """
    from delivery.access import live

    settings = _settings(environment)
    sections, agreed = [], []
    outputs = live.outputs(environment)
    for text, as_declared in [*_asked(settings, declared(settings), outputs), _realm(settings, outputs)]:
        sections.append(text)
        agreed.append(as_declared)
    count = agreed.count(False)
    end = f"{count} of {len(agreed)} (databases and the realm) differ from the config. {page.LEGEND}"
    whole = f"{len(agreed) - 1} databases and the realm, all as declared."
    return "\n\n".join([*sections, end if count else whole]), not count


def _realm(settings: Settings, outputs: Mapping[str, Any]) -> tuple[str, bool]:
    from delivery.access import keycloak, live

    wanted = realm.declared(declare(settings.environment))
    try:
        with keycloak.connected(outputs["keycloak"], outputs["ca_certificate"], settings.context) as server:
            found = realm.compare(wanted, realm.actual(server.ask))
    except (OSError, live.LiveError) as error:
        return f"{REALM}: its server cannot be asked: {' '.join(str(error).split())}", False
    return realm.section(REALM, wanted, found), found.as_declared


def _asked(
    settings: Settings, databases: dict[str, Declared], outputs: Mapping[str, Any]
) -> Iterator[tuple[str, bool]]:
    from delivery.access import live
    from delivery.access.actual import read

    places = live.servers(outputs)
    for name, each in databases.items():
        if name not in places:
            yield f"{name}: declared, and not deployed", False
            continue
        try:
            with live.connected(places[name], each.database, outputs["ca_certificate"], settings.context) as connection:
                found = against(each, read(connection))
        except (psycopg.Error, OSError) as error:
            yield f"{name}: its server cannot be asked: {' '.join(str(error).split())}", False
            continue
        yield page.section(name, each, found, f", on {places[name]['service']}"), found.as_declared
    for name in sorted(set(places) - set(databases)):
        yield f"{name}: deployed, and no longer declared", False


def _settings(environment: str) -> Settings:
    try:
        return load_file(stack_file(environment), environment)
    except SettingsError as mistakes:
        raise BadInputError(str(mistakes)) from None
