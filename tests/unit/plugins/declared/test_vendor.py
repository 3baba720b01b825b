"""The tables against the vendor's own packages: names, what is required, what is secret."""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from pulumi import _types as types

from sandbox.plugins.declared.fields import Kind, Table
from sandbox.plugins.host.provider import Provider
from sandbox.plugins.keycloak.provider import Keycloak
from sandbox.plugins.postgresql.provider import PostgreSql
from sandbox.plugins.random.provider import Random
from sandbox.plugins.tls.provider import Tls

PROVIDERS: tuple[Provider, ...] = (Keycloak(), PostgreSql(), Random(), Tls())
VERSIONS = tomllib.loads((Path(__file__).parents[4] / "versions.toml").read_text())["plugins"]

REFUSED: Mapping[str, set[str]] = {
    # Secrets that no state holds ("write only") have no drift that could be seen, and the program uses none.
    "postgresql:index/role:Role": {"encrypted", "passwordWo", "passwordWoVersion"},
    "tls:index/certRequest:CertRequest": {"privateKeyPemWo", "privateKeyPemWoVersion"},
    "tls:index/locallySignedCert:LocallySignedCert": {"caPrivateKeyPemWo", "caPrivateKeyPemWoVersion"},
    "tls:index/selfSignedCert:SelfSignedCert": {"privateKeyPemWo", "privateKeyPemWoVersion"},
    "postgresql:index/schema:Schema": {"policies"},
    "random:index/randomInteger:RandomInteger": {"seed"},
    # A copy would be made of whatever the server then has; a flow of ours stands in the program, step by step.
    "keycloak:authentication/flow:Flow": {"copyFrom"},
    "keycloak:index/group:Group": {"organizationId"},
    "keycloak:index/user:User": {"federatedIdentities", "valueWo", "valueWoVersion"},
    "keycloak:ldap/userFederation:UserFederation": {
        *("bindCredentialWo", "bindCredentialWoVersion", "cache", "connectionTimeout", "debug", "deleteDefaultMappers"),
        *("kerberos", "krbPrincipalAttribute", "readTimeout", "relativeCreateDn"),
    },
    "keycloak:oidc/identityProvider:IdentityProvider": {
        "clientSecretWo",
        "clientSecretWoVersion",
        "orgDomain",
        "orgRedirectModeEmailMatches",
        "organizationId",
    },
    "keycloak:openid/client:Client": {
        "authorization",
        "clientSecretRegenerateWhenChanged",
        "clientSecretWo",
        "clientSecretWoVersion",
    },
}
"""What the vendor's types have and the offline plugins refuse."""

REQUIRED_HERE = {
    "tls:index/certRequest:CertRequest": {"privateKeyPem"},
    "tls:index/locallySignedCert:LocallySignedCert": {"caPrivateKeyPem"},
    "tls:index/selfSignedCert:SelfSignedCert": {"privateKeyPem"},
}
"""What the vendor's types need too, unless a refused property takes its place."""

CLOUD_LOGINS = {
    "postgresql": re.compile("aws.*|azure.*|gcp.*|clientcert|sslMode"),
    "keycloak": re.compile("accessToken|jwt.*|redHatSso|tlsClient.*"),
    "tls": re.compile("proxy"),
    "random": re.compile("$^"),
}


def tables() -> list[Any]:
    return [
        pytest.param(token, kind.table, id=token)  # type: ignore[attr-defined]
        for provider in PROVIDERS
        for token, kind in provider.types.items()
    ]


def vendor_class(token: str) -> Any:
    package, module, name = token.split(":")
    folder = module.split("/")[0]
    return getattr(importlib.import_module(f"pulumi_{package}" + ("" if folder == "index" else f".{folder}")), name)


def vendor_inputs(token: str) -> dict[str, inspect.Parameter]:
    arguments = getattr(importlib.import_module(vendor_class(token).__module__), f"{vendor_class(token).__name__}Args")
    wire = types.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters
    return {wire[name]: parameter for name, parameter in parameters.items() if name in wire}


@pytest.mark.parametrize(("token", "table"), tables())
def test_a_table_has_the_vendors_inputs_and_no_others(token: str, table: Table) -> None:
    ours = {name for name, rule in table.items() if not rule.output}
    assert ours == set(vendor_inputs(token)) - REFUSED.get(token, set())


@pytest.mark.parametrize(("token", "table"), tables())
def test_a_table_requires_what_the_vendor_requires(token: str, table: Table) -> None:
    required = {name for name, one in vendor_inputs(token).items() if one.default is inspect.Parameter.empty}
    assert {name for name, rule in table.items() if rule.required} == required | REQUIRED_HERE.get(token, set())


@pytest.mark.parametrize(("token", "table"), tables())
def test_a_table_has_the_vendors_outputs_and_no_others(token: str, table: Table) -> None:
    outputs = set(types.resource_py_to_pulumi_names(vendor_class(token)).values())
    inputs = set(vendor_inputs(token))
    assert {name for name, rule in table.items() if rule.output} == outputs - inputs


@pytest.mark.parametrize(("token", "table"), tables())
def test_a_table_keeps_secret_what_the_vendor_keeps_secret(token: str, table: Table) -> None:
    found = re.search(r"additional_secret_outputs=\[([^]]*)\]", inspect.getsource(vendor_class(token)))
    secret = set(re.findall(r'"(\w+)"', found[1])) if found else set()
    secret -= REFUSED.get(token, set())
    assert secret <= {name for name, rule in table.items() if rule.secret}


@pytest.mark.parametrize(("token", "table"), tables())
def test_nested_objects_have_the_vendors_properties(token: str, table: Table) -> None:
    for name, rule in table.items():
        if rule.kind is Kind.OBJECT:
            _compare_nested(token, vendor_class(token).__name__ + name[0].upper() + name[1:], rule.fields)


def _compare_nested(token: str, name: str, table: Table) -> None:
    package, module, _ = token.split(":")
    folder = "" if module.startswith("index/") else "." + module.split("/")[0]
    arguments = getattr(importlib.import_module(f"pulumi_{package}{folder}._inputs"), f"{name}Args")
    vendor = set(types.input_type_py_to_pulumi_names(arguments).values())
    assert set(table) == vendor - REFUSED.get(token, set())
    for inner, rule in table.items():
        if rule.kind is Kind.OBJECT:
            _compare_nested(token, name + inner[0].upper() + inner[1:], rule.fields)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_plugin_has_the_version_of_the_vendors_package(provider: Provider) -> None:
    assert provider.version == version(f"pulumi-{provider.name}") == VERSIONS[provider.name]


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_provider_has_the_vendors_options_but_those_for_clouds(provider: Provider) -> None:
    arguments = importlib.import_module(f"pulumi_{provider.name}").ProviderArgs
    vendor = set(types.input_type_py_to_pulumi_names(arguments).values())
    refused = {name for name in vendor if CLOUD_LOGINS[provider.name].fullmatch(name)}
    assert set(provider.options) == vendor - refused
