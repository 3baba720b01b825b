"""The sandbox knows by the same names what a config may ask for."""

from delivery import demands as delivery
from sandbox import demands as sandbox


def test_whatever_a_config_can_ask_for_the_sandbox_can_bring() -> None:
    assert set(sandbox.IMAGES) == {
        delivery.CLOUDNATIVE_PG,
        delivery.OBJECT_STORE,
        delivery.EDGE,
        delivery.SPARK,
        delivery.LOGIN,
        delivery.CONTEXTS,
        delivery.OBSERVABILITY,
    }
    assert set(sandbox.PROGRAMS) <= set(sandbox.IMAGES)
