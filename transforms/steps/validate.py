"""Rows judged by rules: counted, taken out into quarantine, or reason enough to end the job."""

from pydantic import Field

from transforms.documents.models import Complain, Entry
from transforms.documents.problems import nearest, quoted
from transforms.expressions.check import condition
from transforms.schema import Schema
from transforms.spec.fields import Name
from transforms.spec.job import QuarantineSpec, RuleSpec
from transforms.steps.base import BROKEN, Checkpoint, Inputs, Writer

MOST_RULES = 62
"""The bits of a bigint, but for the sign and one to spare."""


class ValidateConfig(Entry):
    """Which rules of the job hold here."""

    rules: tuple[Name, ...] = Field(
        strict=False, min_length=1, max_length=MOST_RULES, description="Names of rules; see `rules` of the job."
    )
    quarantine: QuarantineSpec | None = Field(
        default=None, description="Where rows go that are taken out: with all their columns, and the rules they broke."
    )


class Validate(Checkpoint[ValidateConfig]):
    """`validate: {rules: [known_country, not_in_future], quarantine: {parquet: {path: quarantine}}}`."""

    Config = ValidateConfig

    def schema(self, config: ValidateConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The same columns."""
        for index, name in enumerate(config.rules):
            if name not in inputs.rules:
                near = nearest(name, list(inputs.rules))
                there = f"Did you mean {near}?" if near else f"There are {', '.join(inputs.rules) or 'none'}."
                complain(f"the job has no rule {quoted(name)}. {there}", "rules", index)
            elif config.rules.index(name) != index:
                complain(f"the rule {name} stands here twice", "rules", index)
            else:
                self._check(name, index, inputs, complain)
        keeping = [name for name, rule in self.rules(config, inputs).items() if rule.keeps]
        if keeping and not config.quarantine:
            complain(f"the rule {keeping[0]} takes rows out; say in `quarantine` where they go")
        if config.quarantine and not keeping:
            complain("none of its rules takes rows out that are kept", "quarantine")
        return inputs.main.schema

    @staticmethod
    def _check(name: str, index: int, inputs: Inputs, complain: Complain) -> None:
        def about(message: str) -> None:
            complain(f"rule {name}: {message}", "rules", index)

        condition(inputs.rules[name].expect, inputs.main.schema, about)

    def rules(self, config: ValidateConfig, inputs: Inputs) -> dict[str, RuleSpec]:
        """The rules that are named."""
        return {name: inputs.rules[name] for name in config.rules if name in inputs.rules}

    def quarantine(self, config: ValidateConfig) -> QuarantineSpec | None:
        """As the config has it."""
        return config.quarantine

    def sql(self, config: ValidateConfig, inputs: Inputs, write: Writer) -> str:
        """The rows with a bit for each broken rule; a condition that is NULL is broken, as in ELSE."""
        bits = " | ".join(
            f"CASE WHEN {write.expression(rule.expect)} THEN 0L ELSE {1 << bit}L END"
            for bit, rule in enumerate(self.rules(config, inputs).values())
        )
        return f"SELECT *, {bits} AS `{BROKEN}` FROM {write.relation(inputs.main)}"
