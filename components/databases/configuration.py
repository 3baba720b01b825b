"""The two configuration files of a PostgreSQL server."""

import re

from components.databases.privileges import MONITOR, STATUS_DATABASE

CONFIGURATION = "/etc/postgresql"
TLS = "/etc/postgresql-tls"
SOCKET = "/var/run/postgresql"

LOOPBACK = ("127.0.0.1/32", "::1/128")


def network_rules(*monitor_from: str) -> list[str]:
    """Who may come over the network, a line of pg_hba.conf each; the first match wins.

    Every way in is TLS with a scram password. The maintenance databases, open to PUBLIC by birth, are the superuser's;
    one of them, and the database of the backups' outcomes, also the exporter's. The last line says what is refused
    instead of leaving it to a default.

    Args:
        monitor_from: the addresses that the exporter comes from, as pg_hba.conf writes them.
    """
    read = f"postgres,{STATUS_DATABASE}"
    return [
        "hostssl   all                 postgres          all           scram-sha-256",
        *(f"hostssl   {read:<18}  {MONITOR}  {address:<12}  scram-sha-256" for address in monitor_from),
        f"hostssl   all                 {MONITOR}  all           reject",
        "hostssl   postgres,template1  all               all           reject",
        "hostssl   all                 all               all           scram-sha-256",
        "hostnossl all                 all               all           reject",
    ]


# `peer` on the socket is for the server's own user inside its container. The exporter lives in the server's own pod and
# comes from nowhere else.
PG_HBA = "\n".join(
    [
        "# TYPE    DATABASE            USER              ADDRESS       METHOD",
        "local     all                 postgres                        peer",
        *network_rules(*LOOPBACK),
        "local     all                 all                             reject\n",
    ]
)


# Beside the clients' connections, so that a full house locks out neither the platform nor whoever looks into it.
SUPERUSER_RESERVED = 3  # the engine's provider, and a person who puts something right
RESERVED = 3  # for backups: the snapshot's session, the dump, the report. From 16 on clients cannot take these either
MONITORING = 2  # for the exporter, which keeps one open in each database that it reads. Likewise from 16 on

# The part of the disk that one process may take for sorts and hashes. PostgreSQL itself knows no limit, and a full disk
# stops the server for everyone. A quarter, because building an index sorts in such files too: less would one day fail
# the restore of a database that is in order.
TEMPORARY_SHARE = 4

# The official image holds no pgaudit, an image derived from it may; which one it is, only the container can tell. With
# it, statements are logged once, by pgaudit, which blackens passwords; without it, log_statement does what it can.
START = """\
libraries="$(pg_config --pkglibdir)"
if [ -e "$libraries/pgaudit.so" ]; then
  set -- "$@" -c shared_preload_libraries=pgaudit -c log_statement=none
fi
exec docker-entrypoint.sh "$@"
"""


def postgresql_conf(
    *, major: int, connections: int, shared_buffers: int, storage: int, transaction_timeout: int | None = None
) -> str:
    """The server's settings.

    Only what differs from PostgreSQL's default stands here, with its reason.

    Args:
        major: PostgreSQL's major version, 15 to 18.
        connections: of clients at once; what is reserved comes on top.
        shared_buffers: MiB.
        storage: of the data volume, GiB.
        transaction_timeout: milliseconds; none when None. Sessions may set another.

    Raises:
        ValueError: a transaction_timeout before 17, which has none.
    """
    if transaction_timeout is not None and major < 17:
        raise ValueError(f"PostgreSQL {major} knows no transaction_timeout; 17 is the first that does")
    return f"""\
listen_addresses = '*'
unix_socket_directories = '{SOCKET}'
hba_file = '{CONFIGURATION}/pg_hba.conf'
shared_buffers = '{shared_buffers}MB'

{_connections(major, connections)}

# TLS only (pg_hba.conf refuses the rest), with versions and curves that every current driver has.
ssl = on
ssl_cert_file = '{TLS}/tls.crt'
ssl_key_file = '{TLS}/tls.key'
ssl_min_protocol_version = 'TLSv1.2'
password_encryption = 'scram-sha-256'

# A process that needs more for sorts and hashes fails alone. Only a superuser may raise it.
temp_file_limit = '{storage * 1024 // TEMPORARY_SHARE}MB'

{_timeouts(transaction_timeout)}

{_logging(major)}
"""


def parameters(text: str) -> dict[str, str]:
    """The settings of a postgresql.conf of ours by name, without quotes."""
    return dict(re.findall(r"^([a-z_.]+) = '?(.*?)'?$", text, re.MULTILINE))


def _connections(major: int, connections: int) -> str:
    reserved = RESERVED + MONITORING if major >= 16 else 0
    lines = [
        f"max_connections = {connections + SUPERUSER_RESERVED + RESERVED + MONITORING}",
        f"superuser_reserved_connections = {SUPERUSER_RESERVED}",
        *([f"reserved_connections = {reserved}"] if reserved else []),
        "# Whoever connects and never logs in holds a place for this long; the default is a minute.",
        "authentication_timeout = '15s'",
    ]
    return "\n".join(lines)


def _timeouts(transaction_timeout: int | None) -> str:
    lines = [
        "# An open transaction that nobody continues holds its locks and keeps vacuum from its work. A session may set",
        "# another limit: this is against accidents. None on idle sessions, which poolers keep on purpose, and none on",
        "# statements: a request in the stack's config may ask for one.",
        "idle_in_transaction_session_timeout = '30min'",
        *([f"transaction_timeout = '{transaction_timeout}ms'"] if transaction_timeout is not None else []),
        "# A client that vanished without a word must not hold its locks for the two hours that Linux would wait.",
        "tcp_keepalives_idle = 60",
        "tcp_keepalives_interval = 10",
        "tcp_keepalives_count = 6",
    ]
    return "\n".join(lines)


def _logging(major: int) -> str:
    # From 18 on a list: `receipt` would add a line per probe, and nothing that the line's prefix does not say.
    connections = "'authentication,authorization'" if major >= 18 else "on"
    return f"""\
# Logs go to the container's standard error, with what an incident needs: who came and who was refused (failed logins
# are errors, always logged), who changed the structure, who waited or spilled.
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] %q%u@%d %h '
log_connections = {connections}
log_disconnections = on
log_lock_waits = on
log_temp_files = '10MB'

# Texts of other statements can hold data, and so can their parameters and an error's details ("Key (email)=(…)").
# Passwords in CREATE and ALTER ROLE are verifiers where the platform writes them, as psql's \\password does.
log_statement = 'ddl'
log_min_error_statement = 'panic'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = 'terse'

# Heard where pgaudit is loaded (see START), and only there; elsewhere these are words without a meaning.
pgaudit.log = 'role, ddl'
pgaudit.log_catalog = off
pgaudit.log_parameter = off"""
