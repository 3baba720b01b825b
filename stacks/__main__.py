"""Load the settings, build the environment. `pulumi up` runs this file."""

import sys
from pathlib import Path
from typing import Any

import pulumi

# The engine runs the program in stacks/; the components lie beside it.
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from stacks import confidential, continuity, environment, upgrades  # noqa: E402
from stacks.images import Images  # noqa: E402
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
    last = pulumi.StackReference("last-deployment", stack_name=myself)

    def compare(deployed: list[Any]) -> bool:
        record, keycloak = (each or {} for each in deployed)
        found = continuity.breaches(record, declared)
        step = upgrades.keycloak_step(keycloak.get("version"), Images().keycloak_version, settings.identity.upgrade_to)
        found += [step] if step else []
        if found:
            raise pulumi.RunError("\n".join(found))
        return True

    return pulumi.Output.all(last.get_output("continuity"), last.get_output("keycloak")).apply(compare)


def complete(settings: Settings) -> Settings:
    """The same settings, once the config is known to hold the secrets that they need; else the run ends."""
    if found := list(confidential.missing(settings)):
        raise pulumi.RunError("\n".join(found))
    return settings


settings = complete(load(pulumi.get_stack()))
environment.export(settings, unbroken(settings))
