"""Load the settings, build the environment. `pulumi up` runs this file."""

import sys
from pathlib import Path
from typing import Any

import pulumi

# The engine runs the program in stacks/; the components lie beside it.
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from stacks import continuity, environment  # noqa: E402
from stacks.settings import Settings, SettingsError, load_stack  # noqa: E402


def load(stack: str) -> Settings:
    """The settings of the stack that runs; their mistakes end the program without a traceback."""
    try:
        return load_stack(stack, pulumi.runtime.config.CONFIG.get(), ROOT / f"Pulumi.{stack}.yaml")
    except SettingsError as mistakes:
        raise pulumi.RunError(str(mistakes)) from None


def unbroken(settings: Settings) -> pulumi.Output[bool]:
    """True, once what must not change is known to agree with what was deployed last; else the reasons end the run."""
    declared = environment.continuity_of(settings)
    myself = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    deployed = pulumi.StackReference("last-deployment", stack_name=myself).get_output("continuity")

    def compare(record: Any) -> bool:
        if found := continuity.breaches(record or {}, declared):
            raise pulumi.RunError("\n".join(found))
        return True

    return deployed.apply(compare)


settings = load(pulumi.get_stack())
environment.export(settings, unbroken(settings))
