"""The realm as the program declares it and as it is: roles, groups, clients, and who has a role past their groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from delivery.recording import Recording, Resource

BUILT_IN_ROLES = frozenset({"offline_access", "uma_authorization"})
BUILT_IN_CLIENTS = frozenset({"account", "account-console", "broker", "security-admin-console"})
"""What Keycloak makes with each realm and the program leaves as it is."""

MANAGEMENT = "realm-management"
FLOWS = {
    "standardFlowEnabled": "login page",
    "implicitFlowEnabled": "implicit flow",
    "directAccessGrantsEnabled": "password grant",
    "serviceAccountsEnabled": "login for itself",
}
PAGE = 100


class Fact(NamedTuple):
    """One thing that holds in a realm, said as a sentence: `group /epidemiology` `has` `role team:epidemiology`."""

    subject: str
    verb: str
    target: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.verb} {self.target}"


@dataclass(frozen=True)
class Differences:
    """What is declared and not so, what is so and not declared, and what nobody declared at all."""

    missing: tuple[Fact, ...]
    extra: tuple[Fact, ...]
    unmanaged: Mapping[str, tuple[Fact, ...]]

    @property
    def as_declared(self) -> bool:
        """Whether there is no difference."""
        return not (self.missing or self.extra or self.unmanaged)


def declared(recording: Recording) -> set[Fact]:
    """What the program declares of its realm, from one run of it."""
    return set(_declared(recording, {each.urn: each for each in recording.resources}))


def _declared(recording: Recording, known: Mapping[str, Resource]) -> Iterator[Fact]:
    yield from _declared_roles(recording, known)
    yield from _declared_groups(recording, known)
    for each in recording.select(type="keycloak:openid/client:Client"):
        if each.inputs["accessType"] != "BEARER-ONLY":
            yield from _client(each.inputs)
    for each in recording.select(type="ClientServiceAccountRealmRole"):
        [client] = _targets(each, "serviceAccountUserId", known, "Client")
        yield Fact(f"client {client.inputs['clientId']}", "has", f"role {each.inputs['role']}")


def _declared_roles(recording: Recording, known: Mapping[str, Resource]) -> Iterator[Fact]:
    for each in recording.select(type="keycloak:index/role:Role"):
        yield from _exists(_role(each))
        for role in _targets(each, "compositeRoles", known, "Role"):
            yield Fact(_role(each), "contains", _role(role))
    for each in recording.select(type="keycloak:index/defaultRoles:DefaultRoles"):
        yield from (Fact("everyone", "has", f"role {role}") for role in each.inputs["defaultRoles"])


def _declared_groups(recording: Recording, known: Mapping[str, Resource]) -> Iterator[Fact]:
    for each in recording.select(type="keycloak:index/group:Group"):
        yield from _exists(_group(each, known))
    for each in recording.select(type="keycloak:index/groupRoles:GroupRoles"):
        [group] = _targets(each, "groupId", known, "Group")
        for role in _targets(each, "roleIds", known, "Role"):
            yield Fact(_group(group, known), "has", _role(role))


def _exists(subject: str) -> Iterator[Fact]:
    yield Fact(subject, "is", "there")


def _role(resource: Resource) -> str:
    return f"role {resource.inputs['name']}"


def _group(resource: Resource, known: Mapping[str, Resource]) -> str:
    path, here = "", resource
    while True:
        path = f"/{here.inputs['name']}{path}"
        above = _targets(here, "parentId", known, "Group")
        if not above:
            return f"group {path}"
        [here] = above


def _targets(resource: Resource, key: str, known: Mapping[str, Resource], kind: str) -> list[Resource]:
    """The resources of a kind whose ids an input holds."""
    found = (known[urn] for urn in resource.property_dependencies.get(key, ()))
    return [each for each in found if each.is_a(kind)]


def _client(client: Mapping[str, Any]) -> Iterator[Fact]:
    subject = f"client {client['clientId']}"
    yield from _exists(subject)
    if client.get("enabled") is False:
        yield Fact(subject, "is", "disabled")
        return
    yield from (Fact(subject, "offers", flow) for key, flow in FLOWS.items() if client.get(key))
    for uri in client.get("validRedirectUris") or client.get("redirectUris") or []:
        yield Fact(subject, "sends people back to", uri)


class Asks(Protocol):
    """Whoever can ask the admin API below one realm."""

    def __call__(self, path: str, **query: str) -> Any:
        """The answer to a GET of a path below the realm, such as `roles`."""
        ...


def actual(ask: Asks) -> set[Fact]:
    """What the server holds of the realm, as far as the program has a say in it.

    Args:
        ask: asks the server; it may view the realm, its clients and its people.
    """
    return set(_actual(ask))


def _actual(ask: Asks) -> Iterator[Fact]:
    clients = {each["id"]: each for each in _pages(ask, "clients")}
    names = {key: each["clientId"] for key, each in clients.items()}
    yield from _roles(ask, names)
    for key, client in clients.items():
        if client["clientId"] == MANAGEMENT:
            yield from _managers(ask, f"clients/{key}/roles")
        elif client["clientId"] not in BUILT_IN_CLIENTS:
            yield from _client(client)
    for group in groups(ask):
        yield from _group_as_it_is(ask, group, names)


def _roles(ask: Asks, clients: Mapping[str, str]) -> Iterator[Fact]:
    default = ask("")["defaultRole"]["name"]
    for role in _pages(ask, "roles", briefRepresentation="false"):
        for_everyone = role["name"] == default
        if for_everyone:
            subject, verb = "everyone", "has"
        else:
            subject, verb = f"role {role['name']}", "contains"
            yield from _exists(subject) if role["name"] not in BUILT_IN_ROLES else ()
            yield from _given_by_hand(ask, f"roles/{role['name']}", subject)
        for inner in ask(f"roles-by-id/{role['id']}/composites") if role.get("composite") else []:
            yield Fact(subject, verb, _named(inner, clients))


def _managers(ask: Asks, place: str) -> Iterator[Fact]:
    for role in ask(place):
        yield from _given_by_hand(ask, f"{place}/{role['name']}", f"role {MANAGEMENT}/{role['name']}")


def _given_by_hand(ask: Asks, place: str, role: str) -> Iterator[Fact]:
    """Who has a role of their own: a machine, or a person, who should have it by a group."""
    for holder in _pages(ask, f"{place}/users"):
        name = holder["username"].removeprefix("service-account-")
        yield Fact(f"{'person' if name == holder['username'] else 'client'} {name}", "has", role)


def groups(ask: Asks, below: str = "groups") -> Iterator[Mapping[str, Any]]:
    """All groups of a realm, as Keycloak has them, each before those in it."""
    for group in _pages(ask, below):
        yield group
        yield from groups(ask, f"groups/{group['id']}/children")


def _group_as_it_is(ask: Asks, group: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Fact]:
    subject = f"group {group['path']}"
    yield from _exists(subject)
    given = ask(f"groups/{group['id']}/role-mappings")
    roles = list(given.get("realmMappings") or [])
    for client in (given.get("clientMappings") or {}).values():
        roles += client["mappings"]
    yield from (Fact(subject, "has", _named(role, names)) for role in roles)


def _named(role: Mapping[str, Any], clients: Mapping[str, str]) -> str:
    return f"role {clients[role['containerId']]}/{role['name']}" if role.get("clientRole") else f"role {role['name']}"


def _pages(ask: Asks, path: str, **query: str) -> Iterator[Mapping[str, Any]]:
    """All of a list that the server gives in pages."""
    first = 0
    while True:
        page = ask(path, first=str(first), max=str(PAGE), **query)
        yield from page
        first += len(page)
        if len(page) < PAGE:
            return


def compare(wanted: set[Fact], found: set[Fact]) -> Differences:
    """The declared realm beside the real one."""
    managed = {each.subject for each in wanted} | {"everyone"}
    strangers = {each.subject for each in found - wanted if each.verb == "is" and each.target == "there"} - managed
    return Differences(
        missing=tuple(sorted(wanted - found)),
        extra=tuple(sorted(each for each in found - wanted if each.subject not in strangers)),
        unmanaged={
            subject: tuple(sorted(each for each in found if each.subject == subject)) for subject in sorted(strangers)
        },
    )


def section(title: str, wanted: set[Fact], found: Differences | None) -> str:
    """The realm in the report: what is declared, and then each difference in a line; `found` None: nobody was asked."""
    counts = {
        kind: sum(each.subject.startswith(f"{kind} ") and each.target == "there" for each in wanted)
        for kind in ("role", "group", "client")
    }
    lines = [f"{title}: " + ", ".join(f"{number} {kind}s" for kind, number in counts.items())]
    if found is not None:
        lines += [f"  missing: {fact}" for fact in found.missing]
        lines += [f"  extra: {fact}" for fact in found.extra]
        for subject, facts in found.unmanaged.items():
            held = [f"{fact.verb} {fact.target}" for fact in facts if (fact.verb, fact.target) != ("is", "there")]
            lines.append(f"  unmanaged {subject}: {', '.join(held) or 'has nothing'}")
    return "\n".join(lines)
