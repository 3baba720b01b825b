# What the scripts beside this one share; sourced, never run. Everything here works with what the official PostgreSQL
# image holds: bash, coreutils, util-linux, GnuPG and PostgreSQL's own clients.
#
# From the environment (nothing of it secret): TEAM, DATABASE, PGHOST, PGPORT, PGUSER and libpq's other variables.
set -Eeuo pipefail
shopt -s nullglob
umask 077

BACKUPS=${BACKUPS:-/backups}           # one folder for each backup, named by its moment in UTC
KEYS=${KEYS:-/etc/backup}              # password (of PGUSER), passphrase (of the backups)
WORK=${WORK:-/work}                    # scratch, gone with the pod
SCRIPTS=$(dirname "${BASH_SOURCE[0]}")
STATUS_DATABASE=${STATUS_DATABASE:-platform}
LAST_WORDS=${LAST_WORDS:-/dev/termination-log}
STAMP='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z'

# Not in $WORK: a pod's steps share that, and the superuser's password is for two of them alone.
PRIVATE=$(mktemp --directory)
export WORK PGPASSFILE=$PRIVATE/pgpass GNUPGHOME=$PRIVATE/gnupg

say() {
    printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"
}

# fail MESSAGE…: the message is the pod's last word (`kubectl describe pod` shows it) and the run's outcome.
fail() {
    say "error: $*" >&2
    { printf '%s\n' "$*" >"$LAST_WORDS"; } 2>/dev/null || true
    printf '%s' "$*" >"$WORK/outcome"
    exit 1
}

# outcome: what went wrong, once something has. A file, because it can go wrong in a subshell.
outcome() {
    cat "$WORK/outcome" 2>/dev/null || printf 'ended before it was done'
}

# prepare: credentials in the form that the clients read, in scratch. Neither ever stands in an argument.
prepare() {
    local program
    for program in psql pg_dump pg_restore gpg flock sha256sum; do
        command -v "$program" >/dev/null || fail "this image has no $program; the scripts need the official PostgreSQL image"
    done
    mkdir -p "$GNUPGHOME"
    if [[ -r $KEYS/password ]]; then
        printf '*:*:*:*:%s\n' "$(<"$KEYS/password")" >"$PGPASSFILE"
    fi
}

query() {
    psql --no-psqlrc --no-password --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 "$@"
}

# wait_for_server: a new pod can be faster than the network policies that let it out.
wait_for_server() {
    local attempt
    for attempt in {1..30}; do
        if pg_isready --quiet --timeout=5; then
            return 0
        fi
        sleep 1
    done
    fail "the server $PGHOST:$PGPORT does not answer; is the database running, and may this pod reach it?"
}

# field NAME FOLDER: a plain value of a backup's manifest (jsonb_pretty gives each key a line of its own).
field() {
    sed --quiet --regexp-extended "s/^    \"$1\": \"?([^\"]*[^\",])\"?,?\$/\1/p" "$2/manifest.json"
}

encrypt() {
    # The passphrase has more entropy than the key, so nothing is gained by stretching it.
    gpg --batch --quiet --no-options --no-symkey-cache --pinentry-mode loopback --passphrase-file "$KEYS/passphrase" \
        --symmetric --cipher-algo AES256 --compress-algo none --s2k-mode 3 --s2k-digest-algo SHA512 --s2k-count 65536 \
        --output - "$@"
}

decrypt() {
    gpg --batch --quiet --no-options --no-symkey-cache --pinentry-mode loopback --passphrase-file "$KEYS/passphrase" \
        --decrypt "$@"
}

# fingerprint: tells which passphrase a backup was made with, without giving anything of it away.
fingerprint() {
    local digest
    digest=$(sha256sum <<<"etl-platform backup key $(<"$KEYS/passphrase")")
    printf '%s' "${digest:0:16}"
}

# sha256 <FILE: GnuPG's, which uses the processor's instructions for it and takes a quarter of the time of sha256sum.
sha256() {
    gpg --batch --quiet --no-options --print-md SHA256 | tr --delete ' \n' | tr A-F a-f
}

# examine FILE: decrypts the whole file, which proves it undamaged, and writes the archive's contents to
# $WORK/contents.list; beside that, on another core, its SHA-256 to $WORK/sha256.
# GnuPG tells of a changed byte only at the end, so pg_restore's reading of the front is not enough.
examine() {
    local digest readable=yes
    sha256 <"$1" >"$WORK/sha256" &
    digest=$!
    decrypt "$1" 2>"$WORK/decrypt.log" | { pg_restore --list && cat >/dev/null; } >"$WORK/contents.list" || readable=
    wait "$digest" || fail "the SHA-256 of $1 cannot be told; see the lines above"
    [[ $readable ]]
}

# verify FOLDER: the backup is whole, ours, and of this database; the list of its contents goes to $WORK/contents.list.
verify() {
    local folder=$1 name=${1##*/} expected readable=yes
    [[ -s $folder/manifest.json ]] || fail "backup $name has no manifest: it was never finished, or is no backup of ours"
    expected=$(field team "$folder")/$(field database "$folder")
    [[ $expected == "$TEAM/$DATABASE" ]] || fail "backup $name is of $expected, not of $TEAM/$DATABASE"
    [[ $(field key "$folder") == "$(fingerprint)" ]] ||
        fail "backup $name was made with another passphrase; the Secret of that one ends with -key-$(f=$(field key "$folder"); printf %s "${f:0:8}")"
    [[ $(stat --format=%s "$folder/database.dump.gpg") == "$(field bytes "$folder")" ]] ||
        fail "backup $name is damaged: its dump has $(stat --format=%s "$folder/database.dump.gpg") bytes, its manifest says $(field bytes "$folder")"
    examine "$folder/database.dump.gpg" || readable=
    [[ $(<"$WORK/sha256") == "$(field sha256 "$folder")" ]] ||
        fail "backup $name is damaged: its SHA-256 is not the manifest's"
    [[ $readable ]] || fail "backup $name cannot be read: $(tail --lines=1 "$WORK/decrypt.log")"
    check_contents "$folder/manifest.json"
}

# check_contents MANIFEST: as many tables with data in the archive as the manifest counts.
check_contents() {
    local found wanted
    found=$(grep --count --extended-regexp '^[0-9]+; [0-9]+ [0-9]+ TABLE DATA ' "$WORK/contents.list" || true)
    wanted=$(field tables "$(dirname "$1")")
    [[ $found == "$wanted" ]] || fail "the archive holds the data of $found tables, the manifest counts $wanted"
}

# load FOLDER DATABASE: everything of a verified backup into an empty database, in one transaction, as a role that is no
# superuser: a dump is a program, and may be hostile. Extensions were created before; only a superuser may comment on them.
load() {
    sed --regexp-extended '/^[0-9]+; [0-9]+ [0-9]+ (EXTENSION|COMMENT) - (EXTENSION )?/{/ (EXTENSION - |COMMENT - EXTENSION )/d}' \
        "$WORK/contents.list" >"$WORK/restore.list"
    decrypt "$1/database.dump.gpg" 2>"$WORK/decrypt.log" |
        pg_restore --no-password --exit-on-error --single-transaction --use-list="$WORK/restore.list" --dbname="$2" \
            --verbose 2>"$WORK/restore.log" ||
        fail "the restore failed: $(grep --max-count=1 'error: ' "$WORK/restore.log" || tail --lines=1 "$WORK/restore.log")"
}

# compare FOLDER DATABASE [--set=rows_only=yes]: every table's rows, and checksum, against the manifest.
compare() {
    local differences
    query --dbname="$2" "${@:3}" --file="$SCRIPTS/contents.sql" >"$WORK/contents.json" || fail 'the restored tables cannot be counted; see the lines above'
    differences=$(MANIFEST=$1/manifest.json query --dbname="$2" --file="$SCRIPTS/compare.sql") || fail 'the manifest cannot be read; see the lines above'
    [[ -z $differences ]] || {
        printf '%s\n' "$differences" >&2
        fail "what was restored is not what was backed up: $(wc --lines <<<"$differences") tables differ; the first: $(head --lines=1 <<<"$differences")"
    }
}

# originals: the backups of the database as it was when they were made, oldest first. A recovered state is none: it is
# of an earlier moment than its name says, and only whoever names it gets it.
originals() {
    local name
    for name in $(backups); do
        [[ $(field moment "$BACKUPS/$name") ]] || printf '%s\n' "$name"
    done
}

# choose [latest|STAMP|MOMENT]: the backup of that name, or the newest that began at that moment or before.
choose() {
    local wanted=${1:-latest} found name
    found=
    if [[ $wanted == latest ]]; then
        wanted=99999999T999999Z
    elif [[ $wanted != $STAMP ]]; then
        wanted=$(date -u --date="$wanted" +%Y%m%dT%H%M%SZ) || fail "\"$1\" is neither a backup's name nor a moment such as 2026-11-24T01:15:00Z"
    fi
    for name in $(originals); do
        [[ $name > $wanted ]] || found=$name
    done
    [[ $'\n'$(backups)$'\n' != *$'\n'"$wanted"$'\n'* ]] || found=$wanted
    [[ $found ]] || fail "there is no backup of $TEAM/$DATABASE${1:+ at or before $1}; \`make backups\` lists what there is"
    printf '%s' "$found"
}

# report KIND OUTCOME…: one row that the monitoring reads. A report that cannot be written fails no run.
report() {
    local kind=$1 backup=$2 bytes=$3 rows=$4 outcome=$5
    query --dbname="$STATUS_DATABASE" --set=kind="$kind" --set=backup="$backup" --set=bytes="${bytes:-0}" \
        --set=rows="${rows:-0}" --set=outcome="$outcome" --set=seconds="$SECONDS" \
        --file="$SCRIPTS/report.sql" >/dev/null || say "warning: the outcome could not be reported to the server" >&2
}

# Where the backups lie: what differs between the two is open_place, lock, backups, fetch, publish, withdraw, remove and
# discard_unfinished.
if [[ ${STORE:-} ]]; then
    . "$SCRIPTS/store.sh"
else
    . "$SCRIPTS/volume.sh"
fi
