# shellcheck shell=sh
# Makes directories, with owner and mode, or sees that they are there.
#
# sh -c "$THIS" make-directories [PATH MODE OWNER GROUP]...      OWNER GROUP: "keep" leaves them
#
# Answers one line for each: created, changed, unchanged. Exit codes as write-file.sh.

set -u
export LC_ALL=C
umask 022

fail_as_said() {
    printf '%s\n' "$1" >&2
    case $1 in
        *'No space left'* | *'uota exceeded'*) exit 13 ;;
        *'Read-only file system'*) exit 15 ;;
        *'ermission denied'* | *'not permitted'*) exit 14 ;;
        *'ot a directory'* | *'File exists'*) exit 16 ;;
        *) exit 17 ;;
    esac
}

while [ "$#" -ge 4 ]; do
    path=$1 mode=$2 owner=$3 group=$4
    shift 4
    outcome=unchanged
    if [ ! -d "$path" ]; then
        words=$(mkdir -p "$path" 2>&1) || fail_as_said "$words"
        outcome=created
    fi
    if [ "$owner" != keep ] && [ "$owner" != "$(stat -Lc %U "$path")" ] && [ "$owner" != "$(stat -Lc %u "$path")" ]; then
        words=$(chown "$owner" "$path" 2>&1) || fail_as_said "$words"
        [ "$outcome" = created ] || outcome=changed
    fi
    if [ "$group" != keep ] && [ "$group" != "$(stat -Lc %G "$path")" ] && [ "$group" != "$(stat -Lc %g "$path")" ]; then
        words=$(chgrp "$group" "$path" 2>&1) || fail_as_said "$words"
        [ "$outcome" = created ] || outcome=changed
    fi
    if [ "${mode#0}" != "$(stat -Lc %a "$path")" ]; then
        words=$(chmod "$mode" "$path" 2>&1) || fail_as_said "$words"
        [ "$outcome" = created ] || outcome=changed
    fi
    printf '%s\n' "$outcome"
done
