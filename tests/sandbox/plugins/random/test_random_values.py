"""The plugin for random values, on the real engine."""

from pathlib import Path

import pytest

from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project

pytestmark = pytest.mark.sandbox

PROGRAM = """
import pulumi
import pulumi_random as random

password = random.RandomPassword("password", length={length}, min_special=2, override_special="_-")
text = random.RandomString("text", length=12, special=False)
number = random.RandomId("number", byte_length=4, prefix="p-")
blob = random.RandomBytes("blob", length=32)
pulumi.export("password", password.result)
pulumi.export("hash", password.bcrypt_hash)
pulumi.export("text", text.result)
pulumi.export("hex", number.hex)
pulumi.export("blob", blob.base64)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "values")


def test_values_are_made_once_stay_secret_and_change_only_when_asked(project: Project) -> None:
    project.write(PROGRAM.format(length=24))
    made = project.up()
    assert changes(made) == {"create": 4}
    first = project.outputs()
    assert len(first["password"]) == 24
    assert sum(letter in "_-" for letter in first["password"]) >= 2
    assert first["text"].isalnum()
    assert first["hex"].startswith("p-")

    again, refreshed = project.up(), project.refresh()
    assert (changes(again), drift(refreshed)) == ({}, {})
    assert project.outputs() == first

    project.write(PROGRAM.format(length=32))
    preview = project.preview()
    assert changes(preview)["replace"] == 1
    longer = project.up()
    second = project.outputs()
    assert len(second["password"]) == 32
    assert {name for name in second if second[name] != first[name]} == {"password", "hash"}

    shown = "".join(each.text for each in (made, again, refreshed, preview, longer)) + project.state_text()
    for name in ("password", "hash", "blob"):
        assert first[name] not in shown
        assert second[name] not in shown
    assert second["text"] in shown

    assert changes(project.destroy()) == {"delete": 4}
    assert project.resources() == []


def test_an_existing_password_is_imported_from_its_text(project: Project) -> None:
    project.write(
        "import pulumi\nimport pulumi_random as random\n"
        "password = random.RandomPassword('password', length=9, opts=pulumi.ResourceOptions(import_='Given-by9'))\n"
        "pulumi.export('password', password.result)\n"
    )
    assert changes(project.up()) == {"import": 1}
    assert project.outputs()["password"] == "Given-by9"
    assert changes(project.up()) == {}


def test_unknown_types_and_properties_are_refused_by_name(project: Project) -> None:
    project.write("import pulumi_random\npulumi_random.RandomPet('pet')")
    assert "random:index/randomPet:RandomPet" in project.preview(fails=True).text
    project.write(
        "import pulumi\n"
        "class Text(pulumi.CustomResource):\n"
        "    def __init__(self):\n"
        "        super().__init__('random:index/randomString:RandomString', 'text', {'length': 4, 'minSpecials': 1},\n"
        "            pulumi.ResourceOptions(version='4.21.4'))\n"
        "Text()\n"
    )
    text = project.preview(fails=True).text
    assert "minSpecials" in text
    assert 'did you mean "minSpecial"?' in text
