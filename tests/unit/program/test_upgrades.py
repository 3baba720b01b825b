"""Keycloak's steps from one version to another: which go by themselves, which need a yes, which cannot be made."""

import pytest

from stacks.upgrades import keycloak_step


@pytest.mark.parametrize(
    ("deployed", "declared", "permitted"),
    [
        (None, "26.7.0", None),
        (None, "26.7.0", 26),
        ("26.7.0", "26.7.0", None),
        ("26.7.0", "26.7.3", None),
        ("26.7.3", "26.7.0", None),
        ("26.7.0", "26.8.0", None),
        ("26.7.0", "27.0.0", 27),
        ("27.0.0", "27.0.1", 27),
        # Written before the platform brings it: until then the environment stays where it is.
        ("26.7.0", "26.8.0", 26),
    ],
)
def test_these_steps_are_made(deployed: str | None, declared: str, permitted: int | None) -> None:
    assert keycloak_step(deployed, declared, permitted) is None


@pytest.mark.parametrize(
    ("deployed", "declared", "permitted", "said"),
    [
        ("26.7.0", "27.0.0", None, "a major step"),
        ("26.7.0", "27.0.0", 26, "a major step"),
        ("26.7.0", "26.6.0", None, "would go back from 26.7.0 to 26.6.0"),
        ("27.0.0", "26.7.0", 26, "restore a backup of platform/keycloak"),
        (None, "26.7.0", 27, "this version of the platform brings 26.7.0. Write 26, or leave the key out."),
    ],
)
def test_these_are_refused_with_the_reason_and_the_way_on(
    deployed: str | None, declared: str, permitted: int | None, said: str
) -> None:
    assert said in (keycloak_step(deployed, declared, permitted) or "")


def test_a_major_step_says_what_to_do_first_and_what_to_write() -> None:
    said = keycloak_step("26.7.0", "27.0.0", None) or ""
    assert "make backup DB=platform/keycloak" in said
    assert "`upgrade_to: 27` below `identity`" in said
