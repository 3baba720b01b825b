"""From the contract's entries to the components' arguments: settings on the left, typed arguments on the right."""

from collections.abc import Mapping
from pathlib import Path

from components.databases import Timeouts
from components.databases.backup import BackupPolicy, Keep
from components.databases.object_store import ObjectStore
from components.docker import Registry
from components.identity import Directory, GroupClaim, Mail, OidcProvider, Outward, RealmArgs
from components.identity.permissions import TEAM_TITLES, Title, slug
from components.network import Access, CertificateAuthorityArgs
from components.observability.routing import Receivers, Slack, Webhook
from components.services import ServiceRequest
from components.spark import EventLog, JobRequest, PodSize, SparkRequest
from components.team import DatabaseRequest, TeamArgs
from components.workload import Compute
from stacks import confidential, jobs
from stacks.contract.addresses import port_of
from stacks.contract.durations import milliseconds
from stacks.profiles import Profile
from stacks.settings import Access as AccessEntry
from stacks.settings import Alerts, Settings
from stacks.settings import Backup as BackupEntry
from stacks.settings import Database as DatabaseEntry
from stacks.settings import Job as JobEntry
from stacks.settings import Service as ServiceEntry
from stacks.settings import Spark as SparkEntry
from stacks.settings import Team as TeamEntry

# A driver plans and collects; the rows go through the executors.
DRIVER = PodSize(cores=1, memory=1024, python=True)

SERVICE_BURST = 4
"""How many times the CPU that it is sure of a service may use."""

HTTPS = 443
"""Where Slack and PagerDuty answer."""

TITLES: Mapping[str, Title] = {slug(title): title for title in TEAM_TITLES}
"""The roles in a team, by their names in the config."""


def access(entry: AccessEntry) -> Access:
    """How services, or the edge, are reached from outside the cluster."""
    return Access(via=entry.via, address=entry.address, sources=tuple(str(block) for block in entry.sources))


def authority(settings: Settings, profile: Profile) -> CertificateAuthorityArgs:
    """Who signs the environment's certificates, and for how long."""
    return CertificateAuthorityArgs(
        organization=settings.domain,
        validity_hours=profile.authority_hours,
        certificate_hours=profile.certificate_hours,
        renewal_hours=profile.renewal_hours,
    )


def realm(name: str, settings: Settings, profile: Profile, frontend: str | None = None) -> RealmArgs:
    """How people log in to this environment; `frontend` is its https origin where that has a port."""
    return RealmArgs(
        name=name,
        environment=settings.environment,
        frontend=frontend or f"https://app.{settings.domain}",
        administrator_otp=profile.administrator_otp,
        password_policy=profile.password_policy,
        lockout=profile.lockout,
        events_days=profile.events_days,
        mail=mail(settings),
        provider=provider(settings),
        directory=directory(settings),
    )


def directory(settings: Settings) -> Directory | None:
    """The directory whose people log in, with the platform's password there from the stack's secrets."""
    entry = settings.identity.directory
    if entry is None:
        return None
    password = confidential.value(confidential.DIRECTORY_PASSWORD)
    return Directory(url=entry.url, kind=entry.kind, users=entry.users, bind=entry.bind, password=password)


def trusted(settings: Settings) -> str | None:
    """The authorities, in PEM, of what Keycloak reaches outside."""
    asked = (settings.identity.provider, settings.identity.directory)
    return "\n".join(each.ca_certificate for each in asked if each and each.ca_certificate) or None


def provider(settings: Settings) -> OidcProvider | None:
    """Where else people log in, with the platform's secret there from the stack's secrets."""
    entry = settings.identity.provider
    if entry is None:
        return None
    return OidcProvider(
        name=entry.name,
        issuer=entry.issuer,
        authorization_url=entry.authorization_url,
        token_url=entry.token_url,
        jwks_url=entry.jwks_url,
        logout_url=entry.logout_url,
        client_id=entry.client_id,
        client_secret=confidential.value(confidential.PROVIDER_SECRET),
        groups_claim=entry.groups_claim,
        groups=[GroupClaim(each.value, each.group) for each in entry.groups],
    )


def mail(settings: Settings) -> Mail | None:
    """The realm's mail server, with its password from the stack's secrets."""
    entry = settings.identity.mail
    if entry is None:
        return None
    return Mail(
        host=entry.host,
        port=entry.port,
        sender=entry.sender,
        encryption=entry.encryption,
        username=entry.username,
        password=confidential.value(confidential.MAIL_PASSWORD) if entry.username else None,
    )


def receivers(settings: Settings) -> Receivers:
    """By which ways people are told of alerts, with what nobody may read from the stack's secrets."""
    asked = settings.observability.alerts if settings.observability else Alerts()
    slack = Slack(asked.slack_channel, confidential.value(confidential.SLACK_URL)) if asked.slack_channel else None

    def webhook(url: str | None, token: tuple[str, str]) -> Webhook | None:
        return Webhook(url, confidential.optional(token)) if url else None

    return Receivers(
        owners=asked.owners,
        teams={team.name: team.owners for team in settings.teams},
        mail=mail(settings),
        webhook=webhook(asked.webhook, confidential.WEBHOOK_TOKEN),
        slack=slack,
        pagerduty=confidential.value(confidential.PAGERDUTY_KEY) if asked.pagerduty else None,
        watchdog=Webhook(asked.watchdog, confidential.optional(confidential.WATCHDOG_TOKEN))
        if asked.watchdog
        else None,
        trusted=asked.ca_certificate,
    )


def alerted(settings: Settings) -> list[Outward]:
    """What these ways reach outside the cluster."""
    asked, server = settings.observability.alerts if settings.observability else Alerts(), settings.identity.mail
    ports = {port_of(url) for url in (asked.webhook, asked.watchdog) if url}
    ports |= {HTTPS} if asked.slack_channel or asked.pagerduty else set()
    found = [Outward(asked.networks, port) for port in sorted(ports)]
    return found + ([Outward(server.networks, server.port)] if server else [])


def outward(settings: Settings) -> list[Outward]:
    """What Keycloak reaches outside the cluster."""
    server, upstream = settings.identity.mail, settings.identity.provider
    found = [Outward(server.networks, server.port)] if server else []
    if upstream:
        ports = sorted({port_of(upstream.token_url), port_of(upstream.jwks_url)})
        found += [Outward(upstream.networks, port) for port in ports]
    if people := settings.identity.directory:
        found.append(Outward(people.networks, port_of(people.url)))
    return found


def team(entry: TeamEntry, settings: Settings, profile: Profile) -> TeamArgs:
    """A team's entry, with what it leaves open filled in from the stack's settings and the profile."""
    return TeamArgs(
        name=entry.name,
        databases=[request(database, settings, profile) for database in entry.databases],
        spark=spark(entry.spark, settings.folder) if entry.spark else None,
        services=[service(each, settings.folder, profile) for each in entry.services],
    )


def service(entry: ServiceEntry, folder: Path, profile: Profile) -> ServiceRequest:
    """A service's entry, with what it leaves open filled in; its context lies in `folder`."""
    asked = entry.resources
    return ServiceRequest(
        name=entry.name,
        image=entry.image,
        context=folder / entry.context if entry.context else None,
        port=entry.port,
        host=entry.host or entry.name,
        login=entry.login == "required",
        titles=[TITLES[each] for each in entry.roles],
        databases=tuple(entry.databases),
        health=entry.health,
        replicas=entry.replicas or profile.service_replicas,
        compute=Compute(cpu=asked.cpu, cpu_limit=SERVICE_BURST * asked.cpu, memory=asked.memory_mib),
        environment={each.name: each.value for each in entry.environment},
    )


def spark(entry: SparkEntry, folder: Path) -> SparkRequest:
    """A team's Spark workspace and its jobs, whose files lie in `folder`."""
    return SparkRequest(
        max_executors=entry.max_executors,
        executor=PodSize(cores=entry.executor_cores, memory=entry.executor_memory_mib),
        driver=DRIVER,
        jobs=[job(each, entry, folder) for each in entry.jobs],
    )


def job(entry: JobEntry, workspace: SparkEntry, folder: Path) -> JobRequest:
    """A job's entry, with what it leaves open filled in from its team's workspace."""
    file, asked = jobs.read(folder, entry.file), entry.resources
    return JobRequest(
        name=entry.name,
        content=file.content,
        sql=file.sql,
        schedule=entry.schedule,
        time_zone=entry.time_zone or "UTC",
        executors=asked.executors or workspace.max_executors,
        executor=PodSize(
            cores=asked.executor_cores or workspace.executor_cores,
            memory=asked.executor_memory_mib or workspace.executor_memory_mib,
        ),
        driver=PodSize(cores=asked.driver_cores, memory=asked.driver_memory_mib, python=True),
        suspend=entry.suspend,
    )


def event_log(settings: Settings, profile: Profile) -> EventLog:
    """How Spark's event logs are kept."""
    entry = settings.event_logs
    return EventLog(entry.access_mode or profile.event_log, entry.storage_class or settings.storage_class)


def registry(settings: Settings) -> Registry | None:
    """Where the stack publishes the image of its jobs."""
    entry = settings.registry
    return Registry(entry.server, entry.prefix, entry.pull_secret) if entry else None


def object_store(settings: Settings) -> ObjectStore | None:
    """The store that the stack names for its backups."""
    entry = settings.backup_store
    if entry is None:
        return None
    return ObjectStore(
        endpoint=entry.endpoint,
        bucket=entry.bucket,
        region=entry.region,
        prefix=entry.prefix or settings.environment,
        secret=entry.secret,
        networks=entry.networks,
        ca_certificate=entry.ca_certificate,
    )


def backup(entry: BackupEntry | None, profile: Profile) -> BackupPolicy | None:
    """A database's backups as asked for, or the profile's: there is no way to have fewer than those."""
    if entry is None:
        return profile.backup
    keep = Keep(last=entry.keep.last, daily=entry.keep.daily, weekly=entry.keep.weekly, monthly=entry.keep.monthly)
    return BackupPolicy(schedule=entry.schedule, keep=keep, time_zone=entry.time_zone, drill=entry.drill)


def request(entry: DatabaseEntry, settings: Settings, profile: Profile) -> DatabaseRequest:
    """A database's entry, with durations in milliseconds."""
    asked = {name: milliseconds(duration) for name, duration in entry.timeouts or () if duration}
    return DatabaseRequest(
        name=entry.name,
        size=entry.size,
        version=entry.version or settings.postgres_version or profile.postgres_version,
        extensions=tuple(entry.extensions),
        readers=tuple(entry.readers),
        spark_readers=tuple(team.name for team in settings.teams if team.spark and team.name in entry.readers),
        storage_class=entry.storage_class or settings.storage_class,
        high_availability=entry.high_availability,
        retired=entry.retired,
        credentials=tuple(entry.credentials),
        backup=backup(entry.backup, profile),
        connection_limit=entry.connection_limit,
        timeouts=Timeouts(asked.get("statement"), asked.get("idle_in_transaction")),
        transaction_timeout=asked.get("transaction"),
    )
