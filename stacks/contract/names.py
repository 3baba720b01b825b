"""Names that a team chooses, and the names that the platform derives from them.

A name becomes a Kubernetes namespace or object, a PostgreSQL database and the roles beside it, so it must satisfy all
of them at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from transforms.documents.problems import Refused

KUBERNETES_LABEL_MAX = 63
"""RFC 1123 labels: namespaces, Services and label values."""

POSTGRES_NAME_MAX = 63
"""Bytes; PostgreSQL cuts longer identifiers off silently (NAMEDATALEN is 64), and two roles could become one."""

TEAM_PATTERN = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
TEAM_MAX = KUBERNETES_LABEL_MAX - len("-services")
DATABASE_PATTERN = r"^[a-z]([a-z0-9_]*[a-z0-9])?$"
DATABASE_MAX = 40
"""Leaves room for the longest derived names: a CronJob's may have 52 characters, a role's 63."""

JOB_MAX = 40
"""A run adds the second of its start, its driver's Service nine characters more, and together they may have 63."""

SERVICE_MAX = 40
"""With the team's name before it, it becomes a client in the realm; a pod adds eleven characters to it."""

RESERVED_HOSTS = {
    "id": "people log in there",
    "app": "the frontend of the platform has its place there",
    **dict.fromkeys(("grafana", "prometheus", "alertmanager", "jaeger", "loki"), "it belongs to observability"),
}
"""Hosts below the stack's domain that are the platform's own."""

GENERATION_MAX = 999
"""The last generation of credentials; its number stands at the end of a role's name."""

SUBDOMAIN_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
SUBDOMAIN_MAX = 253

_FREE = "a name that is free"

RESERVED_TEAMS = (
    "admin", "default", "identity", "keycloak", "kube", "monitoring", "observability", "platform", "postgres", "public",
    "spark", "system",
)  # fmt: skip
RESERVED_TEAM_PREFIXES = {"platform-": "the platform", "kube-": "Kubernetes"}

RESERVED_DATABASES = {
    "postgres": "PostgreSQL has a database of this name already",
    "template0": "PostgreSQL has a database of this name already",
    "template1": "PostgreSQL has a database of this name already",
    "all": "the word has a meaning of its own in pg_hba.conf",
    "platform": "the platform keeps the outcomes of backups in a database of this name",
    "replication": "the word has a meaning of its own in pg_hba.conf",
    "samegroup": "the word has a meaning of its own in pg_hba.conf",
    "samerole": "the word has a meaning of its own in pg_hba.conf",
    "sameuser": "the word has a meaning of its own in pg_hba.conf",
}

OBJECT_SUFFIXES = (
    "backup", "ca", "config", "connection", "credentials", "exporter", "headless", "instances", "metrics", "monitoring",
    "owner", "primary", "r", "reader", "recovered", "replication", "restore", "ro", "rw", "scripts", "server", "tls",
    "writer",
)  # fmt: skip
"""What a database's further Kubernetes objects append to its name: `cases` and `cases_backup` cannot share a team."""


def data_namespace(team: str) -> str:
    """The namespace of a team's databases."""
    return f"{team}-data"


def spark_namespace(team: str) -> str:
    """The namespace of a team's Spark jobs, apart from the data: a Spark driver may read its namespace's secrets."""
    return f"{team}-spark"


def services_namespace(team: str) -> str:
    """The namespace of a team's services, apart from its data and its jobs."""
    return f"{team}-services"


def kubernetes_name(database: str) -> str:
    """A database's name where Kubernetes asks for a label: `daily_cases` becomes `daily-cases`."""
    return database.replace("_", "-")


def owner_role(database: str) -> str:
    """The PostgreSQL role that owns the database's objects."""
    return f"{database}_owner"


def writer_role(database: str) -> str:
    """The PostgreSQL role with which the owning team's jobs write."""
    return f"{database}_writer"


def reader_role(database: str, team: str | None = None) -> str:
    """The PostgreSQL role that may only read: the owning team's, or that of another team that was named as reader."""
    if team is None:
        return f"{database}_reader"
    return f"{database}_reader_{team}"


def login_role(role: str, generation: int) -> str:
    """The PostgreSQL role that logs in with a role's rights, in a generation of its credentials."""
    return role if generation == 1 else f"{role}_{generation}"


def check_team(name: str) -> str:
    """A team's name as it was given. Raises Refused when it makes no namespace or the platform needs it itself."""
    if not re.match(TEAM_PATTERN, name) or "\n" in name:
        raise Refused(suggestion=_team_suggestion(name))
    if len(name) > TEAM_MAX:
        namespace = f"the namespace {services_namespace('…')} may have {KUBERNETES_LABEL_MAX}"
        raise Refused(f"it has {len(name)}, and {namespace}", wanted=f"at most {TEAM_MAX} characters")
    if name in RESERVED_TEAMS:
        raise Refused("the platform uses it itself", wanted=_FREE)
    for prefix, whose in RESERVED_TEAM_PREFIXES.items():
        if name.startswith(prefix):
            raise Refused(f"names that begin with {prefix} belong to {whose}", wanted=_FREE)
    return name


def check_database(name: str) -> str:
    """A database's name as it was given. Raises Refused when PostgreSQL or Kubernetes would not take it unquoted."""
    if not re.match(DATABASE_PATTERN, name) or "\n" in name:
        raise Refused(suggestion=_database_suggestion(name))
    if len(name) > DATABASE_MAX:
        raise Refused(f"it has {len(name)}", wanted=f"at most {DATABASE_MAX} characters")
    if name in RESERVED_DATABASES:
        raise Refused(RESERVED_DATABASES[name], wanted=_FREE)
    if name.startswith("pg_"):
        raise Refused("names that begin with pg_ belong to PostgreSQL", wanted=_FREE)
    return name


def check_job(name: str) -> str:
    """A job's name as it was given. Raises Refused when no Service of its runs could be called so."""
    if not re.match(TEAM_PATTERN, name) or "\n" in name:
        raise Refused(suggestion=_if_accepted(_hyphenated(name), name, check_job))
    if len(name) > JOB_MAX:
        raise Refused(f"it has {len(name)}", wanted=f"at most {JOB_MAX} characters")
    return name


def check_service(name: str) -> str:
    """A service's name as it was given. Raises Refused when no Service or pod could be called so."""
    if not re.match(TEAM_PATTERN, name) or "\n" in name:
        raise Refused(suggestion=_if_accepted(_hyphenated(name), name, check_service))
    if len(name) > SERVICE_MAX:
        raise Refused(f"it has {len(name)}", wanted=f"at most {SERVICE_MAX} characters")
    return name


def check_host(label: str) -> str:
    """A host's name below the stack's domain as it was given. Raises Refused when it is no label, or the platform's."""
    if not re.match(TEAM_PATTERN, label) or "\n" in label:
        first = label.strip().lower().split(".")[0]
        because = "the stack's domain follows by itself" if "." in label else ""
        raise Refused(because, suggestion=_if_accepted(_hyphenated(first), label, check_host))
    if len(label) > KUBERNETES_LABEL_MAX:
        raise Refused(f"it has {len(label)}", wanted=f"at most {KUBERNETES_LABEL_MAX} characters")
    if label in RESERVED_HOSTS:
        raise Refused(RESERVED_HOSTS[label], wanted=_FREE)
    return label


def check_subdomain(name: str) -> str:
    """The name of a StorageClass or a Secret as it was given. Raises Refused when it is no DNS subdomain."""
    if not re.match(SUBDOMAIN_PATTERN, name) or "\n" in name or len(name) > SUBDOMAIN_MAX:
        lower = name.strip().lower()
        raise Refused(suggestion=lower if lower != name and re.match(SUBDOMAIN_PATTERN, lower) else "")
    return name


def check_context(name: str) -> str:
    """A kubeconfig context's name as it was given. Raises Refused for outer blanks and control characters alone."""
    if len(name) > SUBDOMAIN_MAX:
        raise Refused(f"it has {len(name)}", wanted=f"at most {SUBDOMAIN_MAX} characters")
    if not name or not name.isprintable() or name != name.strip():
        raise Refused(
            "it is empty or has blanks around it"
            if not name.strip() or name.isprintable()
            else "it has control characters"
        )
    return name


def check_environment(name: str) -> str:
    """A stack's name as it was given. Raises Refused when it cannot be a Kubernetes label's value."""
    if (
        not re.match(r"^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$", name, re.ASCII)
        or "\n" in name
        or len(name) > KUBERNETES_LABEL_MAX
    ):
        raise Refused("every object carries it as a label")
    return name


def _team_suggestion(name: str) -> str:
    return _if_accepted(_hyphenated(name), name, check_team)


def _database_suggestion(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", _unaccented(name)).strip("_")
    return _if_accepted(slug, name, check_database)


def _hyphenated(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", _unaccented(name)).strip("-")


def _unaccented(name: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(each))


def _if_accepted(slug: str, name: str, check: Callable[[str], str]) -> str:
    if not slug or slug == name:
        return ""
    try:
        check(slug)
    except Refused:
        return ""
    return slug


GROUP_PATTERN = r"^/[a-z]([a-z0-9-]*[a-z0-9])?(/(data-manager|analyst))?$"
GROUP_MAX = 100
ADMINISTRATORS = "/platform-administrators"


def check_group(path: str) -> str:
    """A group of the realm as it was given. Raises Refused for what no group of the platform is called.

    Whether its team is one of the file is judged across the entries.
    """
    if not re.match(GROUP_PATTERN, path) or "\n" in path or path.startswith(f"{ADMINISTRATORS}/"):
        bare = "/" + path.strip().strip("/").lower().replace(" ", "-").replace("_", "-")
        raise Refused(suggestion=bare if bare != path and re.match(GROUP_PATTERN, bare) else "")
    return path


DISTINGUISHED_NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9-]*=[^=,]+(,[A-Za-z][A-Za-z0-9-]*=[^=,]+)*$"
DISTINGUISHED_NAME_MAX = 500


def check_distinguished_name(name: str) -> str:
    """A distinguished name of a directory as it was given. Raises Refused for anything else."""
    if not re.match(DISTINGUISHED_NAME_PATTERN, name) or "\n" in name:
        raise Refused
    return name
