"""What the engine hands over, and files as they come."""

import json
from pathlib import Path

import pytest

from stacks.settings import SettingsError, load_file, load_stack

DOMAIN = "dev.etl.example.com"
TEAMS = [{"name": "epidemiology", "owners": ["ada@example.com"]}]
FILE = f"""\
config:
  etl-platform:domain: {DOMAIN}
  etl-platform:teams:
    - name: epidemiology
      owners: [ada@example.com]
"""


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def problems(error: pytest.ExceptionInfo[SettingsError]) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.path) for problem in error.value.problems]


def test_a_files_name_tells_its_stack_and_that_its_profile(stack_file: Path) -> None:
    settings = load_file(stack_file)
    assert (settings.environment, settings.profile) == ("dev", "dev")


def test_the_files_that_a_stack_names_lie_beside_its_own_file(stack_file: Path) -> None:
    assert load_file(stack_file).folder == stack_file.parent
    assert load_stack("dev", None, stack_file).folder == stack_file.parent


def test_a_file_of_any_other_name_must_name_its_profile(tmp_path: Path) -> None:
    path = tmp_path / "request.yaml"
    path.write_text(FILE, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"profile: missing; expected one of dev, test, prod\. Only a file called"):
        load_file(path)
    path.write_text(FILE + "  etl-platform:profile: test\n", encoding="utf-8")
    assert load_file(path).environment == "test"


def test_the_engines_texts_and_json_are_the_same_settings_as_the_file(stack_file: Path) -> None:
    config = {
        "etl-platform:domain": DOMAIN,
        "etl-platform:teams": json.dumps(TEAMS),
        "kubernetes:context": "kind-dev",
    }
    assert load_stack("dev", config, stack_file) == load_file(stack_file)


def test_without_the_engines_config_the_file_is_enough(stack_file: Path) -> None:
    assert load_stack("dev", None, stack_file) == load_file(stack_file)


def test_the_engines_numbers_come_as_text(stack_file: Path) -> None:
    assert load_stack("dev", {"etl-platform:postgres_version": "16"}, stack_file).postgres_version == 16


def test_the_engine_wins_over_the_file(stack_file: Path) -> None:
    other = [{"name": "reporting", "owners": ["grace@example.com"]}]
    settings = load_stack("dev", {"etl-platform:teams": json.dumps(other)}, stack_file)
    assert [team.name for team in settings.teams] == ["reporting"]
    assert settings.domain == DOMAIN


def test_errors_in_the_engines_config_point_at_the_files_lines(stack_file: Path) -> None:
    stack_file.write_text(FILE.replace("owners:", "owner:"), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_stack(
            "dev", {"etl-platform:teams": '[{"name": "epidemiology", "owner": ["ada@example.com"]}]'}, stack_file
        )
    assert problems(caught) == [(5, "teams[0].owner")]
    assert str(caught.value) == "Pulumi.dev.yaml:5: teams[0].owner: unknown key. Did you mean owners?"


def test_errors_in_what_only_the_engine_has_point_at_the_nearest_line(stack_file: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_stack("dev", {"etl-platform:teams": '[{"name": "A", "owners": ["ada@example.com"]}]'}, stack_file)
    assert problems(caught) == [(3, "teams[0].name")]
    with pytest.raises(SettingsError) as caught:
        load_stack("dev", {"etl-platform:access": "everywhere"}, stack_file)
    assert problems(caught) == [(1, "access")]


def test_a_setting_that_only_the_engine_has_is_refused_when_it_is_unknown(stack_file: Path) -> None:
    with pytest.raises(SettingsError, match=r"etl-platform:temas: unknown key\. Did you mean etl-platform:teams\?"):
        load_stack("dev", {"etl-platform:temas": "[]"}, stack_file)


def test_an_unknown_setting_in_file_and_config_is_reported_once(stack_file: Path) -> None:
    stack_file.write_text(FILE + "  etl-platform:region: eu\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_stack("dev", {"etl-platform:region": "eu"}, stack_file)
    assert problems(caught) == [(6, "etl-platform:region")]


def test_a_secret_is_refused_and_not_shown_when_the_engine_has_decrypted_it(stack_file: Path) -> None:
    stack_file.write_text(FILE + "  etl-platform:context: {secure: AAABAL1jaXBoZXI=}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_stack("dev", {"etl-platform:context": " decrypted "}, stack_file)
    assert problems(caught) == [(6, "context")]
    assert "decrypted" not in str(caught.value)
    assert "AAABAL1" not in str(caught.value)


def test_without_a_file_the_config_alone_is_checked(tmp_path: Path) -> None:
    missing = tmp_path / "Pulumi.dev.yaml"
    assert load_stack("dev", {"etl-platform:domain": DOMAIN}, missing).domain == DOMAIN
    with pytest.raises(SettingsError) as caught:
        load_stack("dev", {"etl-platform:domain": "etl"}, missing)
    assert str(caught.value).startswith("config of the stack dev: domain: expected a DNS name")


@pytest.mark.parametrize("data", [FILE.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + FILE.encode()])
def test_files_written_on_windows_are_read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes(data)
    assert load_file(path).domain == DOMAIN


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"config:\n  a: \xff\n", ":2: YAML: the file is not encoded in UTF-8."),
        (b"x" * 1_000_001, ":1: file: expected a file of at most 1000 kB; got 1000 kB."),
        (b"[" * 500, ":1: YAML: lists and mappings are nested too deeply."),
        (
            b"{a: " * 3000 + b"1" + b"}" * 3000,
            ":1: YAML: lists and mappings are nested too deeply.",
        ),
    ],
    ids=["not UTF-8", "too large", "deep and open", "deep"],
)
def test_what_is_no_stack_file_gets_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        load_file(path)
    assert str(caught.value) == f"{path}{message}"


def test_aliases_cannot_unfold_into_billions(tmp_path: Path) -> None:
    rows = ["config:", "  etl-platform:domain: dev.etl.example.com", "  other:a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"  other:a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(SettingsError, match="aliases"):
        load_file(path)


def test_a_file_that_cannot_be_read_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_file(tmp_path / "Pulumi.dev.yaml")
    assert str(caught.value) == f"{tmp_path}/Pulumi.dev.yaml: file: cannot be read: no such file or directory."
    with pytest.raises(SettingsError) as caught:
        load_file(tmp_path)
    assert str(caught.value) == f"{tmp_path}: file: cannot be read: is a directory."
