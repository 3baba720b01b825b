"""The recorder, which every unit test of the program stands on."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pulumi_tls as tls
import pytest

from delivery.monitor import RecordingError
from delivery.record import record


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("etl-platform:test:Group", name, {}, opts)


def service(name: str, opts: pulumi.ResourceOptions | None = None, **spec: Any) -> k8s.core.v1.Service:
    return k8s.core.v1.Service(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace="data"),
        spec=k8s.core.v1.ServiceSpecArgs(ports=[k8s.core.v1.ServicePortArgs(port=5432)], **spec),
        opts=opts,
    )


def config_map(
    name: str, data: Mapping[str, pulumi.Input[str]] | pulumi.Output[Any], opts: pulumi.ResourceOptions | None = None
) -> k8s.core.v1.ConfigMap:
    return k8s.core.v1.ConfigMap(name, metadata=k8s.meta.v1.ObjectMetaArgs(name=name), data=data, opts=opts)


def test_a_resource_is_recorded_with_its_wire_names() -> None:
    resource = record(lambda: service("cases", type="ClusterIP")).find(type="Service", name="cases")
    assert resource.type == "kubernetes:core/v1:Service"
    assert resource.custom
    assert resource.inputs == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "cases", "namespace": "data"},
        "spec": {"ports": [{"port": 5432}], "type": "ClusterIP"},
    }


def test_a_urn_holds_the_types_of_all_ancestors_but_the_stack() -> None:
    def build() -> None:
        outer = Group("outer")
        inner = Group("inner", pulumi.ResourceOptions(parent=outer))
        service("cases", pulumi.ResourceOptions(parent=inner))

    recording = record(build, stack="prod")
    resource = recording.find(type="Service")
    group = "etl-platform:test:Group"
    assert resource.urn == f"urn:pulumi:prod::etl-platform::{group}${group}$kubernetes:core/v1:Service::cases"
    assert recording.find(name="outer").parent == recording.root
    assert recording.find(name="outer").component
    assert recording.children(recording.find(name="inner").urn) == [resource]
    assert recording.descendants(recording.find(name="outer").urn) == [recording.find(name="inner"), resource]


def test_what_a_provider_computes_is_unknown_and_named_by_its_source() -> None:
    ran: list[str] = []

    def build() -> None:
        address = service("cases").spec.cluster_ip

        def url(ip: str) -> str:
            ran.append(ip)
            return f"https://{ip}"

        config_map("where", {"url": address.apply(url), "port": "5432"})

    recording = record(build)
    source = "[output of kubernetes:core/v1:Service cases]"
    assert recording.find(type="ConfigMap").inputs["data"] == {"url": source, "port": "5432"}
    assert recording.find(type="ConfigMap").dependencies == (recording.find(type="Service").urn,)
    assert recording.find(type="ConfigMap").property_dependencies == {"data": (recording.find(type="Service").urn,)}
    assert ran == []


def test_what_the_program_gave_itself_is_known_to_it_as_an_output() -> None:
    def build() -> None:
        name = service("cases").metadata.name
        config_map("where", {"host": name.apply(lambda value: f"{value}.data.svc")})

    assert record(build).find(type="ConfigMap").inputs["data"] == {"host": "cases.data.svc"}


def test_a_mapping_with_unknown_entries_keeps_its_known_ones() -> None:
    def build() -> None:
        ip = service("cases").spec.cluster_ip
        config_map("where", pulumi.Output.all(host="cases", address=ip))

    data = record(build).find(type="ConfigMap").inputs["data"]
    assert data == {"host": "cases", "address": "[output of kubernetes:core/v1:Service cases]"}


@pytest.mark.parametrize("preview", [True, False])
def test_no_apply_runs_on_a_value_that_nobody_knows(preview: bool) -> None:
    def build() -> None:
        password = random.RandomPassword("owner", length=24)
        password.result.apply(lambda value: pytest.fail(f"ran on {value!r}"))
        password.id.apply(lambda value: pytest.fail(f"ran on {value!r}"))
        service("cases").status.apply(lambda value: pytest.fail(f"ran on {value!r}"))
        service("other", type="NodePort").spec.ports[0].node_port.apply(lambda value: pytest.fail(f"ran on {value!r}"))

    assert len(record(build, preview=preview).resources) == 3


def test_a_secret_is_masked_wherever_it_goes() -> None:
    def build() -> None:
        key = tls.PrivateKey("key", algorithm="ECDSA")
        secret = pulumi.Output.secret("hunter2")
        config_map("leak", {"token": secret, "key": key.private_key_pem, "url": pulumi.Output.concat("u:", secret)})
        pulumi.export("token", secret)
        pulumi.export("key", key.private_key_pem)
        pulumi.export("nested", {"url": pulumi.Output.concat("https://x:", secret, "@y")})

    recording = record(build)
    assert recording.find(type="ConfigMap").inputs["data"] == dict.fromkeys(("key", "token", "url"), "[secret]")
    assert recording.outputs == {"token": "[secret]", "key": "[secret]", "nested": {"url": "[secret]"}}
    assert "hunter2" not in repr(recording)


def test_a_kubernetes_secret_shows_its_keys_and_nothing_else() -> None:
    def build() -> None:
        password = random.RandomPassword("owner", length=24)
        k8s.core.v1.Secret("login", string_data={"username": "owner", "password": password.result})
        k8s.core.v1.Secret("plain", data={"token": "aHVudGVyMg=="})

    recording = record(build)
    assert recording.find(name="login").inputs["stringData"] == {"username": "[secret]", "password": "[secret]"}
    assert recording.find(name="plain").inputs["data"] == {"token": "[secret]"}
    assert "aHVudGVyMg==" not in repr(recording)


def test_given_outputs_are_known_to_the_program_and_secret_ones_stay_secret() -> None:
    def computed(kind: str, name: str, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        assert (name, inputs["length"]) == ("owner", 24)
        return {"id": "none", "result": "hunter2"} if kind.endswith(":RandomPassword") else None

    def build() -> None:
        password = random.RandomPassword("owner", length=24)
        pulumi.export("length", password.result.apply(len))
        pulumi.export("id", password.id)

    recording = record(build, outputs=computed)
    assert recording.outputs == {"length": "[secret]", "id": "none"}
    assert "hunter2" not in repr(recording)


def test_options_that_matter_are_recorded() -> None:
    def build() -> None:
        provider = k8s.Provider("elsewhere", context="elsewhere")
        service("first")
        service(
            "cases",
            pulumi.ResourceOptions(
                protect=True,
                delete_before_replace=False,
                ignore_changes=["spec"],
                retain_on_delete=True,
                custom_timeouts=pulumi.CustomTimeouts(create="5m"),
                aliases=[pulumi.Alias(name="old")],
                provider=provider,
            ),
        )

    recording = record(build)
    assert recording.find(name="first").options == {}
    assert recording.find(name="first").provider is None
    assert recording.find(name="cases").provider == recording.find(name="elsewhere").urn
    assert recording.find(name="cases").options == {
        "aliases": ["name=old"],
        "customTimeouts": {"create": "5m"},
        "deleteBeforeReplace": False,
        "ignoreChanges": ["spec"],
        "protect": True,
        "retainOnDelete": True,
    }


def test_a_registered_resource_passed_as_an_input_is_named() -> None:
    class Holder(pulumi.CustomResource):
        def __init__(self, name: str, held: pulumi.Resource) -> None:
            super().__init__("test:index:Holder", name, {"held": held})

    recording = record(lambda: Holder("holder", Group("held")))
    assert recording.find(name="holder").inputs == {"held": f"[resource {recording.find(name='held').urn}]"}


def test_explicit_dependencies_are_recorded_in_order() -> None:
    def build() -> None:
        before = [service(name) for name in ("b", "a")]
        config_map("after", {}, pulumi.ResourceOptions(depends_on=before))

    recording = record(build)
    assert recording.find(name="after").dependencies == (recording.find(name="a").urn, recording.find(name="b").urn)


def test_two_resources_of_one_urn_are_refused() -> None:
    with pytest.raises(RecordingError, match=r"two resources have the URN .*Service::cases; give one"):
        record(lambda: (service("cases"), service("cases")))


def test_a_function_of_a_provider_is_refused() -> None:
    with pytest.raises(RecordingError, match="calls the function test:index:lookup"):
        record(lambda: pulumi.export("found", pulumi.runtime.invoke_output("test:index:lookup", {})))


def test_a_transform_is_refused_because_it_would_not_run() -> None:
    options = pulumi.ResourceOptions(transforms=[lambda _args: None])
    with pytest.raises(Exception, match="does not support transforms"):
        record(lambda: service("cases", options))


def test_what_the_program_raises_arrives_as_it_is() -> None:
    error = KeyError("no such tier")

    def build() -> None:
        service("cases")
        raise error

    with pytest.raises(KeyError) as caught:
        record(build)
    assert caught.value is error


def test_what_an_apply_raises_arrives_even_if_nobody_uses_its_result() -> None:
    def fail(_value: str) -> str:
        raise LookupError("inside apply")

    with pytest.raises(LookupError, match="inside apply"):
        record(lambda: service("cases").metadata.name.apply(fail))


def test_a_coroutine_is_awaited() -> None:
    async def build() -> None:
        await asyncio.sleep(0)
        service("cases")

    assert record(build).find(type="Service").name == "cases"


def test_runs_do_not_see_each_other() -> None:
    def build() -> None:
        pulumi.export("domain", pulumi.Config("etl-platform").get("domain"))
        service("cases")

    with pytest.raises(ValueError, match="broken"):
        record(lambda: (_ for _ in ()).throw(ValueError("broken")))
    first = record(build, stack="prod", config={"etl-platform:domain": "example.com"})
    second = record(build, stack="test")
    assert first.outputs == {"domain": "example.com"}
    assert "domain" not in second.outputs
    assert [each.urn.split("::")[0] for each in second.resources] == ["urn:pulumi:test"]
    assert pulumi.runtime.get_root_resource() is None


def test_it_can_run_inside_a_running_event_loop() -> None:
    async def within() -> int:
        return len(record(lambda: service("cases")).resources)

    assert asyncio.run(within()) == 1


def test_messages_to_people_are_kept() -> None:
    def build() -> None:
        pulumi.log.warn("the certificate ends soon")
        pulumi.log.debug("noise")

    assert record(build).messages == (("warning", "the certificate ends soon"),)


def test_two_runs_are_equal_to_the_byte() -> None:
    def build() -> None:
        addresses = [service(f"s{index}").spec.cluster_ip for index in range(20)]
        config_map("all", {str(index): address for index, address in enumerate(addresses)})

    texts = {json.dumps([vars(each) for each in record(build).resources]) for _ in range(3)}
    assert len(texts) == 1


def test_a_missing_resource_is_named_with_those_there_are() -> None:
    recording = record(lambda: service("cases"))
    with pytest.raises(
        LookupError, match=r"no resource is 'Service case'; there are: kubernetes:core/v1:Service cases"
    ):
        recording.find(type="Service", name="case")
