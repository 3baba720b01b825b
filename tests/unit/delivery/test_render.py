"""What a render writes, and what it leaves alone."""

import json
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pytest
import yaml

from delivery import folder, objects
from delivery.objects import SameObjectError
from delivery.program import BadInputError, identified
from delivery.record import record
from delivery.render import files


def program() -> None:
    namespace = k8s.core.v1.Namespace("data", metadata=k8s.meta.v1.ObjectMetaArgs(name="data"))
    password = random.RandomPassword("owner", length=24)
    k8s.core.v1.Secret(
        "login",
        metadata=k8s.meta.v1.ObjectMetaArgs(name="login", namespace=namespace.metadata.name),
        string_data={"username": "owner", "password": password.result},
    )
    k8s.core.v1.ConfigMap(
        "config",
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name="config",
            # Known only once the namespace exists, unless its id is taken for what it is.
            namespace=pulumi.Output.all(namespace.metadata.name, namespace.id).apply(lambda parts: str(parts[0])),
        ),
        data={"a.conf": "first\nsecond\n", "yes": "no"},
    )
    pulumi.export("length", password.length)


def rendered(build: Any = program) -> dict[str, str]:
    return files(record(build, outputs=identified))


def test_each_kubernetes_object_has_a_file_by_namespace_kind_and_name() -> None:
    assert sorted(rendered()) == [
        "_cluster/namespace-data.yaml",
        "data/configmap-config.yaml",
        "data/secret-login.yaml",
        "outputs.json",
        "resources.json",
    ]


def test_an_object_is_written_as_people_write_it() -> None:
    assert rendered()["data/configmap-config.yaml"] == (
        "apiVersion: v1\n"
        "kind: ConfigMap\n"
        "metadata:\n"
        "  name: config\n"
        "  namespace: data\n"
        "data:\n"
        "  a.conf: |\n"
        "    first\n"
        "    second\n"
        "  'yes': 'no'\n"
    )


def test_a_secrets_content_is_masked_in_every_file() -> None:
    assert yaml.safe_load(rendered()["data/secret-login.yaml"])["stringData"] == {
        "password": "[secret]",
        "username": "[secret]",
    }


def test_a_secret_declared_through_another_class_is_masked_too() -> None:
    def build() -> None:
        k8s.core.v1.SecretPatch(
            "token",
            metadata=k8s.meta.v1.ObjectMetaPatchArgs(name="token", namespace="data"),
            string_data={"token": "hunter2"},
        )

    found = rendered(build)
    assert "data/secret-token.patch.yaml" in found
    assert not [name for name, text in found.items() if "hunter2" in text]


def test_secrets_inside_of_a_list_are_masked_too() -> None:
    items = [{"metadata": {"name": "token"}, "data": {"token": "aHVudGVyMg=="}}]
    assert objects.masked({"kind": "SecretList", "items": items})["items"] == [
        {"kind": "Secret", "metadata": {"name": "token"}, "data": {"token": "[secret]"}}
    ]


def test_resources_json_holds_every_resource_of_any_provider() -> None:
    entries = json.loads(rendered()["resources.json"])
    assert [(each["type"], each["name"]) for each in entries] == [
        ("kubernetes:core/v1:ConfigMap", "config"),
        ("kubernetes:core/v1:Namespace", "data"),
        ("kubernetes:core/v1:Secret", "login"),
        ("random:index/randomPassword:RandomPassword", "owner"),
    ]
    password = entries[-1]
    assert password["inputs"] == {"length": 24}
    assert entries[2]["dependencies"] == sorted([entries[1]["urn"], password["urn"]])
    assert set(password) == {
        "component", "dependencies", "inputs", "name", "options", "parent", "provider", "type", "urn",
    }  # fmt: skip


def test_stack_outputs_are_written() -> None:
    assert json.loads(rendered()["outputs.json"]) == {"length": 24}


def two(first: dict[str, str], second: dict[str, str], **more: str) -> Any:
    def build() -> None:
        for name, place in (("a", first), ("b", second)):
            k8s.apiextensions.CustomResource(
                name,
                api_version=more.get(name, "v1"),
                kind="Service",
                metadata=k8s.meta.v1.ObjectMetaArgs(**cast("Any", place)),
            )

    return build


def test_two_resources_of_one_object_are_refused() -> None:
    place = {"name": "cases", "namespace": "data"}
    with pytest.raises(SameObjectError, match=r"::a and .*::b declare the same Kubernetes object, data/service-cases"):
        rendered(two(place, place))


def test_one_name_in_two_api_groups_is_two_files() -> None:
    place = {"name": "cases", "namespace": "data"}
    found = rendered(two(place, place, b="serving.knative.dev/v1"))
    assert sorted(found)[:2] == ["data/service-cases.yaml", "data/service.serving.knative.dev-cases.yaml"]


def test_no_name_can_leave_the_folder() -> None:
    found = rendered(two({"name": "../../etc/passwd", "namespace": ".."}, {"name": "/b", "namespace": "x/../y"}))
    assert [name for name in sorted(found) if "/" in name] == [
        "_./service-.._.._etc_passwd.yaml",
        "x_.._y/service-_b.yaml",
    ]


def test_a_folder_is_written_again_without_its_stale_files(tmp_path: Path) -> None:
    folder.write(tmp_path, "dev", {"a/x.yaml": "1", "b/y.yaml": "2", "resources.json": "[]"})
    (tmp_path / "notes.txt").write_text("mine")
    folder.write(tmp_path, "dev", {"a/x.yaml": "3", "resources.json": "[]"})
    present = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*"))
    assert present == ["a", "a/x.yaml", "notes.txt", "render.json", "resources.json"]
    assert (tmp_path / "a/x.yaml").read_text() == "3"


def test_a_folder_of_someone_else_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(BadInputError, match="is not empty and holds no earlier render"):
        folder.write(tmp_path, "dev", {"resources.json": "[]"})
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_of_someone_else_is_never_overwritten(tmp_path: Path) -> None:
    folder.write(tmp_path, "dev", {"resources.json": "[]"})
    (tmp_path / "mine.yaml").write_text("mine")
    with pytest.raises(BadInputError, match=r"mine\.yaml: is in the way"):
        folder.write(tmp_path, "dev", {"mine.yaml": "theirs"})
    assert (tmp_path / "mine.yaml").read_text() == "mine"


def test_a_file_for_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(BadInputError, match="is a file; name a folder"):
        folder.write(tmp_path / "out", "dev", {})


@pytest.mark.parametrize("content", ["nonsense", "[]", "{}", '{"format": 99, "files": []}'])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "render.json").write_text(content)
    with pytest.raises(BadInputError, match="render"):
        folder.write(tmp_path, "dev", {"resources.json": "[]"})


def test_a_manifest_cannot_name_files_outside_of_its_folder(tmp_path: Path) -> None:
    out, precious = tmp_path / "out", tmp_path / "precious"
    precious.write_text("keep")
    folder.write(out, "dev", {"resources.json": "[]"})
    found = json.loads((out / "render.json").read_text())
    (out / "render.json").write_text(json.dumps(found | {"files": ["../precious"]}))
    (out / "resources.json").unlink()
    with pytest.raises(BadInputError, match="outside of the folder"):
        folder.write(out, "dev", {"resources.json": "[]"})
    assert precious.read_text() == "keep"


def test_an_interrupted_render_is_cleaned_up_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(tmp_path, "dev", {"old.yaml": "1"})
    replace = folder.replace

    def interrupted(path: Path, text: str) -> None:
        if path.name == "second.yaml":
            raise KeyboardInterrupt
        replace(path, text)

    monkeypatch.setattr(folder, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        folder.write(tmp_path, "dev", {"first.yaml": "1", "second.yaml": "2"})
    monkeypatch.undo()
    folder.write(tmp_path, "dev", {"third.yaml": "3"})
    assert sorted(each.name for each in tmp_path.iterdir()) == ["render.json", "third.yaml"]
