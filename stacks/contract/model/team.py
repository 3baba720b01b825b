"""A team's entry."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stacks.contract import fields
from stacks.contract.model.database import Database
from stacks.contract.model.entry import Entry
from stacks.contract.model.service import Service
from stacks.contract.model.spark import Spark
from stacks.contract.setting import Expected, Immutable

_NEW_NAMESPACE = "namespaces cannot be renamed, so everything that the team has would be deleted and created empty"


class Team(Entry):
    """One team and everything that it asks for."""

    name: Annotated[fields.TeamName, Immutable(_NEW_NAMESPACE)] = Field(
        description="The team's name. Its namespaces add -data, -spark and -services.",
        examples=["epidemiology"],
    )
    owners: Annotated[tuple[fields.Email, ...], Expected("a list of e-mail addresses such as [ada@example.com]")] = (
        Field(
            strict=False,
            min_length=1,
            description="Who answers for the team and receives its alerts.",
            examples=[["ada@example.com"]],
        )
    )
    databases: Annotated[
        tuple[Annotated[Database, Expected("a database (- name: …)")], ...],
        Expected("a list of databases (- name: …)"),
    ] = Field(default=(), strict=False, description="The databases that the team asks for.")
    spark: Annotated[Spark | None, Expected("a mapping such as {max_executors: 4}")] = Field(
        default=None,
        description="Spark for the team; without this key it has none.",
        examples=[{"max_executors": 4, "executor_memory": "2Gi"}],
    )
    services: Annotated[
        tuple[Annotated[Service, Expected("a service (- name: …)")], ...],
        Expected("a list of services (- name: …)"),
    ] = Field(
        default=(),
        strict=False,
        description="The team's programs that people open in a browser, or call.",
        examples=[[{"name": "dashboard", "image": "ghcr.io/example/dashboard:1.4.2"}]],
    )
