"""The engine's `ResourceProvider` calls, translated for one `Provider`."""

# The methods' names and signatures are the protocol's, and so is their documentation (provider.proto).
# ruff: noqa: ARG002, D102, N802

from __future__ import annotations

import functools
import json
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2

from . import context
from .codec import Decoded, decode, encode
from .errors import InitFailed, PluginError
from .protocol import proto, status_pb2
from .provider import Provider
from .resource import Change, Diff, Kind, ResourceType
from .values import Path, Value, contains_unknown

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")

_KINDS = {
    (Kind.ADD, False): proto.PropertyDiff.ADD,
    (Kind.ADD, True): proto.PropertyDiff.ADD_REPLACE,
    (Kind.UPDATE, False): proto.PropertyDiff.UPDATE,
    (Kind.UPDATE, True): proto.PropertyDiff.UPDATE_REPLACE,
    (Kind.DELETE, False): proto.PropertyDiff.DELETE,
    (Kind.DELETE, True): proto.PropertyDiff.DELETE_REPLACE,
}


def _answering(
    method: Callable[[Servicer, _Request, Any], _Response],
) -> Callable[[Servicer, _Request, Any], _Response]:
    """Turn what a method raises into one message; secrets of the request are masked in it."""

    @functools.wraps(method)
    def answer(self: Servicer, request: Any, rpc: Any) -> Any:
        try:
            context.enter(_call_of(request))
            return method(self, request, rpc)
        except InitFailed as failure:
            _abort_partial(rpc, request, failure, self._type(request).secret_outputs)
        except PluginError as error:
            rpc.abort(grpc.StatusCode.UNKNOWN, _masked(str(error), request))
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine gets one message
            where = traceback.extract_tb(error.__traceback__)[-1]
            message = f"{type(error).__name__}: {error} (in {where.name}, {where.filename}:{where.lineno})"
            rpc.abort(
                grpc.StatusCode.INTERNAL,
                _masked(f"the offline {self.provider.name} plugin failed unexpectedly: {message}", request),
            )

    return answer


class Servicer(proto.ResourceProviderServicer):
    """Serves one provider to one engine."""

    def __init__(self, provider: Provider, attach: Callable[[str], None]) -> None:
        self.provider = provider
        self._attach = attach
        self._configured = False
        self._known = True

    # The provider itself.

    def Handshake(self, request: proto.ProviderHandshakeRequest, rpc: Any) -> proto.ProviderHandshakeResponse:
        self._attach(request.engine_address)
        return proto.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def Attach(self, request: proto.PluginAttach, rpc: Any) -> empty_pb2.Empty:
        self._attach(request.address)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, rpc: Any) -> proto.PluginInfo:
        return proto.PluginInfo(version=self.provider.version)

    def GetSchema(self, request: proto.GetSchemaRequest, rpc: Any) -> proto.GetSchemaResponse:
        schema = {"name": self.provider.name, "version": self.provider.version, "resources": {}}
        return proto.GetSchemaResponse(schema=json.dumps(schema))

    def Cancel(self, request: empty_pb2.Empty, rpc: Any) -> empty_pb2.Empty:
        context.cancel()
        return empty_pb2.Empty()

    @_answering
    def CheckConfig(self, request: proto.CheckRequest, rpc: Any) -> proto.CheckResponse:
        config, failures = self.provider.decode_config(decode(request.news).values)
        if not failures:
            failures = list(self.provider.check_config(config))
        # The engine keeps and compares the options in the encoding in which they came.
        return proto.CheckResponse(
            inputs=request.news,
            failures=[proto.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures],
        )

    @_answering
    def DiffConfig(self, request: proto.DiffRequest, rpc: Any) -> proto.DiffResponse:
        olds, _ = self.provider.decode_config(
            decode(request.old_inputs if request.HasField("old_inputs") else request.olds).values
        )
        news, _ = self.provider.decode_config(decode(request.news).values)
        return _diff_response(self.provider.diff_config(olds, news))

    @_answering
    def Configure(self, request: proto.ConfigureRequest, rpc: Any) -> proto.ConfigureResponse:
        config, failures = self.provider.decode_config(_raw_config(request))
        if failures:
            raise PluginError("; ".join(f"{failure.property}: {failure.reason}" for failure in failures))
        self._known = not contains_unknown(config)
        if self._known:
            self.provider.configure(config)
        self._configured = True
        return proto.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False, supports_autonaming_configuration=True
        )

    @_answering
    def Invoke(self, request: proto.InvokeRequest, rpc: Any) -> proto.InvokeResponse:
        args = decode(request.args)
        found = self.provider.invoke(request.tok, args.values)
        answer = proto.InvokeResponse()
        getattr(answer, "return").CopyFrom(encode(found, (), args.secret_strings()))
        return answer

    @_answering
    def Construct(self, request: proto.ConstructRequest, rpc: Any) -> proto.ConstructResponse:
        raise PluginError(f"{request.type}: the offline {self.provider.name} plugin has no components; only resources")

    @_answering
    def Call(self, request: proto.CallRequest, rpc: Any) -> proto.CallResponse:
        raise PluginError(f"{request.tok}: the offline {self.provider.name} plugin has no methods; only resources")

    # Its resources.

    @_answering
    def Check(self, request: proto.CheckRequest, rpc: Any) -> proto.CheckResponse:
        kind = self._type(request)
        if not self._known:
            return proto.CheckResponse(inputs=request.news)
        news = decode(request.news)
        olds = decode(request.olds).values if request.HasField("olds") and request.olds.fields else None
        checked = kind.check(_name(request), news.values, olds)
        return proto.CheckResponse(
            inputs=_encode(checked.inputs, kind, news),
            failures=[
                proto.CheckFailure(property=failure.property, reason=_masked(failure.reason, request))
                for failure in checked.failures
            ],
        )

    @_answering
    def Diff(self, request: proto.DiffRequest, rpc: Any) -> proto.DiffResponse:
        kind = self._type(request)
        if not self._known:
            return proto.DiffResponse(changes=proto.DiffResponse.DIFF_UNKNOWN)
        olds, state, news = decode(request.old_inputs), decode(request.olds), decode(request.news)
        return _diff_response(kind.diff(request.id, olds.values, state.values, news.values))

    @_answering
    def Create(self, request: proto.CreateRequest, rpc: Any) -> proto.CreateResponse:
        kind = self._type(request)
        inputs = decode(request.properties)
        if request.preview and not self._known:
            return proto.CreateResponse(properties=request.properties)
        created = kind.create(request.urn, inputs.values, preview=request.preview, timeout=_timeout(request))
        return proto.CreateResponse(id=created.id, properties=_encode(created.state, kind, inputs))

    @_answering
    def Read(self, request: proto.ReadRequest, rpc: Any) -> proto.ReadResponse:
        kind = self._type(request)
        inputs, state = decode(request.inputs), decode(request.properties)
        found = kind.read(request.id, inputs.values, state.values)
        if found is None:
            return proto.ReadResponse()
        return proto.ReadResponse(
            id=found.id,
            inputs=_encode(found.inputs, kind, inputs, state),
            properties=_encode(found.state, kind, inputs, state),
        )

    @_answering
    def Update(self, request: proto.UpdateRequest, rpc: Any) -> proto.UpdateResponse:
        kind = self._type(request)
        olds, state, news = decode(request.old_inputs), decode(request.olds), decode(request.news)
        if request.preview and not self._known:
            return proto.UpdateResponse(properties=request.news)
        updated = kind.update(
            request.id, olds.values, state.values, news.values, preview=request.preview, timeout=_timeout(request)
        )
        return proto.UpdateResponse(properties=_encode(updated, kind, news))

    @_answering
    def Delete(self, request: proto.DeleteRequest, rpc: Any) -> empty_pb2.Empty:
        kind = self._type(request)
        inputs, state = decode(request.old_inputs), decode(request.properties)
        kind.delete(request.id, inputs.values, state.values, timeout=_timeout(request))
        return empty_pb2.Empty()

    def _type(self, request: Any) -> ResourceType:
        return self.provider.resource_type(request.type or request.urn.split("::")[2].rsplit("$", 1)[-1])


def _call_of(request: Any) -> context.Call:
    if not isinstance(request, proto.CheckRequest):
        return context.Call(urn=getattr(request, "urn", ""))
    naming = request.autonaming if request.HasField("autonaming") else None
    modes = proto.CheckRequest.AutonamingOptions
    return context.Call(
        urn=request.urn,
        random_seed=request.randomSeed,
        proposed=naming.proposed_name or None if naming else None,
        enforced=naming is not None and naming.mode == modes.ENFORCE,
        autonaming=naming is None or naming.mode != modes.DISABLE,
    )


def _name(request: proto.CheckRequest) -> str:
    return request.name or request.urn.split("::", 3)[3]


def _timeout(request: Any) -> float | None:
    return request.timeout or None


def _raw_config(request: proto.ConfigureRequest) -> Mapping[str, Value]:
    if request.args.fields:
        return decode(request.args).values
    return {key.rsplit(":", 1)[-1]: value for key, value in request.variables.items()}


def _encode(values: Mapping[str, Value], kind: ResourceType, *sources: Decoded) -> struct_pb2.Struct:
    always: set[Path] = {(name,) for name in kind.secret_outputs}
    secrets = always.union(*(source.secrets for source in sources))
    strings: frozenset[str] = frozenset().union(*(source.secret_strings() for source in sources))
    return encode(values, secrets, strings)


def _diff_response(diff: Diff) -> proto.DiffResponse:
    some = bool(diff.changed)
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_SOME if some else proto.DiffResponse.DIFF_NONE,
        diffs=_top_level(diff.changed),
        replaces=_top_level(path for path, change in diff.changed.items() if change.replace),
        deleteBeforeReplace=diff.delete_before_replace and diff.replaces,
        detailedDiff={path: _property_diff(change) for path, change in diff.changed.items()},
        hasDetailedDiff=some,
    )


def _property_diff(change: Change) -> proto.PropertyDiff:
    return proto.PropertyDiff(kind=_KINDS[change.kind, change.replace], inputDiff=change.input)


def _top_level(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(path.split(".", 1)[0].split("[", 1)[0] for path in paths))


def _request_secrets(request: Any) -> frozenset[str]:
    """Every secret string of any property map of the request."""
    structs = [value for _, value in request.ListFields() if isinstance(value, struct_pb2.Struct)]
    return frozenset().union(*(decode(struct).secret_strings() for struct in structs))


def _masked(message: str, request: Any) -> str:
    for secret in sorted(_request_secrets(request), key=len, reverse=True):
        # Shorter ones would blot out ordinary words.
        if len(secret) >= 4:
            message = message.replace(secret, "[secret]")
    return message


def _abort_partial(rpc: Any, request: Any, failure: InitFailed, always: Collection[str]) -> None:
    """End the call with the engine's detail for "it exists, and it is not in order"."""
    structs = [value for _, value in request.ListFields() if isinstance(value, struct_pb2.Struct)]
    sources = [decode(struct) for struct in structs]
    top_level: set[Path] = {(name,) for name in always}
    secrets = top_level.union(*(source.secrets for source in sources))
    strings = _request_secrets(request)
    reasons = [_masked(reason, request) for reason in failure.reasons]
    detail = proto.ErrorResourceInitFailed(
        id=failure.id, properties=encode(failure.state, secrets, strings), reasons=reasons
    )
    if failure.inputs is not None:
        detail.inputs.CopyFrom(encode(failure.inputs, secrets, strings))
    elif isinstance(request, proto.CreateRequest):
        detail.inputs.CopyFrom(request.properties)
    elif isinstance(request, proto.UpdateRequest):
        detail.inputs.CopyFrom(request.news)
    elif isinstance(request, proto.ReadRequest):
        detail.inputs.CopyFrom(request.inputs)
    packed = any_pb2.Any()
    packed.Pack(detail)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message="; ".join(reasons), details=[packed])
    rpc.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    rpc.abort(grpc.StatusCode.UNKNOWN, status.message)
