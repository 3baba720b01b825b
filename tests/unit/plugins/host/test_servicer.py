"""The host over real gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2

from sandbox.plugins.host import UNKNOWN
from sandbox.plugins.host.codec import decode, encode
from sandbox.plugins.host.servicer import Servicer
from tests.unit.plugins.host.toy import Toy

URN = "urn:pulumi:dev::shop::toy:index:Thing::one"
SECRET = "hush-hush"


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def engine(toy: Toy) -> Iterator[Any]:
    server = grpc.server(ThreadPoolExecutor(2))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(toy, lambda _: None), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None)


def error_of(call: Any, request: Any) -> Any:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return caught.value


def creation(fail: str) -> proto.CreateRequest:
    return proto.CreateRequest(urn=URN, properties=encode({"fail": fail, "word": SECRET}, [("word",)]))


def test_options_are_decoded_from_the_sdks_strings(engine: Any, toy: Toy) -> None:
    raw = {"place": "here", "port": "5432", "quick": "true", "limits": '{"a": [1]}', "version": "1.2.3"}
    engine.Configure(proto.ConfigureRequest(args=encode(raw)))
    assert toy.configured == {"place": "here", "port": 5432, "quick": True, "limits": {"a": [1]}}


def test_options_are_read_from_the_older_field_too(engine: Any, toy: Toy) -> None:
    engine.Configure(proto.ConfigureRequest(variables={"toy:config:place": "here", "toy:config:port": "1"}))
    assert toy.configured == {"place": "here", "port": 1}


def test_wrong_and_unknown_options_are_all_named(engine: Any) -> None:
    answer = engine.CheckConfig(proto.CheckRequest(news=encode({"port": "many", "plaec": "x"})))
    assert {failure.property: failure.reason for failure in answer.failures} == {
        "port": "expected a whole number",
        "plaec": 'the offline toy provider has no option plaec (did you mean "place"?)',
    }


def test_a_provider_that_is_not_known_yet_lets_previews_pass_and_is_not_configured(engine: Any, toy: Toy) -> None:
    engine.Configure(proto.ConfigureRequest(args=encode({"place": UNKNOWN})))
    assert toy.configured is None
    inputs = encode({"word": "x"})
    assert engine.Check(proto.CheckRequest(urn=URN, news=inputs)).inputs == inputs
    assert engine.Diff(proto.DiffRequest(urn=URN, news=inputs)).changes == proto.DiffResponse.DIFF_UNKNOWN
    assert engine.Create(proto.CreateRequest(urn=URN, properties=inputs, preview=True)).properties == inputs


def test_checked_inputs_keep_their_secrets(engine: Any) -> None:
    answer = engine.Check(proto.CheckRequest(urn=URN, news=encode({"word": SECRET}, [("word",)])))
    checked = decode(answer.inputs)
    assert checked.values == {"name": "one", "fresh": True, "word": SECRET}
    assert checked.secrets == {("word",)}


def test_a_refused_input_is_told_with_its_path(engine: Any) -> None:
    answer = engine.Check(proto.CheckRequest(urn=URN, news=encode({"colour": 1})))
    assert [(failure.property, failure.reason) for failure in answer.failures] == [("colour", "unknown property")]


def test_a_diff_says_what_is_replaced_and_in_which_order(engine: Any) -> None:
    answer = engine.Diff(proto.DiffRequest(urn=URN, old_inputs=encode({"a": {"b": 1}}), news=encode({"a": {"b": 2}})))
    assert answer.changes == proto.DiffResponse.DIFF_SOME
    assert list(answer.diffs) == ["a", "tags"]
    assert list(answer.replaces) == ["tags"]
    assert answer.deleteBeforeReplace
    assert answer.detailedDiff["a.b"] == proto.PropertyDiff(kind=proto.PropertyDiff.UPDATE, inputDiff=True)
    assert answer.detailedDiff["tags[0]"].kind == proto.PropertyDiff.UPDATE_REPLACE


def test_outputs_that_a_type_calls_secret_are(engine: Any) -> None:
    answer = engine.Create(proto.CreateRequest(urn=URN, properties=encode({"word": "x"})))
    assert answer.id == "id-1"
    assert decode(answer.properties).secrets == {("password",)}
    preview = engine.Create(proto.CreateRequest(urn=URN, properties=encode({}), preview=True))
    assert decode(preview.properties).values == {"password": UNKNOWN}


def test_what_was_made_half_way_is_kept_with_its_reasons(engine: Any) -> None:
    request = creation("half-way")
    metadata = dict(error_of(engine.Create, request).trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    detail = proto.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == "id-1"
    assert list(detail.reasons) == ["not ready: [secret]"]
    assert detail.inputs == request.properties
    assert decode(detail.properties).secrets == {("word",), ("password",)}


@pytest.mark.parametrize("way", ["wholly", "unforeseen"])
def test_no_message_holds_a_secret_or_a_traceback(engine: Any, way: str) -> None:
    details = error_of(engine.Create, creation(way)).details()
    assert "[secret]" in details
    assert SECRET not in details
    assert "\n" not in details


def test_a_secret_of_the_old_inputs_is_masked_too(engine: Any) -> None:
    request = proto.DeleteRequest(urn=URN, id="x", old_inputs=encode({"word": SECRET}, [("word",)]))
    assert error_of(engine.Delete, request).details() == "cannot delete [secret]"


def test_an_unknown_type_is_refused_with_the_nearest_one(engine: Any) -> None:
    request = proto.CheckRequest(urn=URN.replace("Thing", "Thnig"), news=encode({}))
    assert error_of(engine.Check, request).details() == (
        'toy:index:Thnig: the offline toy plugin has no such resource type (did you mean "toy:index:Thing"?)'
    )


def test_functions_components_and_methods_are_refused(engine: Any) -> None:
    assert "no functions" in error_of(engine.Invoke, proto.InvokeRequest(tok="toy:index:get")).details()
    assert "no components" in error_of(engine.Construct, proto.ConstructRequest(type="toy:index:C")).details()
    assert "no methods" in error_of(engine.Call, proto.CallRequest(tok="toy:index:C/do")).details()


def test_a_resource_that_is_gone_has_no_id(engine: Any) -> None:
    assert engine.Read(proto.ReadRequest(urn=URN, id="gone")).id == ""
    found = engine.Read(proto.ReadRequest(urn=URN, id="x", properties=encode({"password": "p"})))
    assert found.id == "x"
    assert decode(found.inputs).values == {"found": True}
    assert decode(found.properties).secrets == {("password",)}


def test_no_timeout_is_none(engine: Any) -> None:
    answer = engine.Update(proto.UpdateRequest(urn=URN, news=encode({"a": 1})))
    assert decode(answer.properties).values == {"a": 1, "timeout": None}
    answer = engine.Update(proto.UpdateRequest(urn=URN, news=encode({"a": 1}), timeout=7.5))
    assert decode(answer.properties).values == {"a": 1, "timeout": 7.5}
