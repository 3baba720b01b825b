"""One team entry, and all that the team gets for it."""

from collections import Counter
from functools import cache
from typing import Any

import pytest

from delivery import impact
from delivery.changes import Render, ResourceChange, difference
from delivery.recording import Recording
from delivery.render import entry
from stacks.settings import Settings
from tests.unit.program.conftest import build_from

DATABASE: dict[str, Any] = {"name": "cases", "extensions": ["pg_trgm"], "readers": ["reporting"]}
TEAMS: list[dict[str, Any]] = [
    {
        "name": "epidemiology",
        "owners": ["ada@example.com"],
        "databases": [DATABASE],
        "spark": {"max_executors": 4, "executor_memory": "2Gi"},
    },
    {"name": "reporting", "owners": ["grace@example.com"]},
]


def settings(teams: list[dict[str, Any]], **more: Any) -> Settings:
    values = {"environment": "prod", "profile": "prod", "domain": "etl.example.com", "teams": teams}
    return Settings.model_validate(values | more)


@cache
def platform() -> Recording:
    return build_from(settings(TEAMS))


def of_kind(kind: str, namespace: str) -> list[dict[str, Any]]:
    return [
        dict(each.inputs) for each in platform().select(type=kind) if each.inputs["metadata"]["namespace"] == namespace
    ]


def compared(before: Recording, after: Recording) -> tuple[ResourceChange, ...]:
    base, head = (Render("prod", {each.urn: entry(each) for each in side.resources}, {}) for side in (before, after))
    return difference(base, head).resources


def policy(namespace: str, name: str) -> dict[str, Any]:
    [found] = [each for each in of_kind("NetworkPolicy", namespace) if each["metadata"]["name"] == name]
    spec: dict[str, Any] = found["spec"]
    return spec


def test_it_has_a_data_namespace_and_a_spark_namespace_when_it_asks_for_spark() -> None:
    names = {each.inputs["metadata"]["name"] for each in platform().select(type="kubernetes:core/v1:Namespace")}
    assert names == {
        "platform-identity",
        "epidemiology-data",
        "epidemiology-spark",
        "reporting-data",
        "platform-backup",
        "platform-spark",
    }


@pytest.mark.parametrize("namespace", ["epidemiology-data", "epidemiology-spark", "reporting-data"])
def test_each_of_its_namespaces_has_quota_limits_and_a_closed_door(namespace: str) -> None:
    assert len(of_kind("ResourceQuota", namespace)) == 1
    assert len(of_kind("LimitRange", namespace)) == 1
    closed = policy(namespace, "default-deny-but-dns")
    assert closed["podSelector"] == {}
    assert "ingress" not in closed
    [out] = closed["egress"]
    assert {(port["port"], port["protocol"]) for port in out["ports"]} == {(53, "UDP"), (53, "TCP")}


def test_its_quota_holds_what_it_asked_for() -> None:
    [quota] = of_kind("ResourceQuota", "epidemiology-data")
    [volume] = of_kind("PersistentVolumeClaim", "epidemiology-data")
    asked = volume["spec"]["resources"]["requests"]["storage"]
    assert int(quota["spec"]["hard"]["requests.storage"].removesuffix("Gi")) >= int(asked.removesuffix("Gi"))
    [spark] = of_kind("ResourceQuota", "epidemiology-spark")
    assert spark["spec"]["hard"]["pods"] == "6"  # four executors, a driver and the history server
    assert spark["spec"]["hard"]["limits.memory"] == f"{4 * (2048 + 384) + (1024 + 409) + 1024}Mi"
    assert spark["spec"]["hard"]["limits.cpu"] == f"{(4 + 1 + 1) * 1000}m"


def test_it_has_a_group_whose_members_get_its_role_and_no_other() -> None:
    group = platform().find(type="keycloak:index/group:Group", name="epidemiology")
    [role] = [
        each
        for each in platform().select(type="keycloak:index/role:Role")
        if each.inputs["name"] == "team:epidemiology"
    ]
    given = platform().find(type="keycloak:index/groupRoles:GroupRoles", name="epidemiology")
    assert given.inputs["exhaustive"] is True
    assert given.property_dependencies["roleIds"] == (role.urn,)
    assert given.property_dependencies["groupId"] == (group.urn,)


def test_its_database_is_a_server_of_its_own_with_tls_and_checksums() -> None:
    [server] = of_kind("StatefulSet", "epidemiology-data")
    assert server["spec"]["replicas"] == 1
    environment = {each["name"]: each["value"] for each in server["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert "--data-checksums" in environment["POSTGRES_INITDB_ARGS"]
    [config] = of_kind("ConfigMap", "epidemiology-data")
    assert "ssl = on" in config["data"]["postgresql.conf"]
    rules = [line.split() for line in config["data"]["pg_hba.conf"].splitlines() if not line.startswith("#")]
    assert all(rule[0] != "host" for rule in rules)
    assert {rule[-1] for rule in rules if rule[0] == "hostssl"} == {"scram-sha-256", "reject"}
    assert [rule[-1] for rule in rules if rule[0] == "hostnossl"] == ["reject"]


def test_its_database_has_an_owner_a_writer_and_a_reader_and_none_is_a_superuser() -> None:
    roles = {
        each.inputs["name"]: each.inputs
        for each in platform().select(type="postgresql:index/role:Role")
        if each.inputs["name"].startswith("cases_")
    }
    assert set(roles) == {"cases_owner", "cases_writer", "cases_reader", "cases_reader_reporting", "cases_backup"}
    for name, role in roles.items():
        assert role["login"] is True
        assert not {"superuser", "createRole", "createDatabase"} & set(role)
        assert ("bypassRowLevelSecurity" in role) == (name == "cases_backup")


def roles_of(recording: Recording) -> dict[str, dict[str, Any]]:
    return {
        each.inputs["name"]: dict(each.inputs)
        for each in recording.select(type="postgresql:index/role:Role")
        if each.inputs["name"].startswith("cases_")
    }


def test_no_role_alone_can_take_all_connections_of_its_database() -> None:
    database = platform().find(type="postgresql:index/database:Database", name="epidemiology-cases")
    assert database.inputs["connectionLimit"] == 50 + 3  # a small database's in prod, and those of a backup
    assert {name: role["connectionLimit"] for name, role in roles_of(platform()).items()} == {
        "cases_owner": 37, "cases_writer": 37, "cases_reader": 25, "cases_reader_reporting": 12,
        "cases_backup": 3,
    }  # fmt: skip


def test_what_its_entry_asks_of_connections_and_timeouts_reaches_database_roles_and_server() -> None:
    asked = {
        "connection_limit": 4,
        "timeouts": {"statement": "5min", "idle_in_transaction": "30s", "transaction": "2h"},
    }
    limited = build_from(settings([TEAMS[0] | {"databases": [DATABASE | asked]}, TEAMS[1]]))
    database = limited.find(type="postgresql:index/database:Database", name="epidemiology-cases")
    assert database.inputs["connectionLimit"] == 4 + 3
    roles = {name: role for name, role in roles_of(limited).items() if name != "cases_backup"}
    assert sorted(role["connectionLimit"] for role in roles.values()) == [1, 2, 3, 3]
    for role in roles.values():
        assert (role["statementTimeout"], role["idleInTransactionSessionTimeout"]) == (300_000, 30_000)
    config = limited.find(type="kubernetes:core/v1:ConfigMap", name="epidemiology-cases-config")
    assert "transaction_timeout = '7200000ms'" in config.inputs["data"]["postgresql.conf"]
    for role in roles_of(platform()).values():
        assert not {"statementTimeout", "idleInTransactionSessionTimeout"} & set(role)


def test_keycloak_may_use_every_connection_of_its_database() -> None:
    database = platform().find(type="postgresql:index/database:Database", name="keycloak")
    owner = platform().find(type="postgresql:index/role:Role", name="keycloak-owner")
    assert owner.inputs["connectionLimit"] == database.inputs["connectionLimit"] - 3 == 150


def test_its_database_is_dropped_before_the_roles_that_may_use_its_tables() -> None:
    database = platform().find(type="postgresql:index/database:Database", name="epidemiology-cases")
    roles = {
        each.urn
        for each in platform().select(type="postgresql:index/role:Role")
        if each.inputs["name"] in ("cases_owner", "cases_writer", "cases_reader")
    }
    assert roles <= set(database.dependencies)


def test_public_has_nothing_on_its_database() -> None:
    revoked = [
        each.inputs
        for each in platform().select(type="postgresql:index/grant:Grant")
        if each.inputs["role"] == "public" and each.name.startswith("epidemiology-cases")
    ]
    assert {(grant["objectType"], tuple(grant["privileges"])) for grant in revoked} == {
        ("database", ()),
        ("schema", ()),
    }


def test_what_a_reader_and_a_writer_may_do_holds_for_future_tables() -> None:
    defaults = {
        (each.name.removeprefix("epidemiology-cases-"), each.inputs["objectType"]): sorted(each.inputs["privileges"])
        for each in platform().select(type="DefaultPrivileges")
    }
    assert defaults == {
        ("reader-tables", "table"): ["SELECT"],
        ("writer-tables", "table"): ["DELETE", "INSERT", "UPDATE"],
        ("writer-sequences", "sequence"): ["SELECT", "USAGE"],
    }


def test_its_connection_details_lie_in_its_own_namespace_alone() -> None:
    named = Counter(
        (each.inputs["metadata"]["namespace"], each.inputs["metadata"]["name"])
        for each in platform().select(type="kubernetes:core/v1:Secret")
        if "connection" in each.inputs["metadata"]["name"]
    )
    assert named == {
        ("epidemiology-data", "cases-connection"): 1,
        ("epidemiology-spark", "cases-connection"): 1,  # the owner's login alone
        ("reporting-data", "epidemiology-cases-connection"): 1,  # the reader's own login, nothing of the owner's
    }


def test_a_reading_team_gets_a_login_of_its_own_and_no_other_key() -> None:
    secret = platform().find(type="kubernetes:core/v1:Secret", name="epidemiology-cases-reporting-connection")
    assert set(secret.inputs["stringData"]) == {
        "host", "port", "database", "jdbc-url", "psql", "ca.crt", "reader-username", "reader-password",
    }  # fmt: skip


def test_only_its_own_namespaces_and_its_readers_may_reach_its_server() -> None:
    rule, scrape = policy("epidemiology-data", "cases")["ingress"]
    assert [port["port"] for port in rule["ports"]] == [5432]
    assert [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for peer in rule["from"]] == [
        "epidemiology-data",
        "reporting-data",
        "epidemiology-spark",
        "platform-backup",
    ]
    # Of the workspace only what Spark itself runs there.
    [drivers_and_executors] = [peer["podSelector"] for peer in rule["from"] if "matchExpressions" in str(peer)]
    assert drivers_and_executors == {
        "matchExpressions": [{"key": "spark-role", "operator": "In", "values": ["driver", "executor"]}]
    }
    # Of the vault, where every team's jobs run, only the pods that look after this very server.
    assert rule["from"][-1]["podSelector"]["matchLabels"].items() >= {
        ("app.kubernetes.io/name", "cases"),
        ("app.kubernetes.io/component", "backup"),
        ("etl-platform/team", "epidemiology"),
    }
    assert [port["port"] for port in scrape["ports"]] == [9187]
    assert [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for peer in scrape["from"]] == [
        "platform-observability"
    ]


def test_its_pods_reach_its_own_databases_and_those_it_may_read() -> None:
    for namespace in ("epidemiology-data", "epidemiology-spark"):
        [out] = policy(namespace, "to-own-databases")["egress"]
        [peer] = out["to"]
        assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "epidemiology-data"}
        assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "database"
    [out] = policy("reporting-data", "to-epidemiology-cases")["egress"]
    assert out["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "cases"


def test_its_data_lies_on_a_claim_of_its_own_that_its_server_mounts_and_nothing_waits_for() -> None:
    [volume] = of_kind("PersistentVolumeClaim", "epidemiology-data")
    assert volume["metadata"]["name"] == "cases-data"
    assert volume["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    [server] = of_kind("StatefulSet", "epidemiology-data")
    assert "volumeClaimTemplates" not in server["spec"]
    mounted = {each["name"]: each for each in server["spec"]["template"]["spec"]["volumes"]}
    assert mounted["data"]["persistentVolumeClaim"] == {"claimName": "cases-data"}


def test_a_larger_size_changes_claim_server_and_quota_in_place() -> None:
    larger = build_from(settings([TEAMS[0] | {"databases": [DATABASE | {"size": "medium"}]}, TEAMS[1]]))
    found = [each for each in compared(platform(), larger) if not each.entry.get("component")]
    changes = {impact.kind(each.entry): [change.path for change in each.changes] for each in found}
    assert set(changes) == {
        "ConfigMap", "PersistentVolumeClaim", "ResourceQuota", "StatefulSet", "CronJob", "Role", "Database",
    }  # fmt: skip
    assert changes["PersistentVolumeClaim"] == ["spec.resources.requests.storage"]
    parents = {each.urn: entry(each) for each in larger.resources}
    assert [impact.replacement(each, parents) for each in found] == [None] * len(found)


def test_in_prod_its_data_and_its_database_are_protected_until_the_entry_is_retired() -> None:
    def protected(recording: Recording) -> dict[str, bool]:
        volume = recording.find(type="PersistentVolumeClaim", name="epidemiology-cases-data")
        database = recording.find(type="postgresql:index/database:Database", name="epidemiology-cases")
        return {
            "volume": bool(volume.options.get("protect")),
            "kept": bool(volume.options.get("retainOnDelete")),
            "database": bool(database.options.get("protect")),
        }

    retired = [TEAMS[0] | {"databases": [DATABASE | {"retired": True}]}, TEAMS[1]]
    assert protected(platform()) == {"volume": True, "kept": True, "database": True}
    assert protected(build_from(settings(retired))) == {"volume": False, "kept": False, "database": False}


def test_of_a_retired_database_the_owner_alone_can_log_in_and_nothing_goes() -> None:
    retired = build_from(settings([TEAMS[0] | {"databases": [DATABASE | {"retired": True}]}, TEAMS[1]]))
    assert {each.urn for each in platform().resources} == {each.urn for each in retired.resources}
    open_to = {
        each.inputs["name"]
        for each in retired.select(type="postgresql:index/role:Role")
        if each.inputs["name"].startswith("cases_") and each.inputs["login"]
    }
    assert open_to == {"cases_owner", "cases_backup"}


def with_credentials(*generations: int) -> Recording:
    return build_from(settings([TEAMS[0] | {"databases": [DATABASE | {"credentials": list(generations)}]}, TEAMS[1]]))


def logins(recording: Recording) -> dict[str, Any]:
    return {
        each.inputs["name"]: each.inputs
        for each in recording.select(type="postgresql:index/role:Role")
        if each.inputs["name"].startswith("cases_") and each.inputs["login"]
    }


def test_a_further_generation_of_credentials_adds_logins_that_act_as_the_roles_and_closes_none() -> None:
    both = logins(with_credentials(1, 2))
    assert set(both) == set(logins(platform())) | {
        "cases_owner_2", "cases_writer_2", "cases_reader_2", "cases_reader_reporting_2",
    }  # fmt: skip
    assert both["cases_owner_2"]["roles"] == [both["cases_owner_2"]["assumeRole"]]
    changed = [each for each in compared(platform(), with_credentials(1, 2)) if each.kind != "added"]
    # The Secrets alone change, and they change in place: what clients use goes on working.
    assert {impact.kind(each.entry) for each in changed} <= {"Secret"}


def test_an_old_generation_goes_with_its_passwords_and_the_roles_stay() -> None:
    second = with_credentials(2)
    assert set(logins(second)) == {
        "cases_owner_2", "cases_writer_2", "cases_reader_2", "cases_reader_reporting_2", "cases_backup",
    }  # fmt: skip
    owner = next(
        each for each in second.select(type="postgresql:index/role:Role") if each.inputs["name"] == "cases_owner"
    )
    assert "password" not in owner.inputs
    third = with_credentials(2, 3)
    gone = {each.entry["name"] for each in compared(with_credentials(1, 2), third) if each.kind == "removed"}
    assert gone == {f"epidemiology-cases-{kind}" for kind in ("owner", "writer", "reader")} | {
        "epidemiology-cases-reporting-reader-reporting"
    }


def test_the_number_of_its_resources_stays_small() -> None:
    bare = build_from(settings([TEAMS[1]]))
    one = build_from(settings([TEAMS[1] | {"databases": [{"name": "figures"}]}]))
    team = bare.find(type="etl-platform:team:Team")
    assert len(bare.descendants(team.urn)) + 1 <= 18
    assert len(one.resources) - len(bare.resources) <= 33 + 14  # the database, and its backups


def test_what_lives_inside_a_retired_databases_server_goes_with_the_server_and_needs_no_answer_of_it() -> None:
    def kept(recording: Recording) -> set[str]:
        inside = [each for each in recording.resources if each.type.startswith("postgresql:") and "cases" in each.name]
        assert inside
        return {each.name for each in inside if each.options.get("retainOnDelete")}

    retired = build_from(settings([TEAMS[0] | {"databases": [DATABASE | {"retired": True}]}, TEAMS[1]]))
    assert kept(platform()) == set()
    assert kept(retired) == {
        each.name for each in retired.resources if each.type.startswith("postgresql:") and "cases" in each.name
    }
