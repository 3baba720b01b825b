from __future__ import annotations

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from sandbox.plugins.host import codec
from sandbox.plugins.host.codec import decode, decode_nested, encode
from sandbox.plugins.host.values import UNKNOWN


def test_the_markers_are_those_of_the_sdk() -> None:
    ours = (codec._SIGNATURE, codec._SECRET, codec._OUTPUT, codec._UNKNOWN_STRING)
    theirs = (rpc._special_sig_key, rpc._special_secret_sig, rpc._special_output_value_sig, rpc.UNKNOWN)
    assert ours == theirs
    assert rpc.UNKNOWN in codec._UNKNOWNS


def test_plain_values_survive_the_way_there_and_back() -> None:
    values = {"a": 1, "b": 1.5, "c": True, "d": "x", "e": [1, {"f": None}], "g": {}}
    decoded = decode(encode(values)).values
    assert decoded == values
    assert isinstance(decoded["a"], int), "whole numbers come back as integers"


def test_secrets_are_found_with_their_paths_at_any_depth() -> None:
    places = {("a",), ("b", "c"), ("d", 1, "e")}
    values = {"a": "x", "b": {"c": [1]}, "d": [0, {"e": "y"}]}
    decoded = decode(encode(values, places))
    assert decoded.values == values
    assert decoded.secrets == places
    assert decoded.secret_strings() == {"x", "y"}


def test_a_secret_stays_one_where_a_type_repeats_its_inputs() -> None:
    decoded = decode(encode({"a": "x", "__inputs": {"a": "x"}}, [("a",)]))
    assert decoded.secrets == {("a",), ("__inputs", "a")}


def test_a_string_that_equals_a_secret_is_secret_wherever_it_turns_up() -> None:
    assert decode(encode({"elsewhere": ["x", "hush"]}, (), {"hush"})).secrets == {("elsewhere", 1)}


def test_unknowns_are_a_sentinel_even_inside_secrets_and_outputs() -> None:
    assert decode(encode({"a": UNKNOWN}, [("a",)])).values == {"a": UNKNOWN}
    output = struct_pb2.Struct()
    output.update({"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", "secret": True})
    decoded = decode(struct_pb2.Struct(fields={"a": struct_pb2.Value(struct_value=output)}))
    assert decoded.values == {"a": UNKNOWN}
    assert decoded.secrets == {("a",)}


def test_options_nested_in_json_are_unwrapped() -> None:
    secret = '{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","value":["x"]}'
    assert decode_nested(secret) == ["x"]
    assert decode_nested('"04da6b54-80e4-46f7-96ec-b56ff0331ba9"') is UNKNOWN
