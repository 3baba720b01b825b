"""Checks over the services' entries: beside each other, and beside the databases of their team."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stacks.contract.entries import listed, on_line, report, teams, text, unique_in_team
from transforms.documents.problems import Loc, expected, nearest, quoted
from transforms.documents.source import Source

DOCKERFILE = "Dockerfile"
LOGIN_PORT = 8443
"""On which the login listens, in the same pod."""


def check(source: Source) -> None:
    """Report to `source` every contradiction between services, and what they ask of their team."""
    unique_in_team(source, "service", ((loc, service) for loc, _, service in services(source)))
    _unique_hosts(source)
    _one_image(source)
    _own_databases(source)
    _roles(source)
    _ports(source)
    _edge(source)


def check_contexts(source: Source, folder: Path) -> None:
    """Report to `source` the folders, below `folder`, that no image can be built from."""
    for loc, _, service in services(source):
        context, place = text(service.get("context")), (*loc, "context")
        if not context or source.is_covered(place):
            continue
        if not (folder / context).is_dir():
            report(source, place, f"there is no folder {context} beside this file.")
        elif not (folder / context / DOCKERFILE).is_file():
            report(source, place, f"the folder {context} has no {DOCKERFILE} to build an image from.")


def services(source: Source) -> Iterator[tuple[Loc, str, dict[str, Any]]]:
    """The place, the team and the entry of each service."""
    for loc, team in teams(source):
        for index, service in enumerate(listed(source.tree["teams"][loc[1]].get("services"))):
            if isinstance(service, dict):
                yield (*loc, "services", index), team, service


def _unique_hosts(source: Source) -> None:
    """One name, one service: the edge would not know whose a request is."""
    first: dict[str, tuple[Loc, str]] = {}
    for loc, team, service in services(source):
        host = text(service.get("host")) or text(service.get("name"))
        if not host:
            continue
        other, whose = first.setdefault(host, (loc, team))
        if other != loc and (other[:-1] != loc[:-1] or "host" in service):
            message = (
                f"the host {quoted(host)} is taken by a service of team {whose} {on_line(source, other)}. "
                "Give this one a host of its own, such as "
                f"host: {text(service.get('name'))}-{team}."
            )
            report(source, (*loc, "host" if "host" in service else "name"), message)


def _one_image(source: Source) -> None:
    for loc, _, service in services(source):
        if "image" in service and "context" in service:
            message = "image names a finished image, and context what to build one from. Remove one of the two."
            report(source, (*loc, "context"), message)
        elif "image" not in service and "context" not in service:
            message = "missing; name an image such as ghcr.io/example/dashboard:1.4.2, or a folder to build one from "
            report(source, (*loc, "image"), f"{message}(context: examples/service).")


def _own_databases(source: Source) -> None:
    for loc, _, service in services(source):
        entry = source.tree["teams"][loc[1]]
        own = [text(each.get("name")) for each in listed(entry.get("databases")) if isinstance(each, dict)]
        for index, name in enumerate(listed(service.get("databases"))):
            if not text(name) or name in own:
                continue
            known = f"The team has {', '.join(own)}." if own else "The team has none."
            near = nearest(name, own)
            message = expected("a database of this team", quoted(name), suggestion=near, advice="" if near else known)
            report(source, (*loc, "databases", index), message)


def _roles(source: Source) -> None:
    for loc, _, service in services(source):
        if service.get("login") == "none" and "roles" in service:
            message = "only a login tells who has which role, and this service asks for none. Remove the line."
            report(source, (*loc, "roles"), message)


def _ports(source: Source) -> None:
    for loc, _, service in services(source):
        if service.get("port") == LOGIN_PORT and service.get("login") != "none":
            report(source, (*loc, "port"), f"the login in front of it listens on {LOGIN_PORT}. Use another port.")


def _edge(source: Source) -> None:
    if "edge" in source.tree:
        return
    for loc, _, _ in services(source):
        message = "a service is reached by the edge alone, and this stack asks for none. Add edge: {via: …}."
        report(source, (*loc[:2], "services"), message)
        return
