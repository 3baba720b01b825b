#!/bin/bash
# Restores a backup to a database beside the original, or in its place. Four steps, each a container of one pod, so that
# the superuser's password and the backup's content never meet:
#   check    reads everything and touches nothing (backup role)
#   prepare  makes the empty database, with fixed statements only (superuser)
#   load     fills it (backup role)
#   finish   gives it its name (superuser)
#
# Further environment: BACKUP (latest, a name or a moment), TARGET (the new database's name), OVER (yes: take the
# original's place), EXTENSIONS (separated by blanks), DISK (bytes of the server's volume).
. "$(dirname "$0")/common.sh"

readonly CHOSEN=$WORK/chosen
TARGET=${TARGET:-}
readonly MARK='incomplete restore by etl-platform'

# target: where the data goes first; a database is never filled under the name that its users know.
target() {
    if [[ ${OVER:-} ]]; then printf '%s_restoring' "$DATABASE"; else printf '%s' "$TARGET"; fi
}

statement() {
    query --set=target="$(target)" --set=database="$DATABASE" --set=mark="$MARK" --set=extensions="${EXTENSIONS:-}" \
        --set=stamp="$(date -u +%Y%m%dT%H%M%SZ)" --set=backup="$(cat "$CHOSEN")" "$@"
}

check() {
    local folder server dumped
    lock shared
    open_place
    choose "${BACKUP:-latest}" >"$CHOSEN"
    folder=$BACKUPS/$(<"$CHOSEN")
    [[ ${OVER:-} || $TARGET =~ ^[a-z][a-z0-9_]{0,62}$ ]] ||
        fail "\"$TARGET\" cannot be the new database's name: lower-case letters, digits and underscores, at most 63, a letter first"
    [[ ${OVER:-} || $TARGET != "$DATABASE" ]] ||
        fail "$DATABASE is the original; restore beside it under another name, or say OVER=yes to replace it"
    case $TARGET in postgres | template0 | template1 | "$STATUS_DATABASE") fail "$TARGET is the server's own database" ;; esac
    say "checking $(<"$CHOSEN")"
    fetch "$(<"$CHOSEN")"
    verify "$folder"
    wait_for_server
    server=$(query --command='SHOW server_version_num') || fail "cannot log in to $PGHOST as $PGUSER; see the lines above"
    dumped=$(field server "$folder")
    ((server / 10000 >= ${dumped%%.*})) ||
        fail "the backup is of PostgreSQL ${dumped%%.*} and the server is $((server / 10000)); an older server cannot read it"
    say "$(<"$CHOSEN") is whole: $(field rows "$folder") rows in $(field tables "$folder") tables"
}

prepare_database() {
    local size=$1 held
    statement --file="$SCRIPTS/restore-check.sql" >"$WORK/refusals" || fail 'the server refused to be asked; see the lines above'
    [[ ! -s $WORK/refusals ]] || fail "$(head --lines=1 "$WORK/refusals")"
    held=$(query --command='SELECT sum(pg_database_size(oid)) + (SELECT sum(size) FROM pg_ls_waldir()) FROM pg_database')
    # The data and, while it is loaded, about a third more of write-ahead log.
    ((DISK - ${held%.*} >= size * 4 / 3)) ||
        fail "the server's volume has $(((DISK - ${held%.*}) / 1048576)) MiB left, and the restored database needs about $((size * 4 / 3 / 1048576)) MiB; ask for a bigger size"
    say "making the database $(target)"
    statement --file="$SCRIPTS/restore-prepare.sql" || fail 'the database could not be made; see the lines above'
}

progress() {
    local done of
    of=$(grep --count --extended-regexp '^[0-9]+; ' "$WORK/contents.list")
    while sleep 10 >/dev/null 2>&1; do    # it must not hold what whoever reads us waits for
        done=$(grep --count --extended-regexp '^pg_restore: (creating|executing|processing) ' "$WORK/restore.log" || true)
        say "about $done of $of objects"
    done
}

fill() {
    local folder
    lock shared
    folder=$BACKUPS/$(<"$CHOSEN")
    say "loading $(<"$CHOSEN") into $(target)"
    progress &
    PROGRESS=$!
    trap 'kill "$PROGRESS" 2>/dev/null || true' EXIT
    load "$folder" "$(target)"
    say 'comparing it with the manifest'
    # Checksums are the drill's: over a whole database they take half as long again as the restore.
    compare "$folder" "$(target)" --set=rows_only=yes
    report restore "$(<"$CHOSEN")" "$(field bytes "$folder")" "$(field rows "$folder")" success
}

finish() {
    statement --file="$SCRIPTS/restore-finish${OVER:+-over}.sql" || {
        # Whatever went wrong, the original answers again.
        [[ ! ${OVER:-} ]] || statement --file="$SCRIPTS/restore-reopen.sql" || true
        fail 'the restored database could not be given its name; see the lines above'
    }
    if [[ ${OVER:-} ]]; then say "done: $DATABASE is the restored one"; else say "done: the restored data is in $TARGET"; fi
}

main() {
    trap 'fail "stopped by a signal"' TERM INT
    [[ -z ${OVER:-} || $OVER == yes ]] || fail "OVER is \"$OVER\"; say OVER=yes, or leave it out"
    prepare
    case $1 in
        check) check ;;
        prepare) prepare_database "$(field size "$BACKUPS/$(<"$CHOSEN")")" ;;
        load) fill ;;
        finish) finish ;;
        *) fail "restore.sh has no step $1" ;;
    esac
}

main "$@"
