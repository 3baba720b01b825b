"""Random values: their shape, and what cannot be asked for."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import bcrypt
import pytest

from sandbox.plugins.declared.generated import Generated
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.random.numbers import RandomBytes, RandomId, RandomInteger, RandomUuid
from sandbox.plugins.random.text import RandomPassword, RandomString


def made(kind: Generated, **given: Any) -> dict[str, Any]:
    checked = kind.check("value", given, None)
    assert not checked.failures
    created = kind.create("urn", checked.inputs, preview=False, timeout=None)
    return {**created.state, "id": created.id}


def refused(kind: Generated, **given: Any) -> dict[str, str]:
    return {failure.property: failure.reason for failure in kind.check("value", given, None).failures}


def test_a_password_holds_each_class_at_least_as_often_as_asked() -> None:
    password = made(
        RandomPassword(), length=12, minLower=3, minUpper=3, minNumeric=3, minSpecial=3, overrideSpecial="~"
    )["result"]
    assert [sum(map(test, password)) for test in (str.islower, str.isupper, str.isdigit)] == [3, 3, 3]
    assert password.count("~") == 3


def test_only_classes_that_are_on_take_part() -> None:
    text = made(RandomString(), length=200, special=False, upper=False, numeric=False)["result"]
    assert text.isalpha()
    assert text.islower()


def test_the_hash_is_of_the_password_and_the_id_says_nothing_of_it() -> None:
    password = made(RandomPassword(), length=100)
    assert bcrypt.checkpw(password["result"].encode()[:72], password["bcryptHash"].encode())
    assert password["id"] == "none"


def test_two_values_differ() -> None:
    assert made(RandomPassword(), length=20)["result"] != made(RandomPassword(), length=20)["result"]


def test_results_of_secret_types_are_secret() -> None:
    assert set(RandomPassword().secret_outputs) == {"result", "bcryptHash"}
    assert set(RandomBytes().secret_outputs) == {"base64", "hex"}
    assert set(RandomString().secret_outputs) == set()


def test_what_cannot_be_made_is_refused() -> None:
    assert refused(RandomPassword(), length=3, minLower=4).keys() == {"length"}
    assert refused(RandomPassword(), length=4, minSpecial=1, special=False).keys() == {"minSpecial"}
    none = dict.fromkeys(("lower", "upper", "numeric", "special"), False)
    assert "at least one" in refused(RandomPassword(), length=4, **none)["lower"]
    assert refused(RandomInteger(), min=2, max=1).keys() == {"min"}


def test_writings_are_of_the_same_bytes() -> None:
    number = made(RandomId(), byteLength=8, prefix="p-")
    content = bytes.fromhex(number["hex"].removeprefix("p-"))
    assert len(content) == 8
    assert number["b64Std"] == "p-" + base64.b64encode(content).decode()
    assert int(number["dec"].removeprefix("p-")) == int.from_bytes(content, "big")
    assert number["b64Url"] == f"p-{number['id']}"
    blob = made(RandomBytes(), length=16)
    assert base64.b64decode(blob["base64"]).hex() == blob["hex"]


def test_an_integer_lies_within_its_limits() -> None:
    assert {made(RandomInteger(), min=-1, max=1)["result"] for _ in range(200)} == {-1, 0, 1}
    assert uuid.UUID(made(RandomUuid())["result"]).version == 4


@pytest.mark.parametrize(
    ("kind", "identity", "expected"),
    [
        (RandomPassword(), "abc", {"result": "abc", "length": 3}),
        (RandomString(), "abc", {"result": "abc", "length": 3}),
        (RandomId(), "p-,AQID", {"hex": "p-010203", "byteLength": 3, "prefix": "p-"}),
        (RandomBytes(), "AQID", {"hex": "010203", "length": 3}),
        (RandomInteger(), "5,1,9", {"result": 5, "min": 1, "max": 9}),
    ],
)
def test_an_import_takes_an_existing_value(kind: Generated, identity: str, expected: dict[str, Any]) -> None:
    found = kind.read(identity, {}, {})
    assert found is not None
    assert {name: found.state[name] for name in expected} == expected


@pytest.mark.parametrize(("kind", "identity"), [(RandomInteger(), "5"), (RandomUuid(), "x"), (RandomBytes(), "!")])
def test_an_import_of_something_else_is_refused(kind: Generated, identity: str) -> None:
    with pytest.raises(PluginError, match="import id"):
        kind.read(identity, {}, {})


def test_every_change_is_a_new_value_and_none_is_no_change() -> None:
    kind = RandomPassword()
    inputs = kind.check("value", {"length": 20, "keepers": {"a": "1"}}, None).inputs
    state = kind.create("urn", inputs, preview=False, timeout=None).state
    assert not kind.diff("none", inputs, state, inputs).changed
    assert kind.diff("none", inputs, state, {**inputs, "keepers": {"a": "2"}}).replaces
    assert kind.diff("none", inputs, state, {**inputs, "length": 21}).replaces
