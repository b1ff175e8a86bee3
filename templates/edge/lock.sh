# shellcheck shell=sh
# Holds a lock for as long as somebody writes a byte to standard input at least every SILENCE seconds.
#
# sh -c "$THIS" lock PATH WHO SILENCE
#
# Says "locked" when it has the lock. Ends, and lets go, at the end of input (0) and after silence (21): a laptop that
# vanished must not lock itself out. Exit codes: 20 held by somebody else, who is named on standard output; 14 the file
# cannot be written; 17 a tool is missing.

set -u
export LC_ALL=C
umask 022

path=$1 who=$2 silence=$3

for tool in flock timeout dd; do
    command -v "$tool" >/dev/null || {
        printf '%s is missing\n' "$tool" >&2
        exit 17
    }
done
words=$({ : >>"$path"; } 2>&1) || {
    printf '%s\n' "$words" >&2
    exit 14
}
exec 9>>"$path"
flock -n 9 || {
    cat "$path"
    exit 20
}
printf '%s, since %s\n' "$who" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$path"
printf 'locked\n'
# A child that outlived this shell must not keep the lock: descriptor 9 stays here.
while byte=$(timeout "$silence" dd bs=1 count=1 2>/dev/null 9>&-); do
    if [ -z "$byte" ]; then
        : >"$path"
        exit 0
    fi
done
: >"$path"
exit 21
