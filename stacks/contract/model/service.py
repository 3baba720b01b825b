"""A team's service: a program of its own that people open in a browser, or call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from stacks.contract import fields
from stacks.contract.model.entry import Entry
from stacks.contract.quantities import memory_bytes
from stacks.contract.setting import Expected


class ServiceResources(Entry):
    """What one copy of a service takes."""

    cpu: Annotated[int, Expected("millicores, a whole number from 10 to 8000")] = Field(
        default=100,
        ge=10,
        le=8000,
        description="Millicores that it is sure of; it may use four times as much.",
    )
    memory: fields.ServiceMemory = Field(default="256Mi", description="Memory, at most.", examples=["512Mi"])

    @property
    def memory_mib(self) -> int:
        """Whole MiB, rounded down."""
        return memory_bytes(self.memory) // 2**20


class Variable(Entry):
    """An environment variable."""

    name: fields.VariableName = Field(description="Its name.", examples=["LOG_LEVEL"])
    value: Annotated[str, Expected("a text, in quotes where it could be read as a number")] = Field(
        max_length=1000,
        description="Its value; it stands in diffs and states, so no secret belongs here.",
        examples=["info"],
    )


class Service(Entry):
    """A service behind the platform's edge, with the team's login in front."""

    misplaced: ClassVar[Mapping[str, str]] = {
        "env": "write environment: [{name: LOG_LEVEL, value: info}].",
        "secrets": "no secret belongs into this file. A database's login comes as files (databases:).",
        "url": "the address follows from host and the stack's domain.",
    }

    name: fields.ServiceName = Field(description="The service's name.", examples=["dashboard"])
    image: fields.ServiceImage | None = Field(
        default=None,
        description="The image, with a version or a digest. Either this or context.",
        examples=["ghcr.io/example/dashboard:1.4.2"],
    )
    context: fields.ServiceContext | None = Field(
        default=None,
        description="A folder with a Dockerfile, from the folder of this stack's file; the image is built from it "
        "and published where the stack's registry says. Either this or image.",
        examples=["examples/service"],
    )
    port: Annotated[int, Expected("a port from 1024 to 65535")] = Field(
        default=8080, ge=1024, le=65535, description="The port on which the program speaks HTTP.", examples=[8080]
    )
    host: fields.HostLabel | None = Field(
        default=None,
        description="Its host name below the stack's domain; without it the service's name. No two services share one.",
        examples=["cases"],
    )
    login: Literal["required", "none"] = Field(
        default="required",
        description="required: people log in with the platform's identity first. none: everyone who reaches the edge "
        "may call it, and it must look after itself.",
    )
    roles: Annotated[tuple[fields.TeamRole, ...], Expected("a list such as [data-manager]")] = Field(
        default=("data-manager", "analyst"),
        strict=False,
        min_length=1,
        description="The roles in this team that may enter, where a login is required.",
        examples=[["data-manager"]],
    )
    databases: Annotated[tuple[fields.OwnDatabase, ...], Expected("a list of the team's databases")] = Field(
        default=(),
        strict=False,
        description="The team's databases that it works on, as writer. Each comes as files below /etc/connections/.",
        examples=[["cases"]],
    )
    health: fields.UrlPath = Field(
        default="/", description="The path that answers with 200 once the program is ready.", examples=["/healthz"]
    )
    replicas: Annotated[int, Expected("a whole number from 1 to 20")] | None = Field(
        default=None, ge=1, le=20, description="How many copies run; without it the profile's.", examples=[2]
    )
    resources: Annotated[ServiceResources, Expected("a mapping such as {cpu: 200, memory: 512Mi}")] = Field(
        default=ServiceResources(), description="What each copy takes.", examples=[{"cpu": 200, "memory": "512Mi"}]
    )
    environment: Annotated[
        tuple[Annotated[Variable, Expected("a variable ({name: LOG_LEVEL, value: info})")], ...],
        Expected("a list of variables such as [{name: LOG_LEVEL, value: info}]"),
    ] = Field(
        default=(),
        strict=False,
        description="Environment variables beside those that every service has (docs/services.md).",
        examples=[[{"name": "LOG_LEVEL", "value": "info"}]],
    )
