"""What each environment declares for Prometheus, judged by the real promtool."""

from pathlib import Path

import bcrypt
import pytest

from components.observability.web import CONFIGURATION, configuration
from delivery.recording import Recording
from tests.sandbox.authority import Authority
from tests.sandbox.observability.promtool import run
from tests.unit.program.conftest import ENVIRONMENTS, recorded

pytestmark = pytest.mark.sandbox


@pytest.fixture(params=ENVIRONMENTS)
def declared(request: pytest.FixtureRequest) -> Recording:
    """Each environment in turn."""
    return recorded(request.param)


def written(recording: Recording, folder: Path) -> Path:
    content = recording.find(type="kubernetes:core/v1:ConfigMap", name="prometheus-configuration").inputs["data"]
    for name, text in content.items():
        (folder / name).write_text(text)
    return folder


def test_its_configuration_and_its_rules_are_what_prometheus_takes(declared: Recording, tmp_path: Path) -> None:
    folder = written(declared, tmp_path)
    # The files with passwords are in the pod alone.
    done = run("check", "config", "--syntax-only", folder / "prometheus.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run("check", "rules", "--lint=all", "--lint-fatal", folder / "rules.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_that_are_wrong_are_refused(declared: Recording, tmp_path: Path) -> None:
    folder = written(declared, tmp_path)
    broken = (folder / "rules.yaml").read_text().replace("pg_up == 0", "pg_up === 0")
    (folder / "rules.yaml").write_text(broken)
    assert run("check", "rules", folder / "rules.yaml").returncode != 0


def test_its_web_configuration_is_one(tmp_path: Path) -> None:
    certificate, key = Authority().issue("127.0.0.1", "prometheus.platform-observability.svc")
    (tmp_path / "tls.crt").write_text(certificate)
    (tmp_path / "tls.key").write_text(key)
    (tmp_path / CONFIGURATION).write_text(configuration(bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()))
    done = run("check", "web-config", tmp_path / CONFIGURATION)
    assert done.returncode == 0, done.stdout + done.stderr
