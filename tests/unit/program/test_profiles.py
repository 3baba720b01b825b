"""dev, test and prod differ in one table, and security never loosens on the way to prod."""

from itertools import pairwise

import pytest

from stacks.contract.crosschecks import TRANSACTION_TIMEOUT_SINCE
from stacks.images import Images
from stacks.profiles import PROFILES, Profile

STEPS = list(pairwise(PROFILES.values()))


def test_the_table_goes_from_dev_to_prod() -> None:
    assert list(PROFILES) == ["dev", "test", "prod"]


@pytest.mark.parametrize(("weaker", "stricter"), STEPS)
def test_security_and_protection_never_loosen(weaker: Profile, stricter: Profile) -> None:
    assert stricter.protect_data >= weaker.protect_data
    assert stricter.certificate_hours <= weaker.certificate_hours
    assert stricter.keycloak_replicas >= weaker.keycloak_replicas


@pytest.mark.parametrize(("weaker", "stricter"), STEPS)
def test_test_and_prod_run_the_same_major_of_postgresql(weaker: Profile, stricter: Profile) -> None:
    assert weaker.postgres_version == stricter.postgres_version


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_a_larger_size_is_larger_in_everything(profile: Profile) -> None:
    assert list(profile.sizes) == ["small", "medium", "large"]
    for smaller, larger in pairwise(profile.sizes.values()):
        assert smaller.compute.cpu < larger.compute.cpu
        assert smaller.compute.memory < larger.compute.memory
        assert smaller.storage < larger.storage
        assert smaller.connections < larger.connections


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_keycloaks_pools_leave_its_database_room_for_an_administrator(profile: Profile) -> None:
    replicas = profile.keycloak_replicas + 1  # one more while a new revision rolls out
    assert replicas * profile.keycloak_pool + 3 <= profile.keycloak_database.connections


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_each_default_major_can_limit_transactions(profile: Profile) -> None:
    # The contract relies on it where an entry names no version: it knows nothing of the profiles' own.
    assert profile.postgres_version >= TRANSACTION_TIMEOUT_SINCE


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_certificates_are_renewed_before_they_end(profile: Profile) -> None:
    assert 0 < profile.renewal_hours < profile.certificate_hours < profile.authority_hours


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_each_default_major_has_a_pinned_image(profile: Profile) -> None:
    assert Images().postgres(profile.postgres_version).startswith("docker.io/library/postgres:")
