# shellcheck shell=sh
# sh -c "$THIS" remove-file PATH SHA256: takes a file away and keeps no copy, if it is still the one that was seen. One that
# is gone already is no error. Exit codes are those of write-file.sh: 10 changed meanwhile, 14 denied, 15 read-only, 17
# anything else.

set -u
export LC_ALL=C

fail() {
    printf '%s\n' "$2" >&2
    exit "$1"
}

case $1 in
    /*) ;;
    *) fail 17 "$1 is not an absolute path" ;;
esac
[ -e "$1" ] || exit 0
sum=$(sha256sum <"$1") || fail 17 "$1 cannot be read"
[ "${sum%% *}" = "$2" ] || fail 10 "$1 is not as expected"
words=$(rm -f "$1" 2>&1) || case $words in
    *'Read-only file system'*) fail 15 "$words" ;;
    *'ermission denied'* | *'not permitted'*) fail 14 "$words" ;;
    *) fail 17 "$words" ;;
esac
sync "${1%/*}" 2>/dev/null || :
