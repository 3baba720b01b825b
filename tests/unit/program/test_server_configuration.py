"""The server's own protection, in the words of each major version."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.databases.configuration import (
    MONITORING,
    RESERVED,
    START,
    SUPERUSER_RESERVED,
    parameters,
    postgresql_conf,
)

MAJORS = (15, 16, 17, 18)


def settings(major: int = 17, **more: Any) -> dict[str, str]:
    """The settings of a server for 40 clients on 10 GiB, without the quotes."""
    text = postgresql_conf(**{"major": major, "connections": 40, "shared_buffers": 64, "storage": 10} | more)
    found = parameters(text)
    assert len(found) == sum(" = " in line for line in text.splitlines() if line[:1] != "#"), "a setting stands twice"
    return found


@pytest.mark.parametrize("major", MAJORS)
def test_what_is_reserved_comes_on_top_of_the_clients_connections(major: int) -> None:
    found = settings(major)
    assert int(found["max_connections"]) == 40 + SUPERUSER_RESERVED + RESERVED + MONITORING
    assert int(found["superuser_reserved_connections"]) == SUPERUSER_RESERVED


def test_connections_are_reserved_by_role_where_the_major_can() -> None:
    reserved = {major: settings(major).get("reserved_connections") for major in MAJORS}
    ours = str(RESERVED + MONITORING)
    assert reserved == {15: None, 16: ours, 17: ours, 18: ours}


def test_one_process_may_take_a_quarter_of_the_disk() -> None:
    assert settings(storage=10)["temp_file_limit"] == "2560MB"
    assert settings(storage=1)["temp_file_limit"] == "256MB"


def test_connections_are_logged_in_the_form_that_the_major_has() -> None:
    forms = {major: settings(major)["log_connections"] for major in MAJORS}
    assert forms == {15: "on", 16: "on", 17: "on", 18: "authentication,authorization"}


@pytest.mark.parametrize("major", MAJORS)
def test_the_log_holds_changes_of_structure_and_no_data(major: int) -> None:
    found = settings(major)
    assert found["log_statement"] == "ddl"
    assert found["log_min_error_statement"] == "panic"
    assert found["log_error_verbosity"] == "terse"
    assert found["log_parameter_max_length"] == found["log_parameter_max_length_on_error"] == "0"
    assert (found["pgaudit.log"], found["pgaudit.log_parameter"]) == ("role, ddl", "off")
    assert found["log_lock_waits"] == found["log_disconnections"] == "on"


@pytest.mark.parametrize("major", [17, 18])
def test_a_transaction_is_limited_when_that_is_asked_for(major: int) -> None:
    assert "transaction_timeout" not in settings(major)
    assert settings(major, transaction_timeout=7_200_000)["transaction_timeout"] == "7200000ms"


@pytest.mark.parametrize("major", [15, 16])
def test_a_major_without_such_a_limit_refuses_to_be_asked_for_it(major: int) -> None:
    with pytest.raises(ValueError, match=f"PostgreSQL {major} knows no transaction_timeout; 17 is the first"):
        settings(major, transaction_timeout=1)


@pytest.mark.parametrize(
    ("library", "arguments"),
    [
        (None, ["-c", "config_file=x y"]),
        (
            "pgaudit.so",
            ["-c", "config_file=x y", "-c", "shared_preload_libraries=pgaudit", "-c", "log_statement=none"],
        ),
    ],
)
def test_pgaudit_is_loaded_by_an_image_that_has_it_alone(
    tmp_path: Path, library: str | None, arguments: list[str]
) -> None:
    for name, script in (("pg_config", f"echo {tmp_path}"), ("docker-entrypoint.sh", 'printf "%s\\n" "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    if library:
        (tmp_path / library).touch()
    command = ["/bin/sh", "-ec", START, "start", "-c", "config_file=x y"]
    done = subprocess.run(
        command, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == arguments


def test_an_image_that_cannot_tell_where_its_libraries_are_does_not_start_unnoticed(tmp_path: Path) -> None:
    (tmp_path / "docker-entrypoint.sh").write_text("#!/bin/sh\n")
    (tmp_path / "docker-entrypoint.sh").chmod(0o755)
    command = ["/bin/sh", "-ec", START, "start"]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "pg_config" in done.stderr
