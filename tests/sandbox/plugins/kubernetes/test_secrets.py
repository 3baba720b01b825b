"""A secret is plain nowhere."""

from __future__ import annotations

import base64

import pytest

from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import PREAMBLE, Namespace

pytestmark = pytest.mark.sandbox

PROGRAM = (
    PREAMBLE
    + """
config = pulumi.Config()
value = config.require_secret("value")
kept = k8s.core.v1.Secret(
    "kept", metadata={{"namespace": namespace, "name": "kept"}}, string_data={{"{key}": value}}, opts=inside
)
k8s.core.v1.Secret(
    "said-plainly",
    metadata={{"namespace": namespace, "name": "said-plainly"}},
    string_data={{"key": "PlainlyWritten"}},
    opts=inside,
)
k8s.core.v1.ConfigMap(
    "copy", metadata={{"namespace": namespace, "name": "copy"}}, data={{"copied": value}}, opts=inside
)
pulumi.export("data", kept.data)
"""
)
VALUES = ("Unguessable-1", "Unguessable-2")


def test_values_are_masked_in_previews_diffs_events_errors_and_state(project: Project, namespace: Namespace) -> None:
    encoded = [base64.b64encode(value.encode()).decode() for value in (*VALUES, "PlainlyWritten")]
    seen: list[str] = []
    project.write(PROGRAM.format(key="password"))
    for value in VALUES:
        project.run("config", "set", "--secret", "value", value)
        results = [project.preview(), project.up(), project.refresh()]
        seen += [result.text + str(result.events) for result in results]
    project.write(PROGRAM.format(key="not a key"))
    refused = project.up(fails=True)
    assert "not a key" in refused.text
    seen += [refused.text + str(refused.events), project.state_text()]

    secret = namespace.get("v1", "Secret", "kept")
    assert secret is not None
    assert secret["data"]["password"] == encoded[1], "the value arrives in the cluster"
    for text in seen:
        assert not [value for value in (*VALUES, *encoded) if value in text]
    assert "PlainlyWritten" not in project.state_text(), (
        "a Secret's content is secret even if the program did not say so"
    )

    project.write(PROGRAM.format(key="password"))
    project.up()
    assert project.outputs()["data"] == {"password": encoded[1]}
