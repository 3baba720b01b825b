# Backups on a volume of their own, which is mounted at $BACKUPS; sourced by common.sh, never run.
readonly MORE_ROOM='keep fewer or ask for a bigger volume'

# open_place: from here on `backups` answers.
open_place() { :; }

# lock exclusive|shared: one backup at a time, and none is removed while someone reads. The kernel lets go with the pod.
lock() {
    local file=$BACKUPS/.lock
    if [[ $1 == exclusive ]]; then
        exec 9>>"$file"
    elif [[ -e $file ]]; then
        exec 9<"$file"
    else
        return 0    # nothing was ever written here, and a reader may not begin
    fi
    flock --nonblock --"$1" 9 || fail "another run is working on these backups; wait until it has ended"
}

# backups: the whole backups, oldest first. What was never finished has another name.
backups() {
    local folder
    for folder in "$BACKUPS"/$STAMP; do
        [[ -s $folder/manifest.json && -s $folder/database.dump.gpg ]] && printf '%s\n' "${folder##*/}"
    done
    return 0
}

# fetch NAME: all files of the backup are at hand in $BACKUPS/NAME.
fetch() { :; }

# publish NAME: what is whole in $BACKUPS/NAME counts from here on.
publish() { :; }

# withdraw: takes back what a run that failed had begun to publish.
withdraw() { :; }

remove() {
    mv --no-target-directory "$BACKUPS/$1" "$BACKUPS/$1.expired"
    rm -rf -- "$BACKUPS/$1.expired"
}

discard_unfinished() {
    local folder
    for folder in "$BACKUPS"/*.partial "$BACKUPS"/*.expired; do
        say "removing ${folder##*/}, which a run left that was cut short"
        rm -rf -- "$folder"
    done
}
