"""What the program declares for each environment, recorded once."""

from functools import cache
from pathlib import Path

import pytest

from delivery.record import record
from delivery.recording import Recording
from stacks import environment
from stacks.settings import Settings, load_file

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENTS = ("dev", "test", "prod")


def build_from(settings: Settings) -> Recording:
    """The recording of one environment."""
    return record(lambda: environment.export(settings), stack=settings.environment)


@cache
def recorded(name: str) -> Recording:
    """What the committed stack file of an environment declares."""
    return build_from(load_file(ROOT / f"Pulumi.{name}.yaml"))


@pytest.fixture(params=ENVIRONMENTS)
def declared(request: pytest.FixtureRequest) -> Recording:
    """Each environment in turn."""
    return recorded(request.param)
