#!/bin/bash
# One backup of one database: dumped from one snapshot, encrypted, read back, described by a manifest, and only then
# given its name. Copies beyond what is kept go last, and only after all of that succeeded.
#
# Further environment: KEEP_LAST, KEEP_DAILY, KEEP_WEEKLY, KEEP_MONTHLY; MOMENT, where what is backed up is not the
# database as it is but as it was then.
. "$(dirname "$0")/common.sh"

readonly SKEW_SECONDS=300     # clocks further apart than this make the names, and so the retention, untrustworthy
PARTIAL=
NAME=
WHOLE=

cleanup() {
    local status=$?
    trap - EXIT
    [[ -z ${DUMP_PID:-} ]] || kill "$DUMP_PID" 2>/dev/null || true
    [[ -z $PARTIAL || ! -d $PARTIAL ]] || rm -rf -- "$PARTIAL"
    withdraw
    if ((status != 0)); then
        [[ $WHOLE ]] || say "error: no backup was made; the ${KNOWN:+$KNOWN }older ones are untouched" >&2
        report backup "$NAME" 0 0 "$(outcome)"
    fi
    exit "$status"
}

check_versions() {
    local server client
    server=$(query --command='SHOW server_version_num') || fail "cannot log in to $PGHOST as $PGUSER; see the lines above"
    client=$(pg_dump --version | sed --regexp-extended 's/^[^0-9]*([0-9]+).*/\1/')
    ((server / 10000 <= client)) ||
        fail "the server is PostgreSQL $((server / 10000)) and this client $client; a dump needs a client at least as new"
}

check_clock() {
    local here there newest
    there=$(query --command='SELECT extract(epoch FROM clock_timestamp())::bigint')
    here=$(date +%s)
    CLOCK=
    ((here - there <= SKEW_SECONDS && there - here <= SKEW_SECONDS)) ||
        CLOCK="the clocks of this node and of the server differ by $((here - there)) s"
    newest=$(backups | tail --lines=1)
    [[ ! $newest > $(date -u +%Y%m%dT%H%M%SZ) ]] || CLOCK="the newest backup, $newest, lies in the future of this node's clock"
    [[ -z $CLOCK ]] || say "warning: $CLOCK; nothing will be removed"
}

# check_space: as much as the newest backup took, and a fifth; better refused now than half-way.
check_space() {
    local newest need free
    newest=$(backups | tail --lines=1)
    [[ $newest ]] || return 0
    need=$(($(field bytes "$BACKUPS/$newest") * 6 / 5))
    free=$(df --output=avail --block-size=1 "$BACKUPS" | tail --lines=1)
    ((free >= need)) ||
        fail "the volume of the backups has $free bytes left, and the next backup may need $need; $MORE_ROOM"
}

# open_session: one transaction in which the dump and the counts see the same data.
open_session() {
    coproc SESSION { query 2>"$WORK/session.log"; }
    exec {to}>&"${SESSION[1]}" {from}<&"${SESSION[0]}"
    ask 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot();' >"$WORK/snapshot"
}

# ask SQL: prints the answer of the session.
ask() {
    local line
    printf '%s\n\\echo -- end\n' "$1" >&"$to" 2>/dev/null || session_broke
    while IFS= read -r line <&"$from"; do
        [[ $line != '-- end' ]] || return 0
        printf '%s\n' "$line"
    done
    session_broke
}

session_broke() {
    fail "the session with the server broke: $(tail --lines=1 "$WORK/session.log")"
}

dump() {
    pg_dump --no-password --format=custom --snapshot="$(<"$WORK/snapshot")" --lock-wait-timeout=5min \
        2>"$WORK/dump.log" | encrypt >"$PARTIAL/database.dump.gpg"
}

write_manifest() {
    local file=$PARTIAL/database.dump.gpg
    query --set=team="$TEAM" --set=database="$DATABASE" --set=name="$NAME" --set=moment="${MOMENT:-}" --set=key="$(fingerprint)" \
        --set=bytes="$(stat --format=%s "$file")" --set=sha256="$(<"$WORK/sha256")" \
        --set=client="$(pg_dump --version)" --set=seconds="$SECONDS" --file="$SCRIPTS/manifest.sql" \
        >"$PARTIAL/manifest.json"
}

# retain: the last few copies stay, and the newest of each of so many days, weeks and months. Counted over the copies that exist, not by
# their age, so that no clock and no gap in the schedule can make a copy old. Recovered states stand for no day: the last few of them stay.
retain() {
    local name day week kept i
    local -a names
    local -A days=() weeks=() months=()
    mapfile -t names < <(originals)
    for ((i = ${#names[@]} - 1; i >= 0; i--)); do
        name=${names[i]} kept=
        ((${#names[@]} - i > KEEP_LAST)) || kept=1
        day=${name:0:8}
        week=$(date -u --date="$day" +%G%V)
        if [[ -z ${days[$day]:-} ]] && ((${#days[@]} < KEEP_DAILY)); then days[$day]=1 kept=1; fi
        if [[ -z ${weeks[$week]:-} ]] && ((${#weeks[@]} < KEEP_WEEKLY)); then weeks[$week]=1 kept=1; fi
        if [[ -z ${months[${name:0:6}]:-} ]] && ((${#months[@]} < KEEP_MONTHLY)); then months[${name:0:6}]=1 kept=1; fi
        if [[ -z $kept ]]; then
            say "removing $name: newer ones stand for its day, week and month"
            remove "$name"
        fi
    done
    while IFS= read -r name; do
        say "removing $name, a recovered state: newer ones are there"
        remove "$name"
    done < <(comm -23 <(backups) <(originals) | head --lines=-"$KEEP_LAST")
}

main() {
    prepare
    trap cleanup EXIT
    trap 'fail "stopped by a signal"' TERM INT
    lock exclusive
    open_place
    KNOWN=$(backups | wc --lines)
    wait_for_server
    check_versions
    check_clock
    discard_unfinished
    check_space

    NAME=$(date -u +%Y%m%dT%H%M%SZ)
    [[ ! -e $BACKUPS/$NAME ]] || fail "a backup called $NAME exists already"
    PARTIAL=$BACKUPS/$NAME.partial
    mkdir "$PARTIAL" || fail "no folder can be made for the backup; see the line above"
    say "backing up $TEAM/$DATABASE as $NAME"
    open_session
    dump &
    DUMP_PID=$!
    ask "$(<"$SCRIPTS/contents.sql")" >"$WORK/contents.json"
    wait "$DUMP_PID" || fail "the dump failed: $(tail --lines=1 "$WORK/dump.log")"
    DUMP_PID=
    pg_dumpall --no-password --globals-only --no-role-passwords --database="$PGDATABASE" >"$PARTIAL/roles.sql" ||
        fail "the roles could not be dumped; see the lines above"

    sync "$PARTIAL/database.dump.gpg"
    say 'reading it back'
    examine "$PARTIAL/database.dump.gpg" ||
        fail "the dump cannot be read back: $(tail --lines=1 "$WORK/decrypt.log")"
    write_manifest
    check_contents "$PARTIAL/manifest.json"
    sync "$PARTIAL"/*
    mv --no-target-directory "$PARTIAL" "$BACKUPS/$NAME"
    sync "$BACKUPS"
    publish "$NAME"
    WHOLE=yes
    say "$NAME is whole: $(field bytes "$BACKUPS/$NAME") bytes, $(field rows "$BACKUPS/$NAME") rows in $(field tables "$BACKUPS/$NAME") tables, $SECONDS s"

    if [[ $CLOCK ]]; then
        report backup "$NAME" "$(field bytes "$BACKUPS/$NAME")" "$(field rows "$BACKUPS/$NAME")" "$CLOCK"
        trap - EXIT
        fail "the backup is whole, but $CLOCK; no older copy was removed. Set the clock right"
    fi
    retain
    report backup "$NAME" "$(field bytes "$BACKUPS/$NAME")" "$(field rows "$BACKUPS/$NAME")" success
    trap - EXIT
}

main "$@"
