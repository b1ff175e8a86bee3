# shellcheck shell=sh
# sh -c "$THIS" read-file PATH: its bytes, at most 1 MiB. Exit codes: 4 it is not there, 17 anything else.
export LC_ALL=C
[ -e "$1" ] || exit 4
[ -f "$1" ] || { printf '%s is not a file\n' "$1" >&2; exit 17; }
head -c 1048576 -- "$1" || exit 17
