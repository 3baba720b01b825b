from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain.choice import (
    Cluster,
    Engine,
    choose_cluster,
    choose_engine,
    choose_plugins,
    own_backend,
    why_no_spark,
)
from sandbox.toolchain.environment import environment, passphrase_of, prepare, state_of
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.plugins import Origin, home_of, install_vendor
from sandbox.toolchain.versions import Versions

VERSIONS = Versions.read()


def program(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pulumi"
    file.write_text(f"#!/bin/sh\necho {version}\n")
    file.chmod(0o755)
    return file


def test_a_recent_pulumi_on_path_is_taken(tmp_path: Path) -> None:
    mine = program(tmp_path / "mine", "v3.300.1")

    engine = choose_engine(Paths(tmp_path / "cache"), VERSIONS, {"PATH": str(mine.parent)})

    assert (engine.program, engine.version, engine.own) == (mine, "v3.300.1", True)


def test_an_old_pulumi_is_passed_over_with_the_reason(tmp_path: Path) -> None:
    mine = program(tmp_path / "mine", "v3.99.0")

    engine = choose_engine(Paths(tmp_path / "cache"), VERSIONS, {"PATH": str(mine.parent)})

    assert not engine.own
    assert engine.reason == f"{mine} is v3.99.0, {VERSIONS.host['engine']} or newer is needed"


def test_our_own_pulumi_on_path_is_not_mistaken_for_a_persons(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    program(paths.bin, "v3.300.0")

    engine = choose_engine(paths, VERSIONS, {"PATH": str(paths.bin)})

    assert (engine.own, engine.program, engine.reason) == (False, paths.bin / "pulumi", "no pulumi on PATH")


def java(folder: Path, said: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    file = folder / "bin/java"
    file.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    file.chmod(0o755)
    return file


def test_spark_runs_on_a_java_that_is_new_enough(tmp_path: Path) -> None:
    java(tmp_path, 'openjdk version "17.0.15" 2025-04-15')

    assert why_no_spark({"JAVA_HOME": str(tmp_path), "PATH": ""}) is None
    assert why_no_spark({"PATH": str(tmp_path / "bin")}) is None


def test_without_a_java_that_spark_runs_on_the_reason_is_told(tmp_path: Path) -> None:
    old = java(tmp_path / "old", 'java version "1.8.0_402"')
    newer = java(tmp_path / "newer", 'openjdk version "21" 2023-09-19')

    assert why_no_spark({"PATH": str(tmp_path)}) == "Spark needs Java 17 or newer, and there is none"
    assert why_no_spark({"JAVA_HOME": str(old.parents[1]), "PATH": str(newer.parent)}) == (
        f'Spark needs Java 17 or newer, and {old} is java version "1.8.0_402"'
    )
    assert why_no_spark({"JAVA_HOME": "/nowhere"}) == (
        "Spark needs Java 17 or newer, and /nowhere/bin/java does not run"
    )


def test_each_context_has_a_folder_of_its_own_even_where_names_look_alike(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    folders = {choose_cluster(paths, context).folder for context in ("kind-dev", "kind/dev", "kind dev", "../kind-dev")}

    assert len(folders) == 4
    assert all(folder.parent == tmp_path / "contexts" for folder in folders)


def test_the_place_of_the_state_is_the_persons_where_they_chose_one(tmp_path: Path) -> None:
    assert own_backend({"PULUMI_BACKEND_URL": "s3://state"}) == "s3://state"
    assert own_backend({"HOME": str(tmp_path)}) is None

    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi/credentials.json").write_text(json.dumps({"current": "https://state.example.com"}))

    assert own_backend({"HOME": str(tmp_path)}) == "https://state.example.com"


OURS = Engine(Path("/cache/bin/pulumi"), "v3.256.0", own=False, reason="no pulumi on PATH")


def test_the_sandbox_keeps_state_and_passphrase_of_its_own_whatever_the_person_uses(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    theirs = {"PATH": "/usr/bin", "PULUMI_BACKEND_URL": "s3://state", "PULUMI_CONFIG_PASSPHRASE": "theirs"}
    cluster = choose_cluster(paths, None)

    set_up = environment(paths, cluster, OURS, Origin.OURS, theirs).over(theirs)

    assert set_up["PULUMI_BACKEND_URL"] == f"file://{paths.state}"
    assert set_up["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase_of(cluster))
    assert "PULUMI_CONFIG_PASSPHRASE" not in set_up
    assert set_up["KUBECONFIG"] == str(paths.kubeconfig)


def test_on_a_cluster_of_their_own_a_persons_backend_and_passphrase_win(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    theirs = {"PATH": "/usr/bin", "PULUMI_BACKEND_URL": "s3://state", "PULUMI_CONFIG_PASSPHRASE": "theirs"}

    set_up = environment(paths, choose_cluster(paths, "kind-dev"), OURS, Origin.OURS, theirs).over(theirs)

    assert set_up["PULUMI_BACKEND_URL"] == "s3://state"
    assert set_up["PULUMI_CONFIG_PASSPHRASE"] == "theirs"
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in set_up


def test_a_shell_of_the_sandbox_does_not_lend_its_state_to_another_cluster(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    inside = environment(paths, choose_cluster(paths, None), OURS, Origin.OURS, {"PATH": "/usr/bin"}).over({})
    other = choose_cluster(paths, "kind-dev")

    set_up = environment(paths, other, OURS, Origin.OURS, inside).over(inside)

    assert set_up["PULUMI_BACKEND_URL"] == f"file://{state_of(other)}"
    assert set_up["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase_of(other))


def test_a_persons_login_is_found_although_the_plugins_live_elsewhere(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".pulumi").mkdir(parents=True)
    (home / ".pulumi/credentials.json").write_text('{"current": "https://state.example.com"}')
    theirs = {"PATH": "/usr/bin", "HOME": str(home)}
    paths = Paths(tmp_path / "cache")

    set_up = environment(paths, choose_cluster(paths, "kind-dev"), OURS, Origin.OURS, theirs).variables

    assert set_up["PULUMI_CREDENTIALS_PATH"] == str(home / ".pulumi")
    assert "PULUMI_BACKEND_URL" not in set_up


def test_the_passphrase_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    cluster = Cluster(None, tmp_path / "run/kubeconfig", tmp_path / "run")
    prepare(cluster)
    first = passphrase_of(cluster).read_text()
    prepare(cluster)

    assert passphrase_of(cluster).read_text() == first
    assert len(first) >= 32
    assert passphrase_of(cluster).stat().st_mode & 0o077 == 0
    assert state_of(cluster).stat().st_mode & 0o077 == 0


def stray_state(cluster: Cluster) -> Path:
    file = state_of(cluster) / ".pulumi/stacks/etl-platform/dev.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    return file


def test_a_state_that_an_engine_wrote_after_the_sandbox_was_removed_is_put_aside(tmp_path: Path) -> None:
    cluster = Cluster(None, tmp_path / "run/kubeconfig", tmp_path / "run")
    file = stray_state(cluster)

    prepare(cluster)

    assert not file.exists()
    assert [kept.name for kept in (tmp_path / "run/state-without-passphrase").rglob("*.json")] == ["dev.json"]
    assert passphrase_of(cluster).exists()


def test_another_clusters_state_without_its_passphrase_is_left_alone(tmp_path: Path) -> None:
    cluster = Cluster("kind-dev", tmp_path / "kind/kubeconfig", tmp_path / "kind")
    file = stray_state(cluster)

    with pytest.raises(ToolchainError, match="put the passphrase back"):
        prepare(cluster)

    assert file.exists()
    assert not passphrase_of(cluster).exists()


def test_a_persons_own_engine_is_found_before_ours(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    own = Engine(Path("/opt/pulumi/bin/pulumi"), "v3.300.0", own=True, reason="yours")

    path = (
        environment(paths, choose_cluster(paths, None), own, Origin.OURS, {"PATH": "/usr/bin"})
        .variables["PATH"]
        .split(":")
    )

    assert path == [str(paths.venv / "bin"), "/opt/pulumi/bin", str(paths.bin), "/usr/bin"]


def test_a_proxy_is_not_asked_for_the_clusters_own_addresses(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    cluster = choose_cluster(paths, None)
    behind = {"PATH": "", "HTTPS_PROXY": "proxy.example.com:3128", "NO_PROXY": "localhost"}

    assert (
        environment(paths, cluster, OURS, Origin.OURS, behind).variables["NO_PROXY"]
        == "localhost,10.96.0.0/16,10.244.0.0/16"
    )
    assert "NO_PROXY" not in environment(paths, cluster, OURS, Origin.OURS, {"PATH": ""}).variables


def test_the_export_lines_survive_a_shell(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "with 'quote' and space")
    lines = environment(paths, choose_cluster(paths, None), OURS, Origin.OURS, {"PATH": "/usr/bin:/bin"}).exports()

    said = subprocess.run(
        ["/bin/sh", "-c", f'{lines}\nprintf %s "$KUBECONFIG"'], capture_output=True, text=True, check=True
    )

    assert said.stdout == str(paths.kubeconfig)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"ETL_PLATFORM_CACHE": "/one", "XDG_CACHE_HOME": "/two", "HOME": "/home"}, "/one"),
        ({"XDG_CACHE_HOME": "/two", "HOME": "/home"}, "/two/etl-platform"),
        ({"HOME": "/home"}, "/home/.cache/etl-platform"),
    ],
)
def test_the_cache_is_where_the_person_says(environ: dict[str, str], expected: str) -> None:
    assert Paths.find(environ).cache == Path(expected)


def test_two_names_of_one_cache_are_one_cache(tmp_path: Path) -> None:
    (tmp_path / "moved/etl-platform").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.cache").symlink_to(tmp_path / "moved")

    assert Paths.find({"HOME": str(tmp_path / "home")}) == Paths.find({"XDG_CACHE_HOME": str(tmp_path / "moved")})


def test_two_checkouts_share_tools_and_not_the_engines_home(tmp_path: Path) -> None:
    one, two = (Paths(tmp_path, Path(root)) for root in ("/one", "/two"))

    assert one.tools == two.tools
    assert one.pulumi_home != two.pulumi_home


def test_the_vendors_plugins_are_for_who_brings_an_engine_or_a_cluster(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    own = Engine(Path("/opt/pulumi"), "v3.300.0", own=True, reason="yours")
    sandbox, theirs = choose_cluster(paths, None), choose_cluster(paths, "kind-dev")

    assert choose_plugins(paths, VERSIONS, OURS, sandbox, {}) is Origin.OURS
    assert choose_plugins(paths, VERSIONS, own, sandbox, {}) is Origin.VENDOR
    assert choose_plugins(paths, VERSIONS, OURS, theirs, {}) is Origin.VENDOR
    assert choose_plugins(paths, VERSIONS, own, theirs, {"ETL_PLATFORM_PLUGINS": "ours"}) is Origin.OURS
    with pytest.raises(ToolchainError, match="is 'mine'; it can be ours or vendor"):
        choose_plugins(paths, VERSIONS, own, theirs, {"ETL_PLATFORM_PLUGINS": "mine"})


def test_where_the_network_refuses_the_vendors_plugins_ours_are_taken_from_then_on(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    engine = program(tmp_path / "mine", "v3.300.0")
    engine.write_text("#!/bin/sh\necho 'error: 403 Forbidden' >&2; exit 1\n")
    own = Engine(engine, "v3.300.0", own=True, reason="yours")
    sandbox = choose_cluster(paths, None)

    problem = install_vendor(paths, VERSIONS, engine, {"PATH": "/usr/bin:/bin"})

    assert problem is not None
    assert problem.endswith("error: 403 Forbidden")
    assert choose_plugins(paths, VERSIONS, own, sandbox, {}) is Origin.OURS
    newer = replace(VERSIONS, plugins={**VERSIONS.plugins, "tls": "9.9.9"})
    assert choose_plugins(paths, newer, own, sandbox, {}) is Origin.VENDOR, "new versions are worth a new question"


def test_each_origin_has_a_home_of_its_own(tmp_path: Path) -> None:
    paths = Paths(tmp_path)

    assert home_of(paths, Origin.OURS) != home_of(paths, Origin.VENDOR)
