"""The server's own description of its kinds (OpenAPI v3), to refuse what it does not know before anything is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from sandbox.plugins.host import UNKNOWN, Failure, Path, Value, property_path, suggestion

from .connection import Connection
from .failures import ApiError

Schema = Mapping[str, Any]
# Scalars only where JSON leaves no doubt; quantities, times and int-or-string are the server's to judge.
_SCALARS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_WORDS = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a map",
}


class Schemas:
    """Fetches one document per API version, once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._paths: dict[str, str] | None = None
        self._documents: dict[str, Schema] = {}

    def forget(self) -> None:
        """Fetch again next time (a CRD came or changed)."""
        with self._lock:
            self._paths = None
            self._documents.clear()

    def failures(self, value: Mapping[str, Value]) -> list[Failure]:
        """What the server's schema does not allow in an object; empty when it has no schema for the kind."""
        schemas = self._document(str(value["apiVersion"]))
        found = next((one for one in schemas.values() if _describes(one, value)), None)
        if found is None:
            return []
        return check(value, found, schemas)

    def _document(self, api_version: str) -> Mapping[str, Schema]:
        key = f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"
        with self._lock:
            if self._paths is None:
                paths = self._connection.get("/openapi/v3")["paths"]
                self._paths = {name: entry["serverRelativeURL"] for name, entry in paths.items()}
            if key not in self._documents:
                self._documents[key] = self._fetch(self._paths.get(key))
            return self._documents[key]

    def _fetch(self, url: str | None) -> Schema:
        if url is None:
            return {}
        path, _, query = url.partition("?")
        try:
            document = json.loads(self._connection.raw("GET", path, dict([query.split("=", 1)] if query else [])))
        except ApiError:
            return {}
        schemas: Schema = document.get("components", {}).get("schemas", {})
        return schemas


def check(value: Mapping[str, Value], schema: Schema, schemas: Mapping[str, Schema]) -> list[Failure]:
    """What `schema` does not allow in `value`; `schemas` are those it refers to, by name."""
    failures: list[Failure] = []
    _check(value, schema, (), schemas, failures)
    return failures


def _describes(schema: Schema, value: Mapping[str, Value]) -> bool:
    group, _, version = str(value["apiVersion"]).rpartition("/")
    wanted = {"group": group, "version": version, "kind": value["kind"]}
    return wanted in schema.get("x-kubernetes-group-version-kind", ()) and "properties" in schema


def _resolve(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """Follow the references; a reference's neighbours (its description, its default) say nothing about the type."""
    while True:
        if "$ref" in schema:
            schema = schemas.get(schema["$ref"].rpartition("/")[2], {})
        elif len(schema.get("allOf", ())) == 1 and "properties" not in schema:
            schema = schema["allOf"][0]
        else:
            return schema


def _check(value: Value, schema: Schema, path: Path, schemas: Mapping[str, Schema], failures: list[Failure]) -> None:
    if value is UNKNOWN or value is None:
        return
    schema = _resolve(schema, schemas)
    if schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-int-or-string"):
        return
    if "oneOf" in schema or "anyOf" in schema or "type" not in schema:
        return
    expected = schema["type"]
    if expected == "object":
        _check_object(value, schema, path, schemas, failures)
    elif expected == "array":
        if not isinstance(value, list):
            failures.append(_wrong_type(path, list, value))
            return
        for index, item in enumerate(value):
            _check(item, schema.get("items", {}), (*path, index), schemas, failures)
    elif not isinstance(value, _SCALARS[expected]) or (isinstance(value, bool) and expected != "boolean"):
        failures.append(_wrong_type(path, _SCALARS[expected][-1], value))


def _check_object(
    value: Value, schema: Schema, path: Path, schemas: Mapping[str, Schema], failures: list[Failure]
) -> None:
    if not isinstance(value, Mapping):
        failures.append(_wrong_type(path, dict, value))
        return
    properties: Mapping[str, Schema] = schema.get("properties", {})
    other = schema.get("additionalProperties")
    for key, item in value.items():
        if key in properties:
            _check(item, properties[key], (*path, key), schemas, failures)
        elif isinstance(other, Mapping):
            _check(item, other, (*path, key), schemas, failures)
        elif properties and not other:
            where = property_path((*path, key))
            failures.append(Failure(where, f'unknown property "{key}"{suggestion(key, properties)}'))
    failures.extend(
        Failure(property_path((*path, key)), "is required and missing")
        for key in schema.get("required", ())
        if value.get(key) is None and not _has_default(properties.get(key, {}), schemas)
    )


def _has_default(schema: Schema, schemas: Mapping[str, Schema]) -> bool:
    return "default" in schema or "default" in _resolve(schema, schemas)


def _wrong_type(path: Path, expected: type, value: Value) -> Failure:
    found = next((word for kind, word in _WORDS.items() if type(value) is kind), "something else")
    return Failure(property_path(path), f"expected {_WORDS[expected]}, found {found}")
