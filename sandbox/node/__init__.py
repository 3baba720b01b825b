"""A real Kubernetes on this machine: one node, made of upstream's own programs."""

from sandbox.node.errors import NodeError
from sandbox.node.health import Part, Status
from sandbox.node.node import start, status, stop

__all__ = ["NodeError", "Part", "Status", "start", "status", "stop"]
