#!/bin/bash
# Proves that the newest backup restores: into a server that exists for this run alone, inside this pod, without a
# network; as a role that is no superuser; every row count and checksum against the manifest.
#
# Further environment: EXTENSIONS (separated by blanks; created beforehand, as the platform did for the original).
. "$(dirname "$0")/common.sh"

readonly CLUSTER=${CLUSTER:-/cluster}   # a volume with room for the restored database
readonly RESTORER='drill restorer'
NAME=

cleanup() {
    local status=$?
    trap - EXIT
    [[ ! -e $CLUSTER/data/postmaster.pid ]] || pg_ctl --pgdata="$CLUSTER/data" --mode=immediate --silent stop || true
    rm -rf -- "$CLUSTER/data"
    if ((status != 0)); then
        report drill "$NAME" 0 0 "$(outcome)"
    fi
    exit "$status"
}

# here USER COMMAND…: with this pod's own server, not the team's.
here() (
    export PGHOST=$WORK PGPORT=5433 PGSSLMODE=disable PGUSER=$1
    "${@:2}"
)

check_space() {
    local need free
    need=$(($(field size "$1") * 13 / 10))     # the data, and the log that writing it makes
    free=$(df --output=avail --block-size=1 "$CLUSTER" | tail --lines=1)
    ((free >= need)) || fail "the drill's volume has $free bytes left, and restoring $NAME needs about $need"
}

start_server() {
    initdb --pgdata="$CLUSTER/data" --username=postgres --auth-local=trust --auth-host=reject --no-instructions --no-sync \
        --data-checksums --encoding="$(field encoding "$1")" --locale=C.UTF-8 >"$WORK/initdb.log" ||
        fail "no server could be made: $(tail --lines=1 "$WORK/initdb.log")"
    # Nothing here outlives the pod, so nothing waits for the disk.
    pg_ctl --pgdata="$CLUSTER/data" --wait --silent --log="$WORK/server.log" start --options="-p 5433 -k $WORK \
        -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=1GB \
        -c shared_buffers=64MB" || fail "the drill's server did not start: $(tail --lines=1 "$WORK/server.log")"
    MANIFEST=$1/manifest.json here postgres query --dbname=postgres --set=restorer="$RESTORER" \
        --set=database="$DATABASE" --set=extensions="${EXTENSIONS:-}" --file="$SCRIPTS/drill.sql" ||
        fail 'the roles and extensions could not be made; see the lines above'
}

main() {
    local folder
    prepare
    trap cleanup EXIT
    trap 'fail "stopped by a signal"' TERM INT
    lock shared
    wait_for_server
    open_place
    NAME=$(choose "${1:-latest}")
    folder=$BACKUPS/$NAME
    say "restoring $NAME"
    fetch "$NAME"
    verify "$folder"
    check_space "$folder"
    start_server "$folder"
    here "$RESTORER" load "$folder" "$DATABASE"
    here "$RESTORER" compare "$folder" "$DATABASE"
    say "$NAME restores: $(field rows "$folder") rows in $(field tables "$folder") tables are as they were, $SECONDS s"
    report drill "$NAME" "$(field bytes "$folder")" "$(field rows "$folder")" success
}

main "$@"
