"""The deployed dev stack, as the people who run it and the teams who use it see it."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import yaml
from kubernetes import client, config

ROOT = Path(__file__).resolve().parents[3]
BOUND = 600  # seconds for any one run of the engine; a bound against hanging, not a measure


@dataclass(frozen=True)
class Stack:
    """The stack `name`, through the engine and the cluster that the shell around the tests has set up."""

    name: str
    folder: Path  # for what the tests write

    def pulumi(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the engine as a person would, and return what it said."""
        done = subprocess.run(
            ["pulumi", *args, "--stack", self.name, "--non-interactive", "--color=never"],
            cwd=ROOT, capture_output=True, text=True, timeout=BOUND, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"pulumi {args[0]} failed:\n{done.stdout}\n{done.stderr}"
        return done

    def up(self, *args: str) -> str:
        """`pulumi up`, without a question and without its preview, which would run the program once more."""
        return self.pulumi("up", "--yes", "--skip-preview", *args).stdout

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        found: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json").stdout)
        return found

    def config(self, *more: dict[str, Any], team: str = "reporting", **settings: Any) -> Path:
        """This stack's config with these database entries added to the team's, and with these settings, as a file."""
        asked: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{self.name}.yaml").read_text())
        [entry] = [each for each in asked["config"]["etl-platform:teams"] if each["name"] == team]
        entry["databases"] = [*entry.get("databases", []), *more]
        asked["config"] |= {f"etl-platform:{name}": value for name, value in settings.items()}
        path = self.folder / f"asked-{uuid4().hex}.yaml"
        path.write_text(yaml.safe_dump(asked))
        return path

    def up_with(self, *more: dict[str, Any], **settings: Any) -> str:
        """`pulumi up` with these database entries and settings; the outputs are read anew after it."""
        said = self.up("--config-file", str(self.config(*more, **settings)))
        self.__dict__.pop("outputs", None)
        return said

    def operate(self, command: str, database: str, *options: str, check: bool = True) -> str:
        """Run what `make backup DB=team/database` and its like run, and return what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "operations", command, database, *options],
            cwd=ROOT, capture_output=True, text=True, timeout=BOUND, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert not check or done.returncode == 0, said
        return said

    def remove(self, *more: dict[str, Any]) -> None:
        """Take the added database entries away again, in the two steps that it takes."""
        self.up_with(*({**each, "retired": True} for each in more))
        self.up_with()

    @cached_property
    def cluster(self) -> Any:
        """The cluster's API."""
        return client.CoreV1Api(config.new_client_from_config(os.environ["KUBECONFIG"]))  # type: ignore[no-untyped-call]

    def secret(self, reference: str) -> dict[str, str]:
        """The content of the Secret `namespace/name`."""
        namespace, name = reference.split("/")
        data = self.cluster.read_namespaced_secret(name, namespace).data
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    @cached_property
    def authority(self) -> Path:
        """The platform's CA certificate as a file."""
        path = self.folder / "ca.pem"
        path.write_text(self.outputs["ca_certificate"])
        return path

    def database(self, name: str) -> dict[str, Any]:
        """Where the database `name` is, from the stack's outputs."""
        [found] = [each for each in self.outputs["databases"] if each["name"] == name]
        return dict(found)

    def connect(self, name: str, role: str, *, secret: str | None = None, **options: Any) -> psycopg.Connection[Any]:
        """Connect to a database as its owner, writer or reader, verifying the server's certificate and address."""
        where = self.database(name)
        login = self.secret(secret or where["secret"])
        parameters = {
            "host": where["host"],
            "port": where["port"],
            "dbname": login["database"],
            "user": login[f"{role}-username"],
            "password": login[f"{role}-password"],
            "sslmode": "verify-full",
            "sslrootcert": str(self.authority),
            "connect_timeout": 10,
        }
        return psycopg.connect(**(parameters | options), autocommit=True)
