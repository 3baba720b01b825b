"""Columns chosen, ordered and renamed."""

from pydantic import Field

from transforms.documents.models import Complain, Entry
from transforms.documents.problems import quoted
from transforms.schema import Column, Schema, repeated
from transforms.spec.fields import ColumnName
from transforms.steps.base import Inputs, Step, Writer


class SelectConfig(Entry):
    """The columns that stay."""

    columns: tuple[ColumnName, ...] = Field(
        default=(), strict=False, description="The columns that stay, in this order; all when left out."
    )
    rename: dict[ColumnName, ColumnName] = Field(default_factory=dict, description="New names, by the old ones.")
    drop: tuple[ColumnName, ...] = Field(default=(), strict=False, description="The columns that go.")


class Select(Step[SelectConfig]):
    """`select: {columns: [country, cases], rename: {cases: confirmed}}`."""

    Config = SelectConfig

    def schema(self, config: SelectConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The chosen columns under their new names."""
        old = inputs.main.schema
        for key, names in (("columns", config.columns), ("rename", tuple(config.rename)), ("drop", config.drop)):
            for index, name in enumerate(names):
                if name not in old:
                    complain(old.missing(name), key, name if key == "rename" else index)
        if config.columns and config.drop:
            complain("`columns` says already what stays; remove `drop`", "drop")
        chosen = self._chosen(config, old)
        for name in config.rename:
            if name in old and name not in chosen:
                complain(f"{quoted(name)} is renamed but does not stay", "rename", name)
        made = tuple(
            Column(config.rename.get(name, name), column.type, column.family if name not in config.rename else "")
            for name in chosen
            if (column := old.find(name))
        )
        for name in repeated(column.name for column in made):
            complain(f"two columns would be called {name}", "rename" if config.rename else "columns")
        if not chosen:
            complain("no column would be left", "drop")
        return Schema(made)

    def sql(self, config: SelectConfig, inputs: Inputs, write: Writer) -> str:
        """A projection."""
        columns = [
            write.named(write.column(name), config.rename[name]) if name in config.rename else write.column(name)
            for name in self._chosen(config, inputs.main.schema)
        ]
        return f"SELECT {', '.join(columns)} FROM {write.relation(inputs.main)}"

    @staticmethod
    def _chosen(config: SelectConfig, old: Schema) -> tuple[str, ...]:
        return config.columns or tuple(name for name in old.names if name not in config.drop)
