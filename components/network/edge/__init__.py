"""The platform's one way in: a Gateway of HTTPS listeners, routes behind it, and what one client may ask of each."""

from components.network.edge.edge import Edge, EdgeArgs
from components.network.edge.limits import LimitClass, Limits
from components.network.edge.names import NAMESPACE, edge_pods
from components.network.edge.route import Backend, PathRule, Route, RouteArgs

__all__ = [
    "NAMESPACE",
    "Backend",
    "Edge",
    "EdgeArgs",
    "LimitClass",
    "Limits",
    "PathRule",
    "Route",
    "RouteArgs",
    "edge_pods",
]
