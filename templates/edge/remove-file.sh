# shellcheck shell=sh
# sh -c "$FILES$THIS" remove-file PATH SHA256: takes a file away and keeps no copy, if it is still the one that was seen. One
# that is gone already is no error. Exit codes as files.sh.
# shellcheck disable=SC2154 # files.sh has $sum

case $1 in
    /*) ;;
    *) fail 17 "$1 is not an absolute path" ;;
esac
[ -e "$1" ] || exit 0
sha "$1" || fail 17 "$1 cannot be read"
[ "$sum" = "$2" ] || fail 10 "$1 is not as expected"
words=$(rm -f "$1" 2>&1) || fail_as_said "$words"
sync "${1%/*}" 2>/dev/null || :
