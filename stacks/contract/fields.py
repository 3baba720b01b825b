"""The types of the settings: what each accepts, and what a person should write."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from stacks.contract import (
    addresses,
    durations,
    extensions,
    files,
    names,
    quantities,
    registries,
    schedules,
    services,
    stores,
)
from stacks.contract.setting import Expected


def _number_from_text(value: object) -> object:
    """`pulumi config set` writes every value at the root as text, numbers too."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9 else value


def _text(pattern: str, longest: int, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "maxLength": longest, **more})


Profile = Literal["dev", "test", "prod"]
Target = Literal["kubernetes", "docker"]
Via = Literal["cluster_ip", "node_port", "load_balancer"]
Size = Literal["small", "medium", "large"]
AccessMode = Literal["ReadWriteOnce", "ReadWriteMany"]
DirectoryKind = Literal["other", "active_directory"]
MailEncryption = Literal["starttls", "tls"]

OLDEST_POSTGRES, NEWEST_POSTGRES = 15, 18
"""The majors that the PostgreSQL project supported in November 2026, without 14, whose support ended that month."""

_MAJOR = Expected(f"a whole number from {OLDEST_POSTGRES} to {NEWEST_POSTGRES}")
PostgresVersion = Annotated[int, Field(ge=OLDEST_POSTGRES, le=NEWEST_POSTGRES), _MAJOR]
RootPostgresVersion = Annotated[
    int,
    Field(ge=OLDEST_POSTGRES, le=NEWEST_POSTGRES),
    BeforeValidator(_number_from_text),
    WithJsonSchema({"enum": [form(n) for form in (int, str) for n in range(OLDEST_POSTGRES, NEWEST_POSTGRES + 1)]}),
    _MAJOR,
]
Domain = Annotated[
    str,
    AfterValidator(addresses.check_domain),
    _text(addresses.DOMAIN_PATTERN, addresses.DOMAIN_MAX),
    Expected("a DNS name such as dev.etl.example.com"),
]
MailHost = Annotated[
    str,
    AfterValidator(addresses.check_domain),
    _text(addresses.DOMAIN_PATTERN, addresses.DOMAIN_MAX),
    Expected("a mail server's host name such as smtp.example.com"),
]
HttpsUrl = Annotated[
    str,
    AfterValidator(addresses.check_https_url),
    _text(addresses.HTTPS_URL_PATTERN, addresses.HTTPS_URL_MAX),
    Expected("an address such as https://login.example.com/token"),
]
WebhookUrl = Annotated[
    str,
    AfterValidator(addresses.check_webhook_url),
    _text(addresses.HTTPS_URL_PATTERN, addresses.HTTPS_URL_MAX),
    Expected("an address such as https://alerts.example.com/etl"),
]
LdapsUrl = Annotated[
    str,
    AfterValidator(addresses.check_ldaps_url),
    _text(addresses.LDAPS_URL_PATTERN, addresses.DOMAIN_MAX + len("ldaps://:65535")),
    Expected("a directory's address such as ldaps://ldap.example.com"),
]
DistinguishedName = Annotated[
    str,
    AfterValidator(names.check_distinguished_name),
    _text(names.DISTINGUISHED_NAME_PATTERN, names.DISTINGUISHED_NAME_MAX),
    Expected("a distinguished name such as ou=people,dc=example,dc=com"),
]
GroupPath = Annotated[
    str,
    AfterValidator(names.check_group),
    _text(names.GROUP_PATTERN, names.GROUP_MAX),
    Expected("a group such as /epidemiology, /epidemiology/analyst or /platform-administrators"),
]
Port = Annotated[int, Field(ge=1, le=65535), Expected("a port, a whole number from 1 to 65535")]
Email = Annotated[
    str,
    AfterValidator(addresses.check_email),
    _text(addresses.EMAIL_PATTERN, addresses.EMAIL_MAX),
    Expected("an e-mail address such as ada@example.com"),
]
Network = Annotated[
    str,
    AfterValidator(addresses.check_network),
    _text(r"^[0-9A-Fa-f:.]+/[0-9]{1,3}$", 49),
    Expected("a network range such as 10.20.0.0/16"),
]
NodeAddress = Annotated[
    str,
    AfterValidator(addresses.check_node_address),
    _text(r"^[0-9A-Za-z:.-]+$", 253),
    Expected("the host name or IP address of a node"),
]
Context = Annotated[
    str,
    AfterValidator(names.check_context),
    _text(r"^\S(.*\S)?$", names.SUBDOMAIN_MAX),
    Expected("the name of a kubeconfig context"),
]
StorageClass = Annotated[
    str,
    AfterValidator(names.check_subdomain),
    _text(names.SUBDOMAIN_PATTERN, names.SUBDOMAIN_MAX),
    Expected("the name of a StorageClass, such as standard"),
]
TeamName = Annotated[
    str,
    AfterValidator(names.check_team),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": names.TEAM_PATTERN,
            "maxLength": names.TEAM_MAX,
            "not": {
                "anyOf": [
                    {"enum": list(names.RESERVED_TEAMS)},
                    {"pattern": f"^({'|'.join(names.RESERVED_TEAM_PREFIXES)})"},
                ]
            },
        }
    ),
    Expected(f"lower-case letters, digits and hyphens, a letter first, at most {names.TEAM_MAX}"),
]
JobName = Annotated[
    str,
    AfterValidator(names.check_job),
    _text(names.TEAM_PATTERN, names.JOB_MAX),
    Expected(f"lower-case letters, digits and hyphens, a letter first, at most {names.JOB_MAX}"),
]
JobFile = Annotated[
    str,
    AfterValidator(files.check_job_file),
    _text(files.JOB_FILE_PATTERN, files.JOB_FILE_MAX),
    Expected("a job file below jobs/, such as jobs/covid.yaml"),
]
DatabaseName = Annotated[
    str,
    AfterValidator(names.check_database),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": names.DATABASE_PATTERN,
            "maxLength": names.DATABASE_MAX,
            "not": {"anyOf": [{"enum": list(names.RESERVED_DATABASES)}, {"pattern": "^pg_"}]},
        }
    ),
    Expected(f"lower-case letters, digits and underscores, a letter first, at most {names.DATABASE_MAX}"),
]
Generation = Annotated[
    int,
    Field(ge=1, le=names.GENERATION_MAX),
    Expected(f"a generation of credentials, a whole number from 1 to {names.GENERATION_MAX}"),
]
# No check of its form here: whether it names a team is judged across the entries, and says more.
ReaderName = Annotated[
    str, _text(names.TEAM_PATTERN, names.TEAM_MAX), Expected("the name of another team in this file")
]
Extension = Annotated[
    str,
    AfterValidator(extensions.check_extension),
    WithJsonSchema({"enum": list(extensions.EXTENSIONS)}),
    Expected("an extension that the platform allows"),
]
Schedule = Annotated[
    str,
    AfterValidator(schedules.check_schedule),
    _text(r"^\s*[^\s@]+(\s+\S+){4}\s*$", 200),
    Expected('a schedule of five fields (minute, hour, day, month, weekday) such as "15 1 * * *"'),
]
TimeZone = Annotated[
    str,
    AfterValidator(schedules.check_time_zone),
    _text(r"^(UTC|[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)+)$", 64),
    Expected("a time zone such as Europe/Berlin or UTC"),
]
Endpoint = Annotated[
    str,
    AfterValidator(stores.check_endpoint),
    _text(stores.ENDPOINT_PATTERN, stores.ENDPOINT_MAX),
    Expected("an address such as https://s3.example.com or https://s3.example.com:9000"),
]
Bucket = Annotated[
    str,
    AfterValidator(stores.check_bucket),
    _text(stores.BUCKET_PATTERN, stores.BUCKET_MAX, minLength=stores.BUCKET_MIN),
    Expected("the name of a bucket, such as etl-backups"),
]
Region = Annotated[
    str,
    AfterValidator(stores.check_region),
    _text(stores.REGION_PATTERN, stores.BUCKET_MAX),
    Expected("a region such as eu-central-1"),
]
Prefix = Annotated[
    str,
    AfterValidator(stores.check_prefix),
    _text(stores.PREFIX_PATTERN, stores.PREFIX_MAX),
    Expected("the beginning of the objects' names, such as dev or etl/dev"),
]
SecretName = Annotated[
    str,
    AfterValidator(names.check_subdomain),
    _text(names.SUBDOMAIN_PATTERN, names.SUBDOMAIN_MAX),
    Expected("the name of a Secret, such as backup-store"),
]
Certificates = Annotated[
    str,
    AfterValidator(stores.check_certificates),
    _text(stores.CERTIFICATE_PATTERN, stores.CERTIFICATES_MAX),
    Expected("certificates in PEM (-----BEGIN CERTIFICATE----- …)"),
]
RegistryServer = Annotated[
    str,
    AfterValidator(registries.check_server),
    _text(registries.SERVER_PATTERN, registries.SERVER_MAX),
    Expected("a registry's host name such as ghcr.io or registry.example.com:5000"),
]
RegistryPrefix = Annotated[
    str,
    AfterValidator(registries.check_prefix),
    _text(registries.PREFIX_PATTERN, registries.PREFIX_MAX),
    Expected("the beginning of the image's name, such as example/etl-platform"),
]
Duration = Annotated[
    str,
    AfterValidator(durations.check_duration),
    _text(durations.DURATION_PATTERN, 8),
    Expected("a duration such as 30s, 5min or 2h"),
]
Memory = Annotated[
    str,
    AfterValidator(quantities.check_executor_memory),
    _text(quantities.MEMORY_PATTERN, 16),
    Expected(f"an amount of memory from {quantities.LEAST_MEMORY} to {quantities.MOST_MEMORY}, such as 2Gi"),
]
DriverMemory = Annotated[
    str,
    AfterValidator(quantities.check_driver_memory),
    _text(quantities.MEMORY_PATTERN, 16),
    Expected(f"an amount of memory from {quantities.LEAST_MEMORY} to {quantities.MOST_MEMORY}, such as 1Gi"),
]
ServiceMemory = Annotated[
    str,
    AfterValidator(quantities.check_service_memory),
    _text(quantities.MEMORY_PATTERN, 16),
    Expected(f"an amount of memory from {quantities.LEAST_SERVICE_MEMORY} to {quantities.MOST_MEMORY}, such as 256Mi"),
]
ServiceName = Annotated[
    str,
    AfterValidator(names.check_service),
    _text(names.TEAM_PATTERN, names.SERVICE_MAX),
    Expected(f"lower-case letters, digits and hyphens, a letter first, at most {names.SERVICE_MAX}"),
]
ServiceImage = Annotated[
    str,
    AfterValidator(services.check_image),
    _text(services.IMAGE_PATTERN, services.IMAGE_MAX),
    Expected("an image with a version or a digest, such as ghcr.io/example/dashboard:1.4.2"),
]
ServiceContext = Annotated[
    str,
    AfterValidator(services.check_context),
    _text(services.CONTEXT_PATTERN, services.CONTEXT_MAX),
    Expected("a folder with a Dockerfile, such as examples/service"),
]
HostLabel = Annotated[
    str,
    AfterValidator(names.check_host),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": names.TEAM_PATTERN,
            "maxLength": names.KUBERNETES_LABEL_MAX,
            "not": {"enum": list(names.RESERVED_HOSTS)},
        }
    ),
    Expected("one label of a host name, such as cases; the stack's domain follows"),
]
TeamRole = Annotated[Literal["data-manager", "analyst"], Expected("data-manager or analyst")]
# Whether it is the team's own is judged across the entries, and says more.
OwnDatabase = Annotated[str, _text(names.DATABASE_PATTERN, names.DATABASE_MAX), Expected("a database of this team")]
UrlPath = Annotated[
    str,
    AfterValidator(services.check_path),
    _text(services.PATH_PATTERN, services.PATH_MAX),
    Expected("a path such as /healthz"),
]
VariableName = Annotated[
    str,
    AfterValidator(services.check_variable),
    _text(services.VARIABLE_PATTERN, services.VARIABLE_MAX),
    Expected("upper-case letters, digits and underscores, such as LOG_LEVEL"),
]
