from __future__ import annotations

import subprocess

import pytest

from sandbox import images
from sandbox.images.archive import Archive
from sandbox.images.catalogue import catalogue
from sandbox.images.loader import parse_images
from sandbox.images.recipe import Recipe
from sandbox.node.layout import Layout
from sandbox.toolchain.parts import When
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions
from tests.sandbox.network.lab import Lab, pod, resources

pytestmark = pytest.mark.sandbox


def test_the_node_holds_every_image_under_its_upstream_name_and_the_archives_digest(home: Lab) -> None:
    paths = Paths.find()
    command = [home.layout.program("ctr"), "--address", str(Layout(paths).containerd_socket), "--namespace", "k8s.io"]
    listing = subprocess.run([*command, "images", "list"], capture_output=True, text=True, check=True).stdout
    known = parse_images(listing)
    for recipe in _built(paths):
        assert known[recipe.reference] == Archive(paths.images / recipe.archive).digest


def _built(paths: Paths) -> list[Recipe]:
    """All but those on demand that nobody asked for."""
    described = catalogue(paths.root).values()
    return [one for one in described if one.when is not When.ON_DEMAND or (paths.images / one.archive).exists()]


@pytest.mark.usefixtures("home")
def test_an_image_that_is_there_is_not_loaded_again() -> None:
    assert images.load(Paths.find()) == []


def test_only_archives_of_the_catalogue_are_kept() -> None:
    paths = Paths.find()
    expected = {recipe.archive for recipe in _built(paths)}
    assert {path.name for path in paths.images.glob("*.tar")} == expected
    assert list(paths.images.glob("*.part")) == []


@pytest.mark.parametrize(
    ("image", "command", "expected"),
    [
        ("postgres-15", "postgres --version", "postgres (PostgreSQL) {version} "),
        ("postgres-15", "pg_dump --version; id -u postgres; id -g postgres", "999\n999"),
        ("postgres-15", "ls /usr/share/postgresql/15/extension/pg_trgm.control", "pg_trgm"),
        ("postgres-15", "ls /usr/lib/postgresql/15/lib/pgaudit.so", "pgaudit"),
        ("postgres-15", "locale -a", "en_US.utf8"),
        ("keycloak", "/opt/keycloak/bin/kc.sh --version", "Keycloak {version}"),
        ("keycloak", "$JAVA_HOME/bin/java --version", "25.0.2"),
        ("postgres_exporter", "/bin/postgres_exporter --version 2>&1 | sed 's/ version /&v/'", "version {version} ("),
        ("debian", "cat /etc/os-release", "bookworm"),
    ],
)
def test_what_is_inside_is_what_the_tag_says(home: Lab, image: str, command: str, expected: str) -> None:
    version = Versions.read().images[image].rpartition(":")[2]
    user = {"postgres-15": 999, "keycloak": 1000}.get(image, 1000)
    limits = {"resources": resources("512Mi", "1")}
    home.apply(pod("look", command, image=image, restartPolicy="Never", container=limits, identity={"runAsUser": user}))
    home.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=90s", "pod/look")
    output = home.kubectl("logs", "look").stdout
    home.delete("pod/look")
    assert expected.format(version=version) in output


def test_no_private_key_is_part_of_an_image(home: Lab) -> None:
    command = "grep -rlIE '^-----BEGIN [A-Z ]*PRIVATE KEY' /etc /usr/lib /usr/share /var 2>/dev/null; true"
    home.apply(pod("keys", command, image="postgres-15", restartPolicy="Never", identity={"runAsUser": 999}))
    home.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=90s", "pod/keys")
    output = home.kubectl("logs", "keys").stdout
    home.delete("pod/keys")
    assert output == ""
