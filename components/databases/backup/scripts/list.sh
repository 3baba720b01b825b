#!/bin/bash
# The whole backups, oldest first, one line each: name, bytes, rows, tables, seconds, server's version, moment, separated by tabs.
. "$(dirname "$0")/common.sh"

open_place
for name in $(backups); do
    folder=$BACKUPS/$name
    printf 'backup\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$(field bytes "$folder")" "$(field rows "$folder")" \
        "$(field tables "$folder")" "$(field seconds "$folder")" "$(field server "$folder")" "$(field moment "$folder")"
done
