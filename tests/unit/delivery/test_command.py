"""The commands as people and CI call them, on the environments of this checkout."""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery import __main__ as command
from delivery import review, summary
from delivery.program import ROOT, environments
from tests.unit.delivery import workflow

ENVIRONMENTS = environments()


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "delivery", *arguments],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def digests(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A render of prod, made in this process."""
    out = tmp_path_factory.mktemp("render") / "prod"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", os.environ.copy())
        assert command.main(["render", "prod", str(out)]) == 0
    return out


def test_a_render_depends_on_nothing_but_the_checkout(prod: Path, tmp_path: Path) -> None:
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    ambient = {"KUBECONFIG": "/home/ada/.kube/config", "PGPASSWORD": "x1y2", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = run("render", "prod", str(tmp_path / "again"), cwd=ROOT, PYTHONHASHSEED=seed, **ambient)
    assert (done.returncode, done.stderr) == (0, "")
    assert digests(prod) == digests(tmp_path / "again")
    text = "".join(each.read_text() for each in prod.rglob("*.*") if each.is_file())
    for place in (str(ROOT), str(prod)):
        assert place not in text


def test_a_render_names_no_namespace_that_only_apply_would_tell(prod: Path) -> None:
    assert not (prod / "_later").exists()
    assert (prod / "_cluster").is_dir()


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """A command run in this process, whose environment variables survive it."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return lambda *arguments: command.main([str(each) for each in arguments])


def test_a_change_of_a_stack_file_is_told(
    prod: Path, tmp_path: Path, in_process: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    changed, head = tmp_path / "changed.yaml", tmp_path / "head"
    original = (ROOT / "Pulumi.prod.yaml").read_text()
    changed.write_text(original.replace("name: reporting\n", "name: insight\n").replace("[reporting]", "[insight]"))
    assert changed.read_text() != original
    assert in_process("render", "prod", head, "--stack-file", changed) == 0
    assert capsys.readouterr().out.startswith(f"{head}: prod declares ")
    for form in ("text", "markdown"):
        assert in_process("diff", prod, head, "--format", form) == 0
        text = capsys.readouterr().out
        assert "+ Team insight" in text
        assert "- Team reporting" in text
        assert "! DATA REMOVED: Namespace reporting-data (everything in it" in text
        assert ("```diff" in text) == (form == "markdown")


def test_folders_of_renders_are_compared_environment_by_environment(
    prod: Path, tmp_path: Path, in_process: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    for side in ("base", "head"):
        shutil.copytree(prod, tmp_path / side / "prod")
    assert in_process("diff", tmp_path / "base", tmp_path / "head") == 0
    assert capsys.readouterr().out == "What this change declares\n\nprod: no change.\n"


def test_mistakes_of_a_config_are_said_without_a_traceback(tmp_path: Path) -> None:
    broken = tmp_path / "Pulumi.dev.yaml"
    broken.write_text("config:\n  etl-platform:domain: dev.example.com\n  etl-platform:teams:\n    - name: Team One\n")
    done = run("render", "dev", str(tmp_path / "out"), "--stack-file", str(broken))
    assert done.returncode == 2
    assert f"{broken}:4: teams[0].name" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["render", "prd", "out"], "no environment 'prd': there is a Pulumi.<environment>.yaml for"),
        (["render", "dev", "out", "--stack-file", "absent.yaml"], "absent.yaml: there is no such file"),
        (["render", "dev"], "the following arguments are required: OUT"),
        (["diff", "a", "b"], "a: holds no render"),
        (["review", "--base", "no-such-commit"], "'no-such-commit' is no commit of this repository"),
        (["review", "--base", "--output=/tmp/x"], "expected one argument"),
        (["review", "--base=--output=/tmp/x"], "'--output=/tmp/x' is no commit of this repository"),
        (["review", "--base", "HEAD", "prd"], "no such environment: prd"),
        (["apply"], "usage: python -m delivery <command>"),
        ([], "usage: python -m delivery <command>"),
    ],
)
def test_what_cannot_be_done_is_said_and_exits_with_2(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status = command.main(arguments)
    except SystemExit as exit_:  # argparse
        status = int(exit_.code or 0)
    assert status == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", list(command.COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        command.main([name, "--help"])
    assert done.value.code == 0
    assert f"usage: python -m delivery {name}" in capsys.readouterr().out


SMALL = """\
config:
  etl-platform:domain: example.com
  etl-platform:teams:
    - name: epidemiology
      owners: [ada@example.com]
      spark: {max_executors: 2}
"""


def git(root: Path, *arguments: str) -> None:
    identity = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = os.environ | identity | {"GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", "-C", str(root), *arguments], env=environment, check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of this checkout's program, with two environments."""
    root = tmp_path / "repository"
    for name in ("components", "delivery", "stacks", "transforms"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "versions.toml", root)
    for environment in ("dev", "prod"):
        (root / f"Pulumi.{environment}.yaml").write_text(SMALL)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "base")
    return root


def test_the_workflow_compares_a_pull_request_with_its_base(repository: Path, tmp_path: Path) -> None:
    (repository / "Pulumi.dev.yaml").write_text(SMALL.replace("max_executors: 2", "max_executors: 3"))
    (repository / "Pulumi.prod.yaml").write_text("config: {etl-platform:domian: example.com}\n")
    git(repository, "commit", "-q", "-a", "-m", "head")
    page = tmp_path / "summary.md"
    script = workflow.scripts("review")[-1].replace("python3 -m sandbox python", shlex.quote(sys.executable))
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=repository,
        env=os.environ | {"GITHUB_STEP_SUMMARY": str(page)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", ""), "a head that does not render fails the job"
    text = page.read_text()
    assert text.startswith("## What this change declares\n\ndev: 1 changed; prod: does not render.\n")
    assert "@@ team epidemiology @@\n# ResourceQuota epidemiology-spark/quota\n" in text
    assert "etl-platform:domian: unknown key" in text
    assert str(repository) not in text


def test_a_base_from_before_the_program_is_said_to_be_one(tmp_path: Path) -> None:
    assert review._render(tmp_path, "dev", tmp_path / "out") == "it is older than the program that renders"


def test_a_base_that_does_not_render_is_told_from_a_head_that_does_not(
    prod: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {"base"}

    def render(tree: Path, _environment: str, out: Path) -> str | None:
        if tree.name in broken:
            return f"{tree.name} is broken"
        shutil.copytree(prod, out)
        return None

    monkeypatch.setattr(review, "_render", render)
    found = review._finding("prod", tmp_path / "base", tmp_path / "head", tmp_path / "scratch")
    assert isinstance(found, summary.Unreadable)
    assert (found.side, found.reason) == ("base", "base is broken")
    assert found.declared is not None
    assert found.declared > 100
    broken.add("head")
    found = review._finding("prod", tmp_path / "base", tmp_path / "head", tmp_path / "scratch")
    assert found == summary.Unreadable("prod", "head", "head is broken", None)


def test_a_review_leaves_the_repository_as_it_was(repository: Path) -> None:
    (repository / "README.md").write_text("not committed")
    before = digests(repository)
    review.check_out("HEAD", repository.parent / "checkout", repository)
    assert digests(repository) == before
    assert not (repository.parent / "checkout" / "README.md").exists()
    assert (repository.parent / "checkout" / "Pulumi.dev.yaml").read_text() == SMALL
