"""PostgreSQL with contrib and pgaudit, started as the official image is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.images import debian
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace

MAJOR = "15"
ENTRYPOINT = Path(__file__).parents[1] / "files/postgres/docker-entrypoint.sh"
DATA = "/var/lib/postgresql/data"

# initdb refuses a user that passwd does not know, and Debian's package would take the next free id.
BEFORE = """
groupadd --system --gid 999 postgres
useradd --system --uid 999 --gid postgres --home-dir /var/lib/postgresql --shell /bin/bash postgres
mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
"""
AFTER = f"""
localedef --inputfile=en_US --charmap=UTF-8 --alias-file=/usr/share/locale/locale.alias en_US.UTF-8
# A key pair made for this image alone would be everybody's.
rm -f /etc/ssl/private/ssl-cert-snakeoil.key /etc/ssl/certs/ssl-cert-snakeoil.pem
sed --in-place --regexp-extended "s/^#?listen_addresses = .*/listen_addresses = '*'/" \
    /usr/share/postgresql/{MAJOR}/postgresql.conf.sample
grep --quiet "^listen_addresses = '\\*'" /usr/share/postgresql/{MAJOR}/postgresql.conf.sample
install --directory --owner=postgres --group=postgres --mode=3777 /var/run/postgresql
install --directory --owner=postgres --group=postgres --mode=1777 {DATA}
mkdir -p /docker-entrypoint-initdb.d
"""


def recipe(name: str, tag: str, base: Recipe, packages: Mapping[str, str]) -> Recipe:
    """Describe `docker.io/library/postgres`.

    Args:
        name: the repository.
        tag: the server's version.
        base: Debian.
        packages: Debian's packages and their upstream versions.
    """

    def fill(workspace: Workspace) -> None:
        workspace.run(BEFORE)
        debian.install(workspace, packages)
        workspace.run(AFTER)
        workspace.place(ENTRYPOINT, "/usr/local/bin/docker-entrypoint.sh", 0o755)

    return Recipe(
        name=name,
        version=tag,
        base=base,
        runtime=Runtime(
            entrypoint=("docker-entrypoint.sh",),
            command=("postgres",),
            environment={
                "PATH": f"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/{MAJOR}/bin",
                "LANG": "en_US.utf8",
                "PG_MAJOR": MAJOR,
                "PG_VERSION": tag,
                "PGDATA": DATA,
            },
            ports=("5432/tcp",),
            volumes=(DATA,),
            stop_signal="SIGINT",
        ),
        fill=fill,
        ingredients={**packages, "before": BEFORE, "after": AFTER, "install": debian.INSTALL},
        files=(ENTRYPOINT,),
    )
