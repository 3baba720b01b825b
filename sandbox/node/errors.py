"""What can go wrong with the node, said to a person."""

from __future__ import annotations


class NodeError(Exception):
    """The node cannot be started, or one of its parts does not come; the message says why and what to do."""
