"""Property values on the wire between program and engine, seen twice: as a reviewer may, and as the engine answers.

Secrets and unknowns travel as envelopes and sentinels of Pulumi's protocol (pulumi/runtime/rpc.py holds their
constants). An unknown carries the names of the resources it comes from behind the sentinel; see `provenance`.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from delivery.recording import SECRET, unknown

Value = Any

SENTINEL = rpc.UNKNOWN
SIGNATURE = rpc._special_sig_key  # noqa: SLF001 - the SDK's own names of the protocol's constants
SECRET_SIGNATURE = rpc._special_secret_sig  # noqa: SLF001
RESOURCE_SIGNATURE = rpc._special_resource_sig  # noqa: SLF001
ASSET_SIGNATURES = {rpc._special_asset_sig: "asset", rpc._special_archive_sig: "archive"}  # noqa: SLF001
# Not of the protocol: a mapping of which only some entries are unknown. The engine sees one unknown.
PARTIAL_SIGNATURE = "partly-known"
SEPARATOR = "\n"


def sentinel(sources: list[str]) -> str:
    """An unknown that remembers the resources (`<type> <name>`) it will come from."""
    return SEPARATOR.join([SENTINEL, *sorted(set(sources))])


def is_unknown(value: Value) -> bool:
    """Whether a wire value is the sentinel, with or without its sources."""
    return isinstance(value, str) and (value == SENTINEL or value.startswith(SENTINEL + SEPARATOR))


def secret(value: Value) -> dict[str, Value]:
    """The envelope that marks a wire value as secret."""
    return {SIGNATURE: SECRET_SIGNATURE, "value": value}


def read(message: struct_pb2.Struct) -> dict[str, Value]:
    """A protobuf struct as plain dicts, lists, strings, booleans, numbers and None, envelopes kept."""
    return {key: plain(value) for key, value in message.fields.items()}


def plain(value: struct_pb2.Value) -> Value:
    """One protobuf value, as `read` has it."""
    match value.WhichOneof("kind"):
        case "struct_value":
            return read(value.struct_value)
        case "list_value":
            return [plain(each) for each in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def write(value: Mapping[str, Value]) -> struct_pb2.Struct:
    """The inverse of `read`."""
    message = struct_pb2.Struct()
    message.update(dict(value))
    return message


def shown(value: Value, *, keys: bool = False) -> Value:
    """A wire value as people may see it: secrets masked, unknowns as a text that names their source.

    Args:
        keys: keep the keys of a secret mapping; for mappings whose keys are file names, not content.
    """
    if is_unknown(value):
        return unknown(value.split(SEPARATOR)[1:])
    if isinstance(value, list):
        return [shown(each) for each in value]
    if not isinstance(value, dict):
        return value
    match value.get(SIGNATURE):
        case None:
            return {key: shown(each) for key, each in value.items()}
        case signature if signature == SECRET_SIGNATURE:
            return masked(value["value"]) if keys else SECRET
        case signature if signature == RESOURCE_SIGNATURE:
            return f"[resource {value['urn']}]"
        case signature if signature == PARTIAL_SIGNATURE:
            return shown(value["value"])
        case signature:
            content = {key: shown(each) for key, each in value.items() if key != SIGNATURE}
            return {ASSET_SIGNATURES.get(str(signature), "value"): content}


def masked(value: Value) -> Value:
    """A value of which nothing but the keys of a mapping is shown."""
    if isinstance(value, dict) and value.get(SIGNATURE) in (SECRET_SIGNATURE, PARTIAL_SIGNATURE):
        return masked(value["value"])
    if isinstance(value, dict) and SIGNATURE not in value:
        return dict.fromkeys(value, SECRET)
    return SECRET


def answered(value: Value) -> Value:
    """A wire value as the engine hands it back: sources dropped, a partly known mapping unknown as a whole."""
    if is_unknown(value):
        return SENTINEL
    if isinstance(value, list):
        return [answered(each) for each in value]
    if isinstance(value, dict):
        if value.get(SIGNATURE) == PARTIAL_SIGNATURE:
            return SENTINEL
        return {key: answered(each) for key, each in value.items()}
    return value
