from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain.commands import Commands
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.installers.debian import is_upstream, write_launcher
from sandbox.toolchain.installers.golang import MODULES, GoBuild, GoModule, released
from sandbox.toolchain.installers.published import Published
from sandbox.toolchain.installers.python import check_python
from sandbox.toolchain.paths import ROOT, Paths
from sandbox.toolchain.versions import Versions


@pytest.mark.parametrize(
    ("debian", "upstream"),
    [
        ("1.6.20~ds1-1+deb12u3", "1.6.20"),
        ("1.1.5+ds1-1+deb12u1", "1.1.5"),
        ("1:1.4.7-1+b2", "1.4.7"),
        ("1.8.9-2", "1.8.9"),
        ("15.20-0+deb12u1", "15.20"),
    ],
)
def test_a_debian_version_is_a_packaging_of_its_upstream_version(debian: str, upstream: str) -> None:
    assert is_upstream(debian, upstream)


@pytest.mark.parametrize(
    ("debian", "upstream"), [("1.6.24-1", "1.6.2"), ("11.6.20-1", "1.6.20"), ("15.20.1-1", "15.20")]
)
def test_a_debian_version_is_no_packaging_of_another_one(debian: str, upstream: str) -> None:
    assert not is_upstream(debian, upstream)


def test_a_launcher_starts_the_unpacked_program_with_its_libraries_and_arguments(tmp_path: Path) -> None:
    root = tmp_path / "with space" / "root"
    (root / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    program = root / "usr/sbin/nft"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH|$XTABLES_LIBDIR|$1"\n')
    program.chmod(0o755)
    write_launcher(tmp_path / "nft", root, root, "usr/sbin/nft")

    said = subprocess.run([tmp_path / "nft", "two words"], capture_output=True, text=True, check=True).stdout

    libraries = root / "usr/lib/x86_64-linux-gnu"
    assert said == f"{libraries}|{libraries / 'xtables'}|two words\n"


def test_a_program_that_fills_another_debian_gets_no_library_path(tmp_path: Path) -> None:
    programs = tmp_path / "two words/usr/bin"
    programs.mkdir(parents=True)
    for name, text in (
        ("mmdebstrap", '#!/bin/sh\necho "$LD_LIBRARY_PATH|$(beside-it)"\n'),
        ("beside-it", "#!/bin/sh\necho $$\n"),
    ):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    write_launcher(tmp_path / "launcher", programs.parents[1], programs.parents[1], "usr/bin/mmdebstrap")

    said = subprocess.run([tmp_path / "launcher"], capture_output=True, text=True, check=True).stdout

    assert re.fullmatch(r"\|\d+\n", said), "a program of its package is found by name, libraries are the machine's"


def test_a_program_that_starts_itself_anew_sees_its_libraries_and_nobody_else_does(tmp_path: Path) -> None:
    root = tmp_path / "root"
    libraries = root / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (libraries / "libnowhere.so.7").touch()
    program = root / "usr/bin/buildah"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nexec env -i ls /usr/lib/x86_64-linux-gnu/libnowhere.so.7 "$1"\n')
    program.chmod(0o755)
    (tmp_path / "two words").touch()
    write_launcher(tmp_path / "buildah", root, root, "usr/bin/buildah")

    command = [tmp_path / "buildah", tmp_path / "two words"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert said.split("\n") == [str(tmp_path / "two words"), "/usr/lib/x86_64-linux-gnu/libnowhere.so.7", ""]
    assert not Path("/usr/lib/x86_64-linux-gnu/libnowhere.so.7").exists()


def test_a_package_without_the_expected_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="hold no usr/sbin/nft"):
        write_launcher(tmp_path / "nft", tmp_path, tmp_path, "usr/sbin/nft")


def test_a_new_version_takes_the_links_and_the_old_one_goes(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    for key in ("1.0", "2.0"):
        tool = Published("tool", key, {paths.bin / "tool": "bin/tool"})
        assert not tool.ready(paths)
        (tool.folder(paths) / "bin").mkdir(parents=True)
        (tool.folder(paths) / "bin/tool").write_text(key)
        assert not tool.ready(paths), "a tool without its links is not ready"
        tool.publish(paths)
        assert tool.ready(paths)

    assert (paths.bin / "tool").read_text() == "2.0"
    assert [path.name for path in (paths.tools / "tool").iterdir()] == ["2.0"]


def test_another_version_of_a_go_module_is_another_tool(tmp_path: Path) -> None:
    def key(versions: Versions) -> str:
        return GoBuild(MODULES[0], Paths(tmp_path), versions, Commands(tmp_path)).published.key

    versions = Versions.read()
    newer = replace(versions, go={**versions.go, MODULES[0].name: "v1.35.4"})

    assert key(versions) == key(Versions.read())
    assert key(newer) != key(versions)


def test_a_go_module_names_its_programs_after_its_packages() -> None:
    programs = {module.name: module.programs for module in MODULES}

    assert "kube-apiserver" in programs["kubernetes"]
    assert programs["pulumi"] == ("pulumi",)
    assert programs["coredns"] == ("coredns",)
    assert programs["cloudnative-pg"] == ("cloudnative-pg",), "`manager` would say nothing of whose it is"


def test_a_manifest_of_the_module_is_linked_beside_its_program(tmp_path: Path) -> None:
    [module] = [module for module in MODULES if module.name == "cloudnative-pg"]
    paths, versions = Paths(tmp_path), Versions.read()

    links = GoBuild(module, paths, versions, Commands(tmp_path)).published.links

    number = versions.go[module.name].removeprefix("v")
    assert links == {
        paths.bin / "cloudnative-pg": "cloudnative-pg",
        paths.manifests / f"cnpg-{number}.yaml": f"cnpg-{number}.yaml",
    }


def test_a_chart_of_the_module_is_linked_under_its_name_and_version(tmp_path: Path) -> None:
    [module] = [module for module in MODULES if module.name == "spark-operator"]
    paths, versions = Paths(tmp_path), Versions.read()

    links = GoBuild(module, paths, versions, Commands(tmp_path)).published.links

    number = versions.go[module.name].removeprefix("v")
    assert links == {
        paths.bin / "spark-operator": "spark-operator",
        paths.charts / f"spark-operator-{number}": "chart",
    }


def test_definitions_of_several_modules_are_linked_with_the_versions_of_each(tmp_path: Path) -> None:
    [module] = [module for module in MODULES if module.name == "traefik"]
    paths, versions = Paths(tmp_path), Versions.read()

    links = GoBuild(module, paths, versions, Commands(tmp_path)).published.links

    number = versions.go[module.name].removeprefix("v")
    named = {name for path, name in links.items() if path.parent == paths.manifests}
    assert named == {f"gateway-api-{versions.crds['gateway-api'].removeprefix('v')}.yaml", f"traefik-{number}.yaml"}


@pytest.mark.parametrize(
    ("module", "release"),
    [("v0.313.2", "v3.13.2"), ("v0.300.1", "v3.0.1"), ("v0.31.1", "v0.31.1"), ("v1.2.3", "v1.2.3")],
)
def test_prometheus_writes_its_version_in_a_way_of_its_own(module: str, release: str) -> None:
    assert released(module) == release


def test_what_a_build_leaves_out_makes_another_tool_of_it_and_of_no_other(tmp_path: Path) -> None:
    def key(module: GoModule) -> str:
        return GoBuild(module, Paths(tmp_path), Versions.read(), Commands(tmp_path)).published.key

    [module] = [module for module in MODULES if module.name == "prometheus"]

    assert key(replace(module, tags=())) != key(module)


def test_the_environment_is_the_same_seen_from_inside_and_from_outside(tmp_path: Path) -> None:
    ask = (
        "from pathlib import Path; from sandbox.toolchain.commands import Commands; "
        "from sandbox.toolchain.installers.python import PythonEnvironment; from sandbox.toolchain.paths import Paths; "
        "print(PythonEnvironment(Paths(Path('/cache')), Commands(Path('/logs'))).published.key)"
    )
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    base = Path(sys.base_prefix) / "bin/python3"

    keys = {
        subprocess.run([python, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for python in (base, tmp_path / "bin/python")
    }

    assert len(keys) == 1


def test_another_python_than_the_locked_one_is_refused_with_the_way_out() -> None:
    check_python(Versions.read().host["python"])
    with pytest.raises(ToolchainError, match=r"Python 3\.9 is needed and this is 3\.11; .*PYTHON="):
        check_python("3.9")
