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

# differs WANTED NUMBER FORMAT: an owner or group by number, or by the name that stat knows for it.
differs() {
    case $1 in
        keep | "$2") return 1 ;;
        root) [ "$2" != 0 ] ;;
        *) [ "$1" != "$(stat -Lc "$3" "$path")" ] ;;
    esac
}

correct() {
    words=$("$@" "$path" 2>&1) || fail_as_said "$words"
    [ "$outcome" = created ] || outcome=changed
}

while [ "$#" -ge 4 ]; do
    path=$1 mode=$2 owner=$3 group=$4
    shift 4
    outcome=unchanged
    if [ ! -d "$path" ]; then
        # the mode is the last one's alone: missing parents are made 0755
        # shellcheck disable=SC2174
        words=$(mkdir -p -m "$mode" "$path" 2>&1) || fail_as_said "$words"
        outcome=created
    fi
    found=$(stat -Lc '%a %u %g' "$path")
    uid=${found#* }
    if differs "$owner" "${uid%% *}" %U; then correct chown "$owner"; fi
    if differs "$group" "${found##* }" %G; then correct chgrp "$group"; fi
    # a change of owner may take bits away
    if [ "${mode#0}" != "${found%% *}" ] || [ "$outcome" = changed ]; then
        if [ "${mode#0}" != "$(stat -Lc %a "$path")" ]; then correct chmod "$mode"; fi
    fi
    printf '%s\n' "$outcome"
done
