"""The kinds of steps. What a plugin in another package needs is importable from here."""

from transforms.steps.base import Checkpoint, Column, Complain, Entry, Inputs, Relation, Schema, Step, Writer

__all__ = ["Checkpoint", "Column", "Complain", "Entry", "Inputs", "Relation", "Schema", "Step", "Writer"]
