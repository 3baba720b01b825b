"""How the platform is reached."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from stacks.contract import fields
from stacks.contract.model.entry import Entry
from stacks.contract.setting import Expected


def _via(choices: list[JsonValue]) -> dict[str, JsonValue]:
    return {"required": ["via"], "properties": {"via": {"enum": choices}}}


def _when(choices: list[JsonValue], then: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {"if": _via(choices), "then": then}


class Access(Entry):
    """How the engine, and whoever runs it, reaches services from outside the cluster; the edge, how people do."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                _when(["node_port", "load_balancer"], {"required": ["from"], "properties": {"from": {"minItems": 1}}}),
                _when(["node_port"], {"required": ["address"]}),
                {"if": {"required": ["address"]}, "then": _via(["node_port"])},
            ]
        }
    )

    via: fields.Via = Field(
        default="cluster_ip",
        description="cluster_ip: from the cluster's own network only. node_port: by a port of each node. "
        "load_balancer: by the cluster's.",
        examples=["cluster_ip"],
    )
    address: fields.NodeAddress | None = Field(
        default=None, description="The host name or IP address of a node; for node_port only.", examples=["192.0.2.10"]
    )
    sources: Annotated[tuple[fields.Network, ...], Expected("a list of network ranges such as [10.20.0.0/16]")] = Field(
        default=(),
        alias="from",
        strict=False,
        description="The network ranges that may connect. node_port and load_balancer need at least one.",
        examples=[["10.20.0.0/16"]],
    )
