"""Which steps from one version to another need a yes in the config, or cannot be made at all."""


def keycloak_step(deployed: str | None, declared: str, permitted: int | None) -> str | None:
    """Why Keycloak cannot make this step; None for one that it can.

    Args:
        deployed: the version that runs; None where none does, or an older program recorded none.
        declared: the version that would run, such as `26.7.0`.
        permitted: the major version that the config lets it go to.
    """
    old, new = _numbers(deployed or declared), _numbers(declared)
    if permitted is not None and permitted not in (old[0], new[0]):
        return (
            f"identity.upgrade_to: it lets Keycloak go to {permitted}, and this version of the platform brings "
            f"{declared}. Write {new[0]}, or leave the key out."
        )
    if new[:2] < old[:2]:
        return (
            f"Keycloak would go back from {deployed} to {declared}, which cannot read the database of the newer one. "
            f"Keep {deployed}; to go back, restore a backup of platform/keycloak from before the upgrade."
        )
    if new[0] > old[0] and permitted != new[0]:
        return (
            f"Keycloak would go from {deployed} to {declared}: a major step, whose migration of the database cannot be "
            "undone. Read its migration guide, make a backup (`make backup DB=platform/keycloak`), try it in dev and "
            f"test, and then write `upgrade_to: {new[0]}` below `identity` in this stack's config."
        )
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3])
