# shellcheck shell=sh
# write-file.sh PATH MODE OWNER GROUP SIZE SHA256 BEFORE BACKUPS: replaces one file by rename. The new contents come on stdin.
#   MODE, OWNER, GROUP   "keep" = those of the file that is there
#   BEFORE               "absent", "any", or the SHA-256 that the file must have now
#   BACKUPS              a directory for a copy of the old file, or "-"
# Exit: 0 "written" or "unchanged" on stdout; 20 changed meanwhile (its digest on stdout), 21 short (bytes that came),
# 22 wrong digest, 23 no space, 24 denied, 25 read-only, 26 not a regular file, 27 anything else; why is on stderr.
set -u
export LC_ALL=C
umask 077
path=$1 mode=$2 owner=$3 group=$4 size=$5 sha256=$6 before=$7 backups=$8
new='' rc=0
trap 'rc=$?; [ -z "$new" ] || rm -f -- "$new"; exit "$rc"' EXIT
trap 'exit 27' HUP INT TERM

# fail WORDS: the exit code is read from what the system said
fail() {
    printf '%s\n' "$1" >&2
    case $1 in
    *"No space left"* | *"Disk quota"*) exit 23 ;;
    *"Read-only file system"*) exit 25 ;;
    *"Permission denied"* | *"Operation not permitted"*) exit 24 ;;
    *) exit 27 ;;
    esac
}
digest() {
    sha256sum < "$1" | cut -d ' ' -f 1
}

# a link stays a link: what it points to is replaced
if [ -L "$path" ]; then
    path=$(readlink -f -- "$path") || fail "$1 is a link to nowhere"
fi
if [ -e "$path" ] && [ ! -f "$path" ]; then
    printf '%s is not a regular file\n' "$path" >&2
    exit 26
fi

now=absent
[ -e "$path" ] && now=$(digest "$path")
if [ "$before" != any ] && [ "$before" != "$now" ]; then
    printf '%s\n' "$now"
    exit 20
fi
if [ -e "$path" ]; then
    [ "$mode" != keep ] || mode=$(stat -c %a -- "$path")
    [ "$owner" != keep ] || owner=$(stat -c %U -- "$path")
    [ "$group" != keep ] || group=$(stat -c %G -- "$path")
    if [ "$now" = "$sha256" ] && [ "$(stat -c '%a %U %G' -- "$path")" = "$mode $owner $group" ]; then
        cat > /dev/null
        echo unchanged
        exit 0
    fi
fi
[ "$mode" != keep ] || mode=644
[ "$owner" != keep ] || owner=$(id -un)
[ "$group" != keep ] || group=$(id -gn)

# beside the target: rename is atomic only within one file system
new=$(mktemp -- "${path%/*}/.hdikafka.XXXXXX" 2>&1) || { words=$new; new=; fail "$words"; }
words=$(cat 2>&1 > "$new") || fail "$words"
came=$(($(wc -c < "$new")))
if [ "$came" -ne "$size" ]; then
    printf '%s\n' "$came"
    exit 21
fi
[ "$(digest "$new")" = "$sha256" ] || exit 22
words=$(chown -- "$owner:$group" "$new" 2>&1) || fail "$words"
words=$(chmod -- "$mode" "$new" 2>&1) || fail "$words"
sync -- "$new" 2>/dev/null || sync

if [ "$backups" != - ] && [ "$now" != absent ]; then
    words=$(mkdir -p -- "$backups" 2>&1 && chmod 700 -- "$backups" 2>&1) || fail "$words"
    copy=$backups/$(printf '%s' "$path" | tr / _)
    words=$(cp -p -- "$path" "$copy" 2>&1) || fail "$words"
    [ "$(digest "$copy")" = "$now" ] || fail "the backup $copy is not what it should be"
    sync -- "$copy" 2>/dev/null || sync
fi
words=$(mv -f -T -- "$new" "$path" 2>&1) || fail "$words"
new=''
sync -- "${path%/*}" 2>/dev/null || sync
echo written
