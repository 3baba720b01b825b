"""Directories (LDAP) whose people are a realm's: Keycloak keeps each as a component of the realm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from sandbox.plugins.declared.fields import Field, Table, boolean, integer, ordered, string
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.attributes import word
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm
from sandbox.plugins.keycloak.representation import MASK

_KIND = "org.keycloak.storage.UserStorageProvider"
_TEXTS: dict[str, tuple[str, Field]] = {
    "bindCredential": ("bindCredential", string(secret=True)),
    "bindDn": ("bindDn", string()),
    "connectionUrl": ("connectionUrl", string(required=True)),
    "customUserSearchFilter": ("customUserSearchFilter", string()),
    "editMode": ("editMode", string(default="READ_ONLY", choices=("READ_ONLY", "WRITABLE", "UNSYNCED"))),
    "rdnLdapAttribute": ("rdnLDAPAttribute", string(required=True)),
    "usernameLdapAttribute": ("usernameLDAPAttribute", string(required=True)),
    "usersDn": ("usersDn", string(required=True)),
    "uuidLdapAttribute": ("uuidLDAPAttribute", string(required=True)),
}
_FLAGS = {
    "connectionPooling": ("connectionPooling", False),
    "enabled": ("enabled", True),
    "importEnabled": ("importEnabled", True),
    "pagination": ("pagination", True),
    "startTls": ("startTls", False),
    "syncRegistrations": ("syncRegistrations", False),
    "trustEmail": ("trustEmail", False),
    "usePasswordModifyExtendedOp": ("usePasswordModifyExtendedOp", False),
    "validatePasswordPolicy": ("validatePasswordPolicy", False),
}
_NUMBERS = {
    "batchSizeForSync": ("batchSizeForSync", 1000),
    "changedSyncPeriod": ("changedSyncPeriod", -1),
    "fullSyncPeriod": ("fullSyncPeriod", -1),
    "priority": ("priority", 0),
}
_WORDS = {
    "searchScope": ("searchScope", {"ONE_LEVEL": "1", "SUBTREE": "2"}, "ONE_LEVEL"),
    "useTruststoreSpi": (
        "useTruststoreSpi",
        {"ALWAYS": "always", "ONLY_FOR_LDAPS": "ldapsOnly", "NEVER": "never"},
        "ONLY_FOR_LDAPS",
    ),
    "vendor": (
        "vendor",
        {"OTHER": "other", "EDIRECTORY": "edirectory", "AD": "ad", "RHDS": "rhds", "TIVOLI": "tivoli"},
        "OTHER",
    ),
}
"""Properties whose values the server writes otherwise: its key, its words, and the value of one that is not given."""


class UserFederation(BelowRealm):
    """A directory."""

    table: ClassVar[Table] = {
        **REALM_ID,
        "name": string(autonamed=True),
        "userObjectClasses": ordered(required=True),
        **{name: rule for name, (_, rule) in _TEXTS.items()},
        **{name: boolean(default=default) for name, (_, default) in _FLAGS.items()},
        **{name: integer(default=default) for name, (_, default) in _NUMBERS.items()},
        **{name: string(default=default, choices=tuple(words)) for name, (_, words, default) in _WORDS.items()},
    }

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse half a login."""
        if (inputs.get("bindDn") is None) != (inputs.get("bindCredential") is None):
            yield Failure("bindCredential", "give bindDn and bindCredential, or neither")

    def make(self, inputs: Inputs) -> str:
        """Make the directory; nobody is asked there before someone logs in."""
        realm = inputs["realmId"]
        return self._api.post(realm, "components", body=_written(inputs, self._api.get(realm)["id"]))

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the directory; its password can be written and never read."""
        component = self._api.find(known["realmId"], "components", key)
        if component is None:
            return None
        config = {name: values[0] for name, values in (component.get("config") or {}).items() if values}
        found: dict[str, Value] = {"realmId": known["realmId"], "name": component["name"]}
        found["userObjectClasses"] = [each.strip() for each in config.get("userObjectClasses", "").split(",")]
        found |= {name: config[each] for name, (each, _) in _TEXTS.items() if config.get(each)}
        found |= {name: config.get(each, word(default)) == "true" for name, (each, default) in _FLAGS.items()}
        found |= {name: int(config.get(each, default)) for name, (each, default) in _NUMBERS.items()}
        for name, (each, words, default) in _WORDS.items():
            found[name] = next((ours for ours, theirs in words.items() if theirs == config.get(each)), default)
        if found.get("bindCredential") == MASK:
            found["bindCredential"] = known.get("bindCredential", MASK)
        return found

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Change the directory; what the program does not declare stays as it is."""
        place = (inputs["realmId"], "components", key)
        actual = self._api.get(*place)
        body = _written(inputs, actual["parentId"])
        config = {**actual.get("config", {}), **body["config"]}
        self._api.put(*place, body={**actual, **body, "config": config})

    def remove(self, key: str, state: State) -> None:
        """Remove the directory, and the people who came from it."""
        self._api.delete(state["realmId"], "components", key)


def _written(inputs: Inputs, realm: str) -> dict[str, Value]:
    config = {key: inputs.get(name) or "" for name, (key, _) in _TEXTS.items()}
    config |= {key: word(inputs[name]) for name, (key, _) in _FLAGS.items()}
    config |= {key: str(inputs[name]) for name, (key, _) in _NUMBERS.items()}
    config |= {key: words[inputs[name]] for name, (key, words, _) in _WORDS.items()}
    config["userObjectClasses"] = ", ".join(inputs["userObjectClasses"])
    config["authType"] = "simple" if inputs.get("bindDn") else "none"
    return {
        "name": inputs["name"],
        "providerId": "ldap",
        "providerType": _KIND,
        "parentId": realm,
        "config": {key: [value] for key, value in config.items()},
    }
