# shellcheck shell=sh
# sh -c "$FILES$THIS" move-away PATH SHA256 BACKUPS: takes a file out of its directory and keeps it in BACKUPS under its full
# path. Nothing is removed before the copy is whole. Exit codes as files.sh.
# shellcheck disable=SC2154 # files.sh has $sum

umask 077
path=$1 digest=$2 copy=$3$1

unchanged() {
    if [ ! -e "$path" ]; then
        printf 'found absent\n'
        fail 10 "$path is gone"
    fi
    sha "$path" || fail 17 "$path cannot be read"
    if [ "$sum" != "$digest" ]; then
        printf 'found %s\n' "$sum"
        fail 10 "$path is not as expected"
    fi
}

case $path in
    /*) ;;
    *) fail 17 "$path is not an absolute path" ;;
esac
trap 'rm -f "$copy.part"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
unchanged
words=$(mkdir -p "${copy%/*}" 2>&1) || fail_as_said "$words"
# What a link leads to is what is kept; the link alone leaves.
words=$(cp -pL "$path" "$copy.part" 2>&1) || fail_as_said "$words"
if ! sha "$copy.part" || [ "$sum" != "$digest" ]; then fail 17 "the copy $copy is not the file that was to be kept"; fi
sync "$copy.part" 2>/dev/null || sync
words=$(mv -f "$copy.part" "$copy" 2>&1) || fail_as_said "$words"
unchanged
words=$(rm -f "$path" 2>&1) || fail_as_said "$words"
sync "${path%/*}" 2>/dev/null || :
printf 'kept %s' "$copy"
