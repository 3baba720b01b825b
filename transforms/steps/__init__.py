"""The kinds of steps. What a plugin in another package needs is importable from here."""

from transforms.spec.fields import ColumnName, Condition, Expression, Name
from transforms.steps.base import Checkpoint, Column, Complain, Entry, Inputs, Relation, Schema, Step, Writer

__all__ = [
    "Checkpoint",
    "Column",
    "ColumnName",
    "Complain",
    "Condition",
    "Entry",
    "Expression",
    "Inputs",
    "Name",
    "Relation",
    "Schema",
    "Step",
    "Writer",
]
