# shellcheck shell=sh
# Replaces a file of any size by what comes on standard input, or leaves it as it was.
#
# sh -c "$FILES$THIS" write-file PATH MODE OWNER GROUP BEFORE LENGTH SHA256 BACKUPS
#   MODE OWNER GROUP   "keep": as the file has it (0644 and whoever writes, if there is none)
#   BEFORE             "any", "absent", or the sha256 that the file must have now
#   BACKUPS            directory that receives the old file under its full path; empty: no backup
#
# Nothing is renamed before length and digest are right: a cut connection looks like a clean end of input. Answers on
# standard output; without its last line nothing has happened. Exit codes as files.sh; 16: not a regular file.
# shellcheck disable=SC2154 # files.sh has $code and $free

umask 077
path=$1 mode=$2 owner=$3 group=$4 before=$5 length=$6 digest=$7 backups=$8

newline='
'
temp=
trap 'if [ -n "$temp" ]; then rm -f "$temp"; fi' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

no_space() {
    # The half-written file is part of what is used up.
    if [ -n "$temp" ]; then rm -f "$temp"; fi
    free_bytes "$dir"
    printf 'free %s\n' "$free"
    fail 13 "no space left in $dir"
}

fail_as_written() {
    code_of "$1"
    if [ "$code" = 13 ]; then no_space; fi
    fail "$code" "$1"
}

# Instead of the common one, for a file that may be large: by OpenSSL where that is installed, with the processor's own
# instructions, it takes a third of the time.
sha() {
    if [ "$length" -le 1048576 ] || ! sum=$(openssl dgst -sha256 -r <"$1" 2>/dev/null) || [ "${#sum}" -lt 65 ]; then
        sum=$(sha256sum <"$1") || return 1
    fi
    sum=${sum%% *}
}

# Into $now.
look() {
    now=absent
    if [ -e "$real" ]; then
        sha "$real" || return 1
        now=$sum
    fi
}

changed() {
    printf 'found %s\n' "$1"
    fail 10 "$real is not as expected"
}

# fits WANTED NUMBER FORMAT FILE: an owner or group by number, or by the name that stat knows for it.
fits() {
    case $1 in
        keep | "$2") return 0 ;;
        root) [ "$2" = 0 ] ;;
        *) [ "$1" = "$(stat -c "$3" "$4")" ] ;;
    esac
}

# Seconds since boot into $seconds, without a process; 0 where nobody tells.
look_at_clock() {
    seconds=0
    { read -r seconds _ </proc/uptime; } 2>/dev/null || :
    seconds=${seconds%%.*}
}

# The contents into the new file. A connection can go without a word, and sshd finds that out after hours: a piece that
# takes longer than 30 s is the end of input. The first is of 1 MiB; where they come within a second, larger ones save three
# processes each, and there is still time for one that comes much slower.
receive() {
    had=-1 has=0 size=1
    while [ "$has" -gt "$had" ] && [ "$has" -le "$length" ]; do
        had=$has
        look_at_clock
        begun=$seconds
        timeout 30 dd bs=1048576 count="$size" iflag=fullblock status=none >>"$temp"
        case $? in
            0) has=$(stat -c %s "$temp") ;;
            124 | 143) return 0 ;;
            *) return 1 ;;
        esac
        look_at_clock
        if [ "$((seconds - begun))" -gt 1 ]; then
            size=1
        elif [ "$size" -lt 8 ]; then
            size=$((size * 2))
        fi
    done
}

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

look || fail 17 "$real cannot be read"
current=$now
if [ "$current" = absent ]; then
    was_mode=644 was_uid=keep was_gid=keep
else
    found=$(stat -c '%a %u %g' "$real")
    was_mode=${found%% *} was_gid=${found##* }
    was_uid=${found#* } was_uid=${was_uid%% *}
    if [ "$current" = "$digest" ] && { [ "$mode" = keep ] || [ "${mode#0}" = "$was_mode" ]; } &&
        fits "$owner" "$was_uid" %U "$real" && fits "$group" "$was_gid" %G "$real"; then
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
free_bytes "$dir"
if [ -n "$free" ] && [ "$free" -lt "$length" ]; then no_space; fi
if [ "$mode" = keep ]; then mode=$was_mode; fi
# Never more open than it is going to be; the usual modes need no chmod then.
case ${mode#0} in
    644) creation=022 ;;
    640) creation=027 ;;
    *) creation=077 ;;
esac
# Named first and made afterwards, so that no signal finds a file without a name to remove.
words=$(mktemp -u "$dir/.hdikafka-XXXXXX" 2>&1) || fail_as_written "$words"
temp=$words
words=$({ umask "$creation" && set -C && : >"$temp"; } 2>&1) || {
    # what is there with this name is not ours to remove
    temp=
    fail_as_written "$words"
}
words=$(receive 2>&1) || fail_as_written "$words"
found=$(stat -c '%s %a %u %g' "$temp")
got=${found%% *} gid=${found##* }
uid=${found#* * } uid=${uid%% *}
has_mode=${found#* } has_mode=${has_mode%% *}
if [ "$got" != "$length" ]; then
    printf 'got %s\n' "$got"
    fail 11 "$got of $length bytes arrived"
fi
if ! sha "$temp" || [ "$sum" != "$digest" ]; then fail 12 "the bytes that arrived are not those that were sent"; fi

if [ "$owner" = keep ]; then owner=$was_uid; fi
if [ "$group" = keep ]; then group=$was_gid; fi
# Only what differs: giving a file to oneself may be forbidden too.
if ! fits "$owner" "$uid" %U "$temp"; then
    words=$(chown "$owner" "$temp" 2>&1) || fail_as_written "$words"
fi
if ! fits "$group" "$gid" %G "$temp"; then
    words=$(chgrp "$group" "$temp" 2>&1) || fail_as_written "$words"
fi
if [ "${mode#0}" != "$has_mode" ]; then
    words=$(chmod "$mode" "$temp" 2>&1) || fail_as_written "$words"
fi
sync "$temp" 2>/dev/null || sync

look || fail 17 "$real cannot be read"
[ "$now" = "$current" ] || changed "$now"
if [ -n "$backups" ] && [ "$current" != absent ]; then
    keep_copy "$real" "$current" "$backups" || {
        if [ "$code" = 13 ]; then no_space; fi
        fail "$code" "$words"
    }
    printf 'backup\n'
fi
# -T: never into a directory that has come there meanwhile.
words=$(mv -fT "$temp" "$real" 2>&1) || words=$(mv -f "$temp" "$real" 2>&1) || fail_as_written "$words"
temp=
sync "$dir" 2>/dev/null || :
if [ "$current" = absent ]; then
    printf 'done created\npath\n%s' "$real"
else
    printf 'previous %s\ndone replaced\npath\n%s' "$current" "$real"
fi
