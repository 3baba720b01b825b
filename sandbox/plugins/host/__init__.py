"""The common part of all offline plugins: the engine's protocol on one side, plain values on the other.

A plugin subclasses `Provider`, fills `types` with objects that follow `ResourceType`, and calls `serve`. Secrets are
the host's business: what came in secret goes out secret, as does each type's `secret_outputs`; messages are masked.
"""

from .context import Deadline, cancelled, current, sleep, status, warn
from .difference import changed_paths, compare
from .errors import Cancelled, InitFailed, PluginError
from .names import nearest, suggestion
from .provider import Provider
from .resource import Change, Checked, Created, Diff, Failure, Found, Kind, ResourceType
from .server import serve
from .values import UNKNOWN, Inputs, Path, State, Value, contains_unknown, leaves, lookup, property_path

__all__ = [
    "UNKNOWN",
    "Cancelled",
    "Change",
    "Checked",
    "Created",
    "Deadline",
    "Diff",
    "Failure",
    "Found",
    "InitFailed",
    "Inputs",
    "Kind",
    "Path",
    "PluginError",
    "Provider",
    "ResourceType",
    "State",
    "Value",
    "cancelled",
    "changed_paths",
    "compare",
    "contains_unknown",
    "current",
    "leaves",
    "lookup",
    "nearest",
    "property_path",
    "serve",
    "sleep",
    "status",
    "suggestion",
    "warn",
]
