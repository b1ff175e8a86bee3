# shellcheck shell=sh
# Replaces one file by what comes on standard input, or leaves everything as it was.
#
# sh -c "$THIS" write-file PATH MODE OWNER GROUP BEFORE LENGTH SHA256 BACKUPS
#   MODE OWNER GROUP   "keep": as the file has it (0644 and whoever writes, if there is none)
#   BEFORE             "any", "absent", or the sha256 that the file must have now
#   BACKUPS            directory that receives the old file under its full path; empty: no backup
#
# Nothing is renamed before length and digest are right: a cut connection looks like a clean end of input.
# Answers on standard output; without its last line nothing has happened. Exit codes: 10 changed meanwhile, 11 short,
# 12 wrong digest, 13 no space, 14 denied, 15 read-only, 16 not a regular file, 17 anything else.

set -u
export LC_ALL=C
umask 077

path=$1 mode=$2 owner=$3 group=$4 before=$5 length=$6 digest=$7 backups=$8
newline='
'

fail() {
    printf '%s\n' "$2" >&2
    exit "$1"
}

# What a command said when it failed, to the exit code that the caller understands.
fail_as_said() {
    case $1 in
        *'No space left'* | *'uota exceeded'*) no_space ;;
        *'Read-only file system'*) fail 15 "$1" ;;
        *'ermission denied'* | *'not permitted'*) fail 14 "$1" ;;
        *) fail 17 "$1" ;;
    esac
}

free_bytes() {
    kib=$(df -Pk "$dir" 2>/dev/null | {
        read -r _
        read -r _ _ _ kib _
        printf '%s' "$kib"
    })
    case $kib in
        '' | *[!0-9]*) ;;
        *) printf '%s' "$((kib * 1024))" ;;
    esac
}

no_space() {
    # The half-written file is part of what is used up.
    if [ -n "$temp" ]; then rm -f "$temp"; fi
    printf 'free %s\n' "$(free_bytes)"
    fail 13 "no space left in $dir"
}

sha() {
    sum=$(sha256sum <"$1") || return 1
    printf '%s' "${sum%% *}"
}

found_now() {
    if [ -e "$real" ]; then sha "$real"; else printf absent; fi
}

changed() {
    printf 'found %s\n' "$1"
    fail 10 "$real is not as expected"
}

# wanted, and the two ways to write what there is
fits() {
    [ "$1" = keep ] || [ "$1" = "$2" ] || [ "$1" = "$3" ]
}

temp=
trap 'if [ -n "$temp" ]; then rm -f "$temp"; fi' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

case $path in
    /*) ;;
    *) fail 17 "$path is not an absolute path" ;;
esac
# The x keeps newlines at the end of a name, which the substitution would drop.
real=$(readlink -f "$path" && printf x) || fail 17 "the directory of $path does not exist"
real=${real%"${newline}x"}
dir=${real%/*}
dir=${dir:-/}
if [ -e "$real" ] && [ ! -f "$real" ]; then fail 16 "$real is not a regular file"; fi
if [ -e "$real" ] && [ ! -r "$real" ]; then fail 14 "$real: Permission denied"; fi

current=$(found_now) || fail 17 "$real cannot be read"
if [ "$current" = absent ]; then
    was_mode=644 was_uid=keep was_gid=keep
else
    was_mode=$(stat -c %a "$real") was_uid=$(stat -c %u "$real") was_gid=$(stat -c %g "$real")
    if [ "$current" = "$digest" ] && fits "${mode#0}" "$was_mode" "$was_mode" &&
        fits "$owner" "$was_uid" "$(stat -c %U "$real")" && fits "$group" "$was_gid" "$(stat -c %G "$real")"; then
        printf 'done unchanged\npath\n%s' "$real"
        exit 0
    fi
fi
case $before in
    any | "$current") ;;
    *) changed "$current" ;;
esac

# Left by a run that was killed; nobody writes for an hour.
find "$dir" -maxdepth 1 -type f -name '.hdikafka-??????' -mmin +60 -exec rm -f {} + 2>/dev/null || :

free=$(free_bytes)
if [ -n "$free" ] && [ "$free" -lt "$length" ]; then no_space; fi
# Named first and made afterwards, so that no signal finds a file without a name to remove.
words=$(mktemp -u "$dir/.hdikafka-XXXXXX" 2>&1) || fail_as_said "$words"
temp=$words
words=$({ set -C && : >"$temp"; } 2>&1) || fail_as_said "$words"
words=$(cat 2>&1 >"$temp") || fail_as_said "$words"
got=$(stat -c %s "$temp")
if [ "$got" != "$length" ]; then
    printf 'got %s\n' "$got"
    fail 11 "$got of $length bytes arrived"
fi
[ "$(sha "$temp")" = "$digest" ] || fail 12 "the bytes that arrived are not those that were sent"

if [ "$mode" = keep ]; then mode=$was_mode; fi
if [ "$owner" = keep ]; then owner=$was_uid; fi
if [ "$group" = keep ]; then group=$was_gid; fi
# Only what differs: giving a file to oneself may be forbidden too.
if ! fits "$owner" "$(stat -c %u "$temp")" "$(stat -c %U "$temp")"; then
    words=$(chown "$owner" "$temp" 2>&1) || fail_as_said "$words"
fi
if ! fits "$group" "$(stat -c %g "$temp")" "$(stat -c %G "$temp")"; then
    words=$(chgrp "$group" "$temp" 2>&1) || fail_as_said "$words"
fi
words=$(chmod "$mode" "$temp" 2>&1) || fail_as_said "$words"
sync "$temp" 2>/dev/null || sync

now=$(found_now) || fail 17 "$real cannot be read"
[ "$now" = "$current" ] || changed "$now"
if [ -n "$backups" ] && [ "$current" != absent ]; then
    copy=$backups$real
    words=$(mkdir -p "${copy%/*}" 2>&1) || fail_as_said "$words"
    # The first copy of a run is the original.
    if [ ! -e "$copy" ]; then
        words=$(cp -p "$real" "$copy.part" 2>&1) || {
            rm -f "$copy.part"
            fail_as_said "$words"
        }
        if [ "$(sha "$copy.part")" != "$current" ]; then
            rm -f "$copy.part"
            fail 17 "the backup $copy is not the file that was to be kept"
        fi
        sync "$copy.part" 2>/dev/null || sync
        words=$(mv -f "$copy.part" "$copy" 2>&1) || fail_as_said "$words"
    fi
    printf 'backup\n'
fi
# -T: never into a directory that has come there meanwhile.
words=$(mv -fT "$temp" "$real" 2>&1) || words=$(mv -f "$temp" "$real" 2>&1) || fail_as_said "$words"
temp=
sync "$dir" 2>/dev/null || :
if [ "$current" = absent ]; then
    printf 'done created\npath\n%s' "$real"
else
    printf 'previous %s\ndone replaced\npath\n%s' "$current" "$real"
fi
