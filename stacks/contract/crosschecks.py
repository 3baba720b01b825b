"""Checks over entries: what is sound in itself and yet wrong beside another entry.

They read the file's plain values, not the model, so that they still find their mistakes when another entry is broken.
What is not of the right form is left to the model's own errors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks import jobs
from stacks.contract import identity_checks, names, observability_checks, on_docker, services_checks, tiers
from stacks.contract.entries import listed, on_line, report, teams, text, unique_in_team
from stacks.contract.quantities import memory_bytes
from transforms.documents.problems import Loc, Refused, expected, nearest, quoted
from transforms.documents.source import Source

PERIODS = ("daily", "weekly", "monthly")
TRANSACTION_TIMEOUT_SINCE = 17
LISTS_WITHOUT_REPEATS = ("owners", "extensions", "readers", "from", "credentials", "networks", "roles", "databases")


@dataclass(frozen=True)
class _Database:
    loc: Loc
    team: str
    entry: dict[str, Any]

    @property
    def name(self) -> str:
        return text(self.entry.get("name"))

    @property
    def readers(self) -> list[tuple[Loc, str]]:
        return [
            ((*self.loc, "readers", index), text(reader))
            for index, reader in enumerate(listed(self.entry.get("readers")))
        ]


def check(source: Source) -> None:
    """Report to `source` every contradiction between entries of its tree."""
    found = list(teams(source))
    databases = list(_databases(source))
    _unique_teams(source, found)
    unique_in_team(source, "database", ((each.loc, each.entry) for each in databases))
    _distinct_objects(source, databases)
    _distinct_paths(source, databases)
    _readers(source, [name for _, name in found if name], databases)
    _reader_roles(source, databases)
    _connection_secrets(source, databases)
    _connection_limits(source, databases)
    _transaction_timeouts(source, databases)
    _something_kept(source, databases)
    unique_in_team(source, "job", ((loc, job) for loc, job, _ in _jobs(source)))
    _job_schedules(source)
    _job_resources(source)
    _access(source, "access")
    _access(source, "edge")
    services_checks.check(source)
    on_docker.check(source)
    identity_checks.check(source)
    observability_checks.check(source)
    _no_repeats(source, source.tree, ())


def check_job_files(source: Source, folder: Path) -> None:
    """Report to `source` what is wrong with the job files, in `folder`, that its entries name."""
    for loc, job, _ in _jobs(source):
        file = text(job.get("file"))
        if file and not source.is_covered((*loc, "file")):
            team = text(source.tree["teams"][loc[1]].get("name"))
            for problem in jobs.problems(folder, file, _connections(source, team)):
                source.report((*loc, "file"), problem, cover=False)


def _connections(source: Source, team: str) -> dict[str, bool]:
    """The databases that a team's jobs find, and whether they may write there."""
    databases = list(_databases(source))
    own = {each.name: True for each in databases if each.team == team}
    others = {
        f"{each.team}.{each.name}": False
        for each in databases
        if each.team != team and any(reader == team for _, reader in each.readers)
    }
    return own | others


def _unique_teams(source: Source, found: list[tuple[Loc, str]]) -> None:
    first: dict[str, Loc] = {}
    for loc, name in found:
        if name in first:
            where = on_line(source, first[name])
            message = f"the team {quoted(name)} stands here twice, first {where}. Merge the two entries or rename one."
            report(source, (*loc, "name"), message)
        elif name:
            first[name] = loc


def _distinct_objects(source: Source, databases: list[_Database]) -> None:
    """`cases` has objects `cases-backup` and so on, so no database beside it can be called `cases_backup`."""
    place = {(database.loc[:2], database.name): database.loc for database in databases}
    for database in databases:
        for suffix in names.OBJECT_SUFFIXES:
            other = database.name.removesuffix(f"_{suffix}")
            loc = place.get((database.loc[:2], other))
            if loc and other != database.name:
                taken = f"{names.kubernetes_name(other)}-{suffix}"
                message = (
                    f"the name {quoted(database.name)} is taken: the database {other} {on_line(source, loc)} "
                    f"has objects called {taken}. Rename one."
                )
                report(source, (*database.loc, "name"), message)


def _distinct_paths(source: Source, databases: list[_Database]) -> None:
    """Team `a-b` with `c` and team `a` with `b_c` would both call their objects `a-b-c`."""
    first: dict[str, _Database] = {}
    for database in databases:
        if not database.name or not database.team:
            continue
        full = f"{database.team}-{names.kubernetes_name(database.name)}"
        other = first.setdefault(full, database)
        if other.team != database.team:
            message = (
                f"the name {quoted(database.name)} cannot be told apart: team and database together read {full}, "
                f"and so do those of {other.name} of team {other.team} {on_line(source, other.loc)}. Rename one."
            )
            report(source, (*database.loc, "name"), message)


def _readers(source: Source, names_of_teams: list[str], databases: list[_Database]) -> None:
    for database in databases:
        others = [name for name in names_of_teams if name != database.team]
        for loc, reader in database.readers:
            if not reader or reader in others:
                continue
            if reader == database.team:
                message = "a team reads its own databases without being named here. Remove it."
            elif others:
                near = nearest(reader, others)
                known = "" if near or len(others) > 8 else f"The file's other teams: {', '.join(sorted(set(others)))}."
                message = expected(
                    "the name of another team in this file", quoted(reader), suggestion=near, advice=known
                )
            else:
                message = expected(
                    "the name of another team in this file", quoted(reader), advice="The file has no other team."
                )
            report(source, loc, message)


def _reader_roles(source: Source, databases: list[_Database]) -> None:
    for database in databases:
        asked = listed(database.entry.get("credentials"))
        generations = [each for each in asked if isinstance(each, int) and each <= names.GENERATION_MAX] or [1]
        for loc, reader in database.readers:
            role = max(
                (names.login_role(names.reader_role(database.name, reader), each) for each in generations), key=len
            )
            if database.name and reader and len(role) > names.POSTGRES_NAME_MAX:
                message = (
                    f"the role {role} would have {len(role)} characters, and PostgreSQL takes "
                    f"{names.POSTGRES_NAME_MAX}. Shorten the database's name."
                )
                report(source, loc, message)


def _connection_secrets(source: Source, databases: list[_Database]) -> None:
    """A reader finds the connection to `cases` of team `a` in its own namespace as `a-cases`, beside its own."""
    own: dict[str, dict[str, _Database]] = defaultdict(dict)
    for database in databases:
        own[database.team].setdefault(names.kubernetes_name(database.name), database)
    for database in databases:
        remote = f"{database.team}-{names.kubernetes_name(database.name)}"
        for loc, reader in database.readers:
            clash = own.get(reader, {}).get(remote)
            if clash and database.name and reader != database.team:
                message = (
                    f"team {reader} has a database {clash.name} of its own ({on_line(source, clash.loc)}), and the "
                    f"connection to this one would have the same name, {remote}. Rename one of the databases."
                )
                report(source, loc, message)


def _connection_limits(source: Source, databases: list[_Database]) -> None:
    """What is reserved for the platform comes on top, so a database may have all connections of its size."""
    profile = source.tree.get("profile")
    sizes = tiers.CONNECTIONS.get(profile, {}) if isinstance(profile, str) else {}
    for database in databases:
        size, limit = database.entry.get("size", "small"), database.entry.get("connection_limit")
        most = sizes.get(size) if isinstance(size, str) else None
        if most and isinstance(limit, int) and limit > most:
            message = expected(
                f"at most {most}, the connections that a {size} database has in {profile}",
                str(limit),
                advice="Lower the limit or ask for a larger size." if size != "large" else "Lower the limit.",
            )
            report(source, (*database.loc, "connection_limit"), message)


def _transaction_timeouts(source: Source, databases: list[_Database]) -> None:
    """Where neither entry nor stack names a version, the profile's holds, and each profile's knows the limit."""
    for database in databases:
        timeouts = database.entry.get("timeouts")
        version = str(database.entry.get("version", source.tree.get("postgres_version")))
        asked = isinstance(timeouts, dict) and isinstance(timeouts.get("transaction"), str)
        if asked and version.isascii() and version.isdigit() and int(version) < TRANSACTION_TIMEOUT_SINCE:
            message = (
                f"PostgreSQL {version} has no such limit; {TRANSACTION_TIMEOUT_SINCE} is the first that does. "
                "Remove the line, or use statement and idle_in_transaction."
            )
            report(source, (*database.loc, "timeouts", "transaction"), message)


def _something_kept(source: Source, databases: list[_Database]) -> None:
    for database in databases:
        backup = database.entry.get("backup")
        keep = backup.get("keep") if isinstance(backup, dict) else None
        if (
            isinstance(keep, dict)
            and set(keep) <= {"last", *PERIODS}
            and all(number == 0 and number is not False for period, number in keep.items() if period in PERIODS)
        ):
            report(
                source,
                (*database.loc, "backup", "keep"),
                "expected at least one of daily, weekly, monthly to be more than 0; no older copy would be kept.",
            )


def _job_schedules(source: Source) -> None:
    for loc, job, _ in _jobs(source):
        for key in ("time_zone", "suspend"):
            if key in job and "schedule" not in job:
                message = "only a schedule has a use for it, and this job has none. Remove the line or add a schedule."
                report(source, (*loc, key), message)


def _job_resources(source: Source) -> None:
    """A job that asks for more than its team's workspace has would never start."""
    for loc, job, spark in _jobs(source):
        asked = job.get("resources")
        for key, of_team, default in (
            ("executors", "max_executors", 2),
            ("executor_cores", "executor_cores", 1),
            ("executor_memory", "executor_memory", "2Gi"),
        ):
            if not isinstance(asked, dict) or key not in asked:
                continue
            most = spark.get(of_team, default)
            if _amount(asked[key]) > _amount(most) > 0:
                message = expected(
                    f"at most {most}, the team's {of_team}", str(asked[key]), advice="Lower it or raise the team's."
                )
                report(source, (*loc, "resources", key), message)


def _amount(value: object) -> int:
    """A whole number or an amount of memory, to be compared with another of its kind; 0 for what is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return memory_bytes(text(value))
    except Refused:
        return 0


def _jobs(source: Source) -> Iterator[tuple[Loc, dict[str, Any], dict[str, Any]]]:
    """The place and the entry of each job, and the Spark entry that it stands in."""
    for loc, _ in teams(source):
        spark = source.tree["teams"][loc[1]].get("spark")
        if isinstance(spark, dict):
            for index, job in enumerate(listed(spark.get("jobs"))):
                if isinstance(job, dict):
                    yield (*loc, "spark", "jobs", index), job, spark


def _access(source: Source, key: str) -> None:
    access = source.tree.get(key)
    if not isinstance(access, dict):
        return
    via = access.get("via", "cluster_ip")
    if via in ("node_port", "load_balancer") and access.get("from", []) == []:
        report(
            source,
            (key, "from"),
            f"missing; {via} opens the services to a network, so say which ranges may connect, such as [10.20.0.0/16].",
        )
    if via == "node_port" and "address" not in access:
        report(source, (key, "address"), "missing; node_port needs the host name or IP address of a node.")
    if via in ("cluster_ip", "load_balancer") and isinstance(access.get("address"), str):
        report(
            source,
            (key, "address"),
            f"only node_port has a use for an address, and this stack says {via}. Remove the line.",
        )


def _no_repeats(source: Source, tree: object, loc: Loc) -> None:
    if isinstance(tree, list):
        if loc[-1] in LISTS_WITHOUT_REPEATS:
            _no_repeat(source, tree, loc)
        for index, item in enumerate(tree):
            _no_repeats(source, item, (*loc, index))
    elif isinstance(tree, dict):
        for key, value in tree.items():
            _no_repeats(source, value, (*loc, key))


def _no_repeat(source: Source, items: list[Any], loc: Loc) -> None:
    seen: set[str] = set()
    for index, item in enumerate(items):
        if not isinstance(item, str | int):
            continue
        word = str(item).lower()
        if word in seen:
            shown = quoted(item) if isinstance(item, str) else word
            report(source, (*loc, index), f"{shown} stands in the list twice. Remove one.")
        seen.add(word)


def _databases(source: Source) -> Iterator[_Database]:
    for loc, team in teams(source):
        entry = source.tree["teams"][loc[1]]
        for index, database in enumerate(listed(entry.get("databases"))):
            if isinstance(database, dict):
                yield _Database((*loc, "databases", index), team, database)
