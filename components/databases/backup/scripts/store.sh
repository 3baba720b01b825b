# Backups in an S3-compatible store, with $BACKUPS for scratch; sourced by common.sh, never run.
#
# In the store a backup is three objects, NAME/…, and its manifest comes last and goes first: without one, nothing is a
# backup. As three objects never come or go at once, a mark (NAME.partial, NAME.expired) stands beside them meanwhile;
# by it the next runs know what is left of one that was cut short, and remove nothing else.
#
# Further environment: STORE (bucket and beginning of the names), STORE_ENDPOINT, STORE_REGION.
readonly MORE_ROOM='ask for a bigger size of the database'
STORE_KEYS=${STORE_KEYS:-/etc/store}   # access-key-id, secret-access-key
RCLONE=${RCLONE:-/store/rclone}
AUTHORITIES=${AUTHORITIES:-$(dirname "$RCLONE")/ca-certificates.crt}
LONGEST_RUN=${LONGEST_RUN:-21600}      # seconds after which no run is at work any more
LISTING=$WORK/store.list               # every object of ours: name and size, separated by a tab
STORE_LOG=$WORK/store.log
STORE_PID=
PUBLISHING=

# store COMMAND…: rclone, with our place in the store as `store:$STORE`. The credentials are in the environment of that
# one process: an argument is everyone's to read, and a file would need their characters escaped.
store() {
    RCLONE_CONFIG_STORE_TYPE=s3 RCLONE_CONFIG_STORE_PROVIDER=Other RCLONE_CONFIG_STORE_NO_CHECK_BUCKET=true \
        RCLONE_CONFIG_STORE_ENDPOINT=$STORE_ENDPOINT RCLONE_CONFIG_STORE_REGION=$STORE_REGION \
        RCLONE_CONFIG_STORE_CHUNK_SIZE=16Mi RCLONE_CONFIG_STORE_UPLOAD_CONCURRENCY=2 \
        RCLONE_CONFIG_STORE_ACCESS_KEY_ID=$(<"$STORE_KEYS/access-key-id") \
        RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY=$(<"$STORE_KEYS/secret-access-key") \
        "$RCLONE" --config= --cache-dir="$PRIVATE" --ca-cert="$AUTHORITIES" --contimeout=10s --timeout=1m \
        --retries=3 --retries-sleep=2s --low-level-retries=3 "$@" 2>>"$STORE_LOG" &
    STORE_PID=$!
    wait "$STORE_PID"    # unlike a program in the foreground, it ends at once when the pod is stopped
}

# store_said: the reason of the last failure.
store_said() {
    tail --lines=1 "$STORE_LOG" |
        sed --regexp-extended 's,^[0-9/]+ [0-9:]+ [A-Z]+ *: ,,; s#RequestID: [^,]*, HostID: [^,]*, ##'
}

read_listing() {
    store --low-level-retries=1 lsf --recursive --max-depth=2 --files-only --format=ps --separator=$'\t' "store:$STORE/" >"$LISTING"
}

# open_place: what there is, and the manifests of it in $BACKUPS.
open_place() {
    local key attempt
    [[ -x $RCLONE ]] || fail "there is no $RCLONE; the pod's first container should have brought it"
    for key in access-key-id secret-access-key; do
        [[ -s $STORE_KEYS/$key ]] || fail "the Secret with the credentials of the store has no $key"
    done
    for attempt in {1..5}; do    # a new pod can be faster than the network policies that let it out
        ! read_listing || break
        ((attempt < 5)) || fail "the store $STORE_ENDPOINT cannot be read: $(store_said)"
        sleep 2
    done
    store copy "store:$STORE/" "$BACKUPS" --include="/$STAMP/manifest.json" ||
        fail "the manifests cannot be fetched from the store: $(store_said)"
    distrust
}

# distrust: others may write to the store, and bash computes with a manifest's numbers. What has others is none of ours.
distrust() {
    local folder name
    for folder in "$BACKUPS"/$STAMP; do
        for name in bytes size rows tables seconds; do
            [[ $(field "$name" "$folder") =~ ^[0-9]{1,18}$ ]] || break
        done
        if ! [[ $(field "$name" "$folder") =~ ^[0-9]{1,18}$ && $(field server "$folder") =~ ^[0-9]{1,4}([. ]|$) ]]; then
            say "warning: ${folder##*/}/manifest.json is none of ours, and is left alone" >&2
            rm -rf -- "$folder"
        fi
    done
}

# lock: nothing in a store can be locked for sure, and nothing needs it. Each run writes under a name of its own; what is
# unfinished is cleared only once its run must have ended; and what retention takes from under a reader, the reader
# finds damaged or gone, says so, and can be run again.
lock() { :; }

# backups: the whole backups, oldest first.
backups() {
    local file size
    while IFS=$'\t' read -r file size; do
        if [[ $file == $STAMP/database.dump.gpg && $size != 0 && -s $BACKUPS/${file%/*}/manifest.json ]]; then
            printf '%s\n' "${file%/*}"
        fi
    done <"$LISTING" | sort
}

is_whole() {
    [[ $'\n'$(backups)$'\n' == *$'\n'"$1"$'\n'* ]]
}

# fetch NAME: all files of the backup, beside its manifest.
fetch() {
    local need free
    need=$(field bytes "$BACKUPS/$1")
    free=$(df --output=avail --block-size=1 "$BACKUPS" | tail --lines=1)
    ((free >= need)) || fail "the scratch volume has $free bytes left, and backup $1 has $need; $MORE_ROOM"
    say "fetching $1 from the store"
    store copy "store:$STORE/$1/" "$BACKUPS/$1" --include=/database.dump.gpg --include=/roles.sql ||
        fail "backup $1 cannot be fetched from the store: $(store_said)"
}

# publish NAME: a whole copy in the store, read back from there to its last byte, before the manifest makes it count.
publish() {
    local name=$1 folder=$BACKUPS/$1
    read_listing || fail "the store cannot be read: $(store_said)"
    ! grep --quiet "^$name" "$LISTING" || fail "the store has a $name already, of a run that began in the same second"
    say "bringing $name to the store"
    PUBLISHING=$name
    mark "$name.partial" || fail "the store cannot be written to: $(store_said)"
    bring "$name" database.dump.gpg "$(field sha256 "$folder")"
    bring "$name" roles.sql "$(sha256 <"$folder/roles.sql")"
    bring "$name" manifest.json "$(sha256 <"$folder/manifest.json")"
    read_listing || fail "the store cannot be read: $(store_said)"
    is_whole "$name" || fail "the store took $name and does not list it"
    PUBLISHING=
    unmark "$name.partial" || say "warning: $name.partial stays in the store: $(store_said)" >&2
}

# bring NAME FILE SHA256: what counts is not that the store took it but what it gives back.
bring() {
    store copyto "$BACKUPS/$1/$2" "store:$STORE/$1/$2" || fail "$2 could not be brought to the store: $(store_said)"
    [[ $(store cat "store:$STORE/$1/$2" | sha256) == "$3" ]] ||
        fail "what the store gives back of $1 is not what was brought to it: $2 differs"
}

mark() {
    printf '%s\n' "${HOSTNAME:-}" >"$WORK/mark"
    store copyto "$WORK/mark" "store:$STORE/$1"
}

# unmark MARK: whether or not it is there, as two runs may clear the same.
unmark() {
    store delete "store:$STORE/" --include="/$1"
}

# delete_copy NAME: the files of a backup and no others; the manifest first, so that half a copy counts for nothing.
delete_copy() {
    store delete "store:$STORE/$1/" --include=/manifest.json &&
        store delete "store:$STORE/$1/" --include=/database.dump.gpg --include=/roles.sql
}

# withdraw: takes back what a run that failed had begun to publish.
withdraw() {
    [[ $PUBLISHING ]] || return 0
    ! kill "$STORE_PID" 2>/dev/null || wait "$STORE_PID" || true
    delete_copy "$PUBLISHING" && unmark "$PUBLISHING.partial" ||
        say "warning: what the store has of $PUBLISHING stays until a later run clears it: $(store_said)" >&2
}

remove() {
    mark "$1.expired" && delete_copy "$1" && unmark "$1.expired" ||
        fail "the new backup is whole, but $1 could not be removed from the store: $(store_said)"
}

discard_unfinished() {
    local entry name live
    [[ -z ${CLOCK:-} ]] || return 0    # it tells what is old
    live=$(date -u --date="$LONGEST_RUN seconds ago" +%Y%m%dT%H%M%SZ)
    while IFS=$'\t' read -r entry _; do
        [[ $entry == $STAMP.partial || $entry == $STAMP.expired ]] || continue
        name=${entry%.*}
        [[ $entry == *.expired || $name < $live ]] || continue    # its run may be at work
        # Beside a whole copy the mark alone is left over, and retention will judge the copy again.
        if ! is_whole "$name"; then
            say "removing $name from the store, which a run left that was cut short"
            delete_copy "$name" || fail "$name cannot be removed from the store: $(store_said)"
        fi
        unmark "$entry" || fail "$entry cannot be removed from the store: $(store_said)"
    done <"$LISTING"
}
