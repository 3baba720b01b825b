import pytest
from pydantic import ValidationError

from stacks.contract import addresses, durations, names, stores
from stacks.contract.tiers import CONNECTIONS
from stacks.settings import SettingsError, growing_fields, immutable_fields, load_mapping
from transforms.documents.problems import Refused

ADA = ["ada@example.com"]


def test_a_stack_without_further_words_gets_the_defaults() -> None:
    settings = load_mapping({"domain": "dev.etl.example.com", "teams": [{"name": "lab", "owners": ADA, "spark": {}}]})
    assert (settings.environment, settings.profile, settings.context) == ("dev", "dev", None)
    assert (settings.access.via, settings.access.sources) == ("cluster_ip", ())
    team = settings.teams[0]
    assert team.databases == ()
    assert team.spark is not None
    assert (team.spark.max_executors, team.spark.executor_cores, team.spark.executor_memory_mib) == (2, 1, 2048)


def test_a_database_without_further_words_is_small_and_for_its_own_team() -> None:
    teams = [{"name": "lab", "owners": ADA, "databases": [{"name": "daily_cases"}]}]
    database = load_mapping({"domain": "dev.etl.example.com", "teams": teams}).teams[0].databases[0]
    assert (database.size, database.version, database.readers, database.extensions) == ("small", None, (), ())
    assert (database.backup, database.retired, database.kubernetes_name) == (None, False, "daily-cases")


def test_settings_cannot_be_changed_after_they_were_checked() -> None:
    settings = load_mapping({"domain": "dev.etl.example.com"})
    with pytest.raises(ValidationError):
        settings.domain = "other.example.com"


def test_an_unnamed_team_is_an_error_in_plain_values_too() -> None:
    with pytest.raises(SettingsError) as caught:
        load_mapping({"domain": "dev.etl.example.com", "teams": [{"owners": ADA}]})
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [(None, "teams[0].name")]


def test_what_must_not_change_is_said_with_its_reason() -> None:
    fields = immutable_fields()
    assert set(fields) == {
        "postgres_version",
        "storage_class",
        "teams[].name",
        "teams[].databases[].high_availability",
        "teams[].databases[].name",
        "teams[].databases[].version",
        "teams[].databases[].storage_class",
    }
    assert all(len(reason.split()) > 4 for reason in fields.values())


def test_a_disk_may_only_grow() -> None:
    assert list(growing_fields()) == ["teams[].databases[].size"]


@pytest.mark.parametrize(
    ("memory", "size"), [("2Gi", 2**31), ("2G", 2 * 10**9), ("1.5Gi", 3 * 2**29), ("512Mi", 2**29)]
)
def test_memory_is_known_in_bytes(memory: str, size: int) -> None:
    teams = [{"name": "lab", "owners": ADA, "spark": {"executor_memory": memory}}]
    spark = load_mapping({"domain": "dev.etl.example.com", "teams": teams}).teams[0].spark
    assert spark is not None
    assert spark.executor_memory_bytes == size


@pytest.mark.parametrize(
    ("duration", "expected"),
    [("1s", 1000), ("30s", 30_000), ("5min", 300_000), ("2h", 7_200_000), ("86400s", 86_400_000)],
)
def test_a_duration_is_known_in_milliseconds(duration: str, expected: int) -> None:
    assert durations.check_duration(duration) == duration
    assert durations.milliseconds(duration) == expected


@pytest.mark.parametrize(
    ("wrong", "meant"), [("5m", "5min"), ("30 sec", "30s"), ("2hours", "2h"), ("90h", ""), ("1d", "")]
)
def test_a_duration_in_another_notation_is_refused_with_what_was_probably_meant(wrong: str, meant: str) -> None:
    with pytest.raises(Refused) as caught:
        durations.check_duration(wrong)
    assert caught.value.suggestion == meant


def test_a_database_without_further_words_has_no_limits_of_its_own() -> None:
    teams = [{"name": "lab", "owners": ADA, "databases": [{"name": "cases"}]}]
    database = load_mapping({"domain": "dev.etl.example.com", "teams": teams}).teams[0].databases[0]
    assert (database.connection_limit, database.timeouts) == (None, None)


@pytest.mark.parametrize(
    ("profile", "size", "most"),
    [(profile, size, most) for profile in CONNECTIONS for size, most in CONNECTIONS[profile].items()],
)
def test_a_database_may_have_all_connections_of_its_size_and_not_one_more(profile: str, size: str, most: int) -> None:
    def load(limit: int) -> None:
        database = {"name": "cases", "size": size, "connection_limit": limit}
        teams = [{"name": "lab", "owners": ADA, "databases": [database]}]
        load_mapping({"domain": "etl.example.com", "profile": profile, "teams": teams}, profile)

    load(most)
    with pytest.raises(SettingsError, match=rf"expected (at most {most}|a whole number from 4 to 400)"):
        load(most + 1)


def test_the_longest_names_still_fit_everything_that_is_derived_from_them() -> None:
    team, database = "t" * names.TEAM_MAX, "d" * names.DATABASE_MAX
    assert names.check_team(team) == team
    assert names.check_database(database) == database
    namespaces = (names.data_namespace(team), names.spark_namespace(team), names.services_namespace(team))
    assert max(map(len, namespaces)) == names.KUBERNETES_LABEL_MAX
    roles = (names.owner_role(database), names.writer_role(database), names.reader_role(database))
    assert max(map(len, roles)) <= names.POSTGRES_NAME_MAX


def test_a_reading_team_has_a_role_of_its_own() -> None:
    assert names.reader_role("cases", "field-office") == "cases_reader_field-office"


def test_a_store_without_further_words_takes_public_addresses_and_a_usual_secret() -> None:
    given = {"endpoint": "https://s3.example.com", "bucket": "etl-backups"}
    store = load_mapping({"domain": "dev.etl.example.com", "backup_store": given}).backup_store
    assert store is not None
    assert (store.region, store.prefix, store.secret, store.ca_certificate) == ("us-east-1", None, "backup-store", None)
    assert store.networks == ("0.0.0.0/0", "::/0")


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [("https://s3.example.com", 443), ("https://s3.example.com:9000", 9000), ("https://192.0.2.1:65535", 65535)],
)
def test_the_port_of_a_store_is_known(endpoint: str, port: int) -> None:
    assert stores.check_endpoint(endpoint) == endpoint
    assert stores.port_of(endpoint) == port


@pytest.mark.parametrize(
    ("wrong", "because", "meant"),
    [
        ("http://s3.example.com", "backups and credentials do not travel in the clear", ""),
        ("https://s3.example.com:65536", "ports end at 65535", ""),
        ("https://s3.example.com/", "bucket and prefix have keys of their own", "https://s3.example.com"),
        ("s3.example.com", "", "https://s3.example.com"),
        ("https://ada:pass@s3.example.com", "", ""),
        ("https://s3.example.com\n", "bucket and prefix have keys of their own", "https://s3.example.com"),
        ("https://", "", ""),
    ],
)
def test_what_is_no_address_of_a_store_is_refused_with_what_was_meant(wrong: str, because: str, meant: str) -> None:
    with pytest.raises(Refused) as caught:
        stores.check_endpoint(wrong)
    assert (caught.value.because, caught.value.suggestion) == (because, meant)


@pytest.mark.parametrize(
    "wrong", ["-bucket", "bucket-", "b..t", "b.-t", "192.168.0.1", "Bucket", "b_t", "ab", "b" * 64]
)
def test_a_bucket_that_some_store_would_not_take_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        stores.check_bucket(wrong)


@pytest.mark.parametrize("wrong", ["", "/dev", "dev/", "dev//x", "../dev", "dev/..", "de v", "dev\n", "d" * 201])
def test_a_prefix_that_would_need_escapes_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        stores.check_prefix(wrong)


@pytest.mark.parametrize(
    ("wrong", "because", "meant"),
    [
        ("http://alerts.example.com", "what goes wrong here is not told in the clear", ""),
        ("alerts.example.com/etl", "", "https://alerts.example.com/etl"),
        ("https://ada:pass@alerts.example.com", "", ""),
    ],
)
def test_what_takes_alerts_is_reached_over_tls_alone(wrong: str, because: str, meant: str) -> None:
    with pytest.raises(Refused) as caught:
        addresses.check_webhook_url(wrong)
    assert (caught.value.because, caught.value.suggestion) == (because, meant)
