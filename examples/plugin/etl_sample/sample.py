"""A share of the rows, the same ones in each run: for trying a job out on less data."""

from pydantic import Field

from transforms.steps import ColumnName, Complain, Entry, Inputs, Schema, Step, Writer

PARTS = 10_000
"""Into so many parts a key's hash divides the rows; a smaller share than one part cannot be asked for."""


class SampleConfig(Entry):
    """What stands below `sample` in a job file."""

    key: tuple[ColumnName, ...] = Field(
        strict=False, min_length=1, description="The columns that make a key; rows of one key stay together."
    )
    share: float = Field(ge=1 / PARTS, le=1, description="Which share of the keys stays, from 0 to 1.")


class Sample(Step[SampleConfig]):
    """`sample: {key: [country], share: 0.1}`."""

    Config = SampleConfig

    def schema(self, config: SampleConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The same columns; every mistake goes to `complain`, with the path to it within the config."""
        columns = inputs.main.schema
        for index, name in enumerate(config.key):
            if name not in columns:
                complain(columns.missing(name), "key", index)
        return columns

    def sql(self, config: SampleConfig, inputs: Inputs, write: Writer) -> str:
        """One SELECT. Names and values pass through `write`, so nothing of a job file becomes part of the text."""
        part = f"pmod(xxhash64({write.columns(config.key)}), {write.value(PARTS)})"
        return f"SELECT * FROM {write.relation(inputs.main)} WHERE {part} < {write.value(round(config.share * PARTS))}"
