"""The engine's side of a run that touches nothing: it takes registrations down and answers as a preview would."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from delivery import options, wire
from delivery.computed import with_computed
from delivery.recording import DeclarationError, Outputs, Recording, Resource, Severity

STACK = "pulumi:pulumi:Stack"
SECRET_KIND = "kubernetes:core/v1:Secret"  # noqa: S105 - a type token

FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
)


class RecordingError(DeclarationError):
    """The program asked for what no engine would allow, or for what only a provider could tell."""


@dataclass(frozen=True)
class Identity:
    """Whose program runs: the project, and the stack that is its environment."""

    project: str
    stack: str

    def urn(self, parent: str, kind: str, name: str) -> str:
        """The URN that the engine would give. The types of all ancestors but the stack are part of it."""
        qualified = parent.split("::")[2] if parent else STACK
        chain = kind if qualified == STACK else f"{qualified}${kind}"
        return f"urn:pulumi:{self.stack}::{self.project}::{chain}::{name}"


class Monitor:
    """Implements the calls of Pulumi's ResourceMonitor service that a program of this platform makes.

    The SDK calls it from several threads at once.
    """

    def __init__(self, identity: Identity, outputs: Outputs | None, *, preview: bool) -> None:
        self._identity = identity
        self._preview = preview
        self._outputs = outputs
        self._lock = threading.Lock()
        self._resources: dict[str, Resource] = {}
        self._exports: dict[str, Any] = {}
        self._root = identity.urn("", STACK, f"{identity.project}-{identity.stack}")

    def recording(self, messages: tuple[tuple[Severity, str], ...]) -> Recording:
        """Everything so far, in a stable order."""
        # Split, so that what stands higher in the tree comes first.
        resources = tuple(self._resources[urn] for urn in sorted(self._resources, key=lambda urn: urn.split("::")))
        return Recording(self._root, resources, self._exports, messages)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the service's name
        """Take a resource down; answer with its inputs, and unknowns for what its provider computes."""
        if request.type == STACK:
            return resource_pb2.RegisterResourceResponse(urn=self._root)
        if request.transforms:
            raise RecordingError(f"{request.type} {request.name}: transforms run inside the engine; none is here")
        return self._register(request, request.object, request.importId)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Take a `.get` down; nothing of it is known but its id."""
        answer = self._register(request, request.properties, request.id)
        return resource_pb2.ReadResourceResponse(urn=answer.urn, properties=answer.object)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Take down what a component, or the stack, hands out."""
        outputs = {key: wire.shown(value) for key, value in wire.read(request.outputs).items()}
        with self._lock:
            if request.urn == self._root:
                self._exports = outputs
            else:
                self._resources[request.urn] = replace(self._resources[request.urn], outputs=outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> NoReturn:  # noqa: N802
        """Refuse: only a provider that reaches its server could answer."""
        raise RecordingError(
            f"the program calls the function {request.tok}, whose answer only its provider knows; "
            "what the platform declares must follow from its settings alone"
        )

    Call = Invoke

    def SupportsFeature(self, _request: Any) -> Any:  # noqa: N802
        """Answer older SDKs, which ask feature by feature, with no."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def GetDeploymentInfo(self, _request: Any) -> Any:  # noqa: N802
        """The protocol's features that this monitor speaks."""
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def RegisterPackage(self, request: Any) -> Any:  # noqa: N802
        """Give a parameterized package a reference."""
        return resource_pb2.RegisterPackageResponse(ref=f"{request.name}@{request.version}")

    def SignalAndWaitForShutdown(self, _request: Any) -> Any:  # noqa: N802
        """Nothing to wait for."""
        return empty_pb2.Empty()

    def _register(self, request: Any, properties: Any, known_id: str) -> Any:
        inputs = wire.read(properties)
        keep = request.type == SECRET_KIND
        urn = self._identity.urn(request.parent, request.type, request.name)
        reading = isinstance(request, resource_pb2.ReadResourceRequest)
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent or None,
            custom=reading or request.custom,
            inputs={
                key: wire.shown(value, keys=keep and key in ("data", "stringData")) for key, value in inputs.items()
            },
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={} if reading else _property_dependencies(request),
            # A reference is "<urn>::<id>".
            provider=request.provider.rpartition("::")[0] or None,
            options={"read": known_id} if reading else options.of(request),
        )
        with self._lock:
            if urn in self._resources:
                raise RecordingError(f"two resources have the URN {urn}; give one of them another name")
            self._resources[urn] = resource
        if resource.component:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        given = dict((self._outputs(request.type, request.name, resource.inputs) if self._outputs else None) or {})
        identifier = str(given.pop("id", known_id))
        secrets = set(request.additionalSecretOutputs)
        state = with_computed(request.type, {key: wire.answered(value) for key, value in inputs.items()})
        if self._preview:
            # Outside a preview the SDK takes a secret unknown for a known None; missing outputs are unknown anyway.
            state |= {key: wire.secret(wire.SENTINEL) for key in secrets - set(state)}
        state |= {key: wire.secret(value) if key in secrets else value for key, value in given.items()}
        # `unknown`: what is not among the outputs is not known, in an update too.
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identifier, object=wire.write(state), unknown=True)


def _property_dependencies(request: Any) -> dict[str, tuple[str, ...]]:
    return {key: tuple(sorted(each.urns)) for key, each in sorted(request.propertyDependencies.items()) if each.urns}


class Log:
    """Implements the engine's log, for what a program tells people."""

    SEVERITIES: Mapping[int, Severity] = {
        engine_pb2.INFO: "info",
        engine_pb2.WARNING: "warning",
        engine_pb2.ERROR: "error",
    }

    def __init__(self) -> None:
        self.messages: list[tuple[Severity, str]] = []

    def Log(self, request: Any) -> Any:  # noqa: N802 - the service's name
        """Keep a message; debug output is the SDK's own."""
        if severity := self.SEVERITIES.get(request.severity):
            self.messages.append((severity, request.message))
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, _request: Any) -> Any:  # noqa: N802
        """Any version will do."""
        return empty_pb2.Empty()
