"""What CloudNativePG runs: PostgreSQL's programs for the user 26, pgaudit and Barman's, and nothing that starts them.

Source: github.com/cloudnative-pg/postgres-containers, Dockerfile, the target `system`; pgvector and locales left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.images import debian
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

FLAVOUR = "-system-bookworm"
"""The end of the tag: PostgreSQL with contrib, pgaudit and barman-cloud, on Debian 12."""
UID = 26
# The operator runs every instance as this user, whom initdb looks up in passwd. The group 26 is Debian's `tape`, so
# the official image leaves the group's number to chance as well.
BEFORE = f"""
groupadd --system postgres
useradd --system --uid {UID} --gid postgres --home-dir /var/lib/postgresql --shell /bin/bash postgres
mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
"""
# A key pair made for this image alone would be everybody's.
AFTER = "rm -f /etc/ssl/private/ssl-cert-snakeoil.key /etc/ssl/certs/ssl-cert-snakeoil.pem"


def recipe(name: str, tag: str, base: Recipe, major: str, packages: Mapping[str, str]) -> Recipe:
    """Describe `ghcr.io/cloudnative-pg/postgresql`.

    Args:
        name: the repository.
        tag: the server's version, and the image's flavour.
        base: Debian.
        major: the server's major version.
        packages: Debian's packages and their upstream versions.
    """

    def fill(workspace: Workspace) -> None:
        workspace.run(BEFORE)
        debian.install(workspace, packages)
        workspace.run(AFTER)

    return Recipe(
        name=name,
        version=tag,
        base=base,
        runtime=Runtime(
            user=str(UID),
            environment={
                "PATH": f"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/{major}/bin",
            },
        ),
        fill=fill,
        ingredients={**packages, "before": BEFORE, "after": AFTER, "install": debian.INSTALL},
        when=When.ON_DEMAND,
    )
