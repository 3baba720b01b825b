"""What goes wrong here, as one message for a person."""

from __future__ import annotations


class ToolchainError(Exception):
    """Says what failed, where, and how to go on; shown without a traceback."""


class Terminated(KeyboardInterrupt):
    """This process alone was asked to end; a terminal's interrupt would have reached its children as well."""
