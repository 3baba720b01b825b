#!/bin/bash
# Starts PostgreSQL; on an empty data directory it first makes the cluster, as the official image documents:
# POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD, POSTGRES_INITDB_ARGS, POSTGRES_INITDB_WALDIR (each also as
# <NAME>_FILE), POSTGRES_HOST_AUTH_METHOD, PGDATA, and the files of /docker-entrypoint-initdb.d.
set -Eeuo pipefail

SCRIPTS=/docker-entrypoint-initdb.d
# Lies in the data directory from before its first file until all is done. A directory that holds it was never
# finished and is made anew: a server killed half-way through its first start does not come up without its roles.
UNFINISHED="$PGDATA/.unfinished"

fail() {
    echo "error: $*" >&2
    exit 1
}

# take NAME [DEFAULT]: the variable's value, from the file that NAME_FILE names when that is set.
take() {
    local name=$1 file="${1}_FILE"
    if [[ -n ${!name:-} && -n ${!file:-} ]]; then
        fail "both $name and $file are set; set one of them"
    fi
    if [[ -n ${!file:-} ]]; then
        [[ -r ${!file} ]] || fail "$file names ${!file}, which cannot be read by user $(id -u)"
        printf -v "$name" '%s' "$(<"${!file}")"
    elif [[ -z ${!name:-} ]]; then
        printf -v "$name" '%s' "${2:-}"
    fi
    unset "$file"
}

wants_help() {
    local argument
    for argument in "$@"; do
        case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
    done
    return 1
}

check_password() {
    if [[ -z $POSTGRES_PASSWORD && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
        fail "the data directory is empty and the superuser has no password: set POSTGRES_PASSWORD_FILE (a file)" \
            "or POSTGRES_PASSWORD to a value that is not empty"
    fi
}

check_empty() {
    local rest
    rest=$(find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit)
    [[ -z $rest ]] || fail "$PGDATA holds $rest but no cluster (no PG_VERSION); empty it or set PGDATA to another folder"
}

make_cluster() {
    local -a arguments=()
    [[ -z $POSTGRES_INITDB_ARGS ]] || eval "arguments=($POSTGRES_INITDB_ARGS)"
    [[ -z $POSTGRES_INITDB_WALDIR ]] || arguments+=(--waldir "$POSTGRES_INITDB_WALDIR")
    mkdir "$UNFINISHED"
    # A process substitution keeps the password out of argv and off the disk.
    initdb --no-instructions --pgdata="$UNFINISHED/cluster" --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
        "${arguments[@]}"
    find "$UNFINISHED/cluster" -mindepth 1 -maxdepth 1 -exec mv --target-directory="$PGDATA" {} +
    rmdir "$UNFINISHED/cluster"
}

allow_hosts() {
    local method=${POSTGRES_HOST_AUTH_METHOD:-}
    [[ -n $method ]] || method=$(postgres -C password_encryption "${@:2}")
    printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

# Listens on the socket only: nobody can connect before the first start is done.
start_socket_server() {
    local options
    options=$(printf '%q ' "${@:2}" -c listen_addresses= -p "${PGPORT:-5432}")
    NOTIFY_SOCKET='' pg_ctl --pgdata="$PGDATA" --wait --timeout=300 --options="$options" start
}

stop_socket_server() {
    pg_ctl --pgdata="$PGDATA" --mode=fast --wait --timeout=300 stop
}

run_sql() {
    local -a options=(-v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc)
    [[ -z $POSTGRES_DB ]] || options+=(--dbname "$POSTGRES_DB")
    PGHOST='' PGHOSTADDR='' psql "${options[@]}" "$@"
}

create_database() {
    local found
    found=$(POSTGRES_DB=postgres run_sql --tuples-only --set db="$POSTGRES_DB" <<<"SELECT 1 FROM pg_database WHERE datname = :'db'")
    [[ -n $found ]] || POSTGRES_DB=postgres run_sql --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db"'
}

run_scripts() {
    local script
    for script in "$SCRIPTS"/*; do
        case $script in
            *.sh)
                echo "running $script"
                if [[ -x $script ]]; then "$script"; else . "$script"; fi
                ;;
            *.sql) echo "running $script" && run_sql --file "$script" ;;
            *.sql.gz) echo "running $script" && gunzip --stdout "$script" | run_sql ;;
            "$SCRIPTS/*") ;;
            *) echo "ignoring $script" ;;
        esac
    done
}

initialise() {
    check_password
    if [[ -d $UNFINISHED ]]; then
        echo "an earlier first start of $PGDATA was interrupted; making the cluster anew"
        find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name lost+found ! -name "${UNFINISHED##*/}" -exec rm -rf {} +
        rm -rf "$UNFINISHED"
    fi
    check_empty
    # As process 1 a shell ignores the signals that it does not trap.
    trap 'kill -TERM $(jobs -p) 2>/dev/null; pg_ctl --pgdata="$PGDATA" --mode=fast stop 2>/dev/null; exit 143' TERM INT
    make_cluster
    allow_hosts "$@"
    export PGPASSWORD=$POSTGRES_PASSWORD
    start_socket_server "$@"
    create_database
    run_scripts
    stop_socket_server
    unset PGPASSWORD
    sync --file-system "$PGDATA"
    rmdir "$UNFINISHED"
    trap - TERM INT
    echo "PostgreSQL init process complete; ready for start up."
}

main() {
    [[ ${1:-} != -* ]] || set -- postgres "$@"
    if [[ ${1:-} != postgres ]] || wants_help "${@:2}"; then
        exec "$@"
    fi
    mkdir -p "$PGDATA"
    chmod 0700 "$PGDATA" 2>/dev/null || true
    if [[ $(id -u) == 0 ]]; then
        mkdir -p /var/run/postgresql
        find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} +
        exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
    fi
    if [[ -s $PGDATA/PG_VERSION && ! -d $UNFINISHED ]]; then
        echo "PostgreSQL Database directory appears to contain a database; Skipping initialization"
    else
        take POSTGRES_USER postgres
        take POSTGRES_DB "$POSTGRES_USER"
        take POSTGRES_PASSWORD
        take POSTGRES_INITDB_ARGS
        take POSTGRES_INITDB_WALDIR
        export POSTGRES_USER POSTGRES_DB
        initialise "$@"
    fi
    unset POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE
    exec "$@"
}

main "$@"
