# shellcheck shell=sh
# Replaces files, each by what comes for it on standard input, or leaves it as it was.
#
# sh -c "$THIS" write-file [PATH MODE OWNER GROUP BEFORE LENGTH SHA256 BACKUPS]...
#   MODE OWNER GROUP   "keep": as the file has it (0644 and whoever writes, if there is none)
#   BEFORE             "any", "absent", or the sha256 that the file must have now
#   BACKUPS            directory that receives the old file under its full path; empty: no backup
#
# One file: standard input is its contents. Nothing is renamed before length and digest are right: a cut connection looks
# like a clean end of input. Answers on standard output; without its last line nothing has happened. Exit codes: 10 changed
# meanwhile, 11 short, 12 wrong digest, 13 no space, 14 denied, 15 read-only, 16 not a regular file, 17 anything else.
#
# Several files, small ones: standard input is a line of base64 for each, in their order. Each has a fate of its own: its
# answer comes as "file CODE LENGTH", a line end and so many bytes, where "said WORDS" stands for standard error.

set -u
export LC_ALL=C
umask 077

newline='
'

# Of several files: how the names of the temporary ones begin, and the two digits at their end.
several='' number=10
if [ "$#" -gt 8 ]; then
    several=$(mktemp -u .hdikafka-XXXXXX) || exit 17
    several=${several%??}
fi

fail() {
    if [ -n "$several" ]; then printf 'said %s\n' "$2"; else printf '%s\n' "$2" >&2; fi
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

# Into $sum: a command substitution more would be a process more. A large file by OpenSSL where it is installed: with the
# processor's own instructions it takes a third of the time.
sha() {
    if [ "$length" -gt 1048576 ] && sum=$(openssl dgst -sha256 -r <"$1" 2>/dev/null) && [ "${#sum}" -gt 64 ]; then
        sum=${sum%% *}
        return
    fi
    sum=$(sha256sum <"$1") || return 1
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

# The contents into the new file: from $line, or from standard input. A connection can go without a word, and sshd finds
# that out after hours: a piece that takes longer than 30 s is the end of input. The first is of 1 MiB; where they come
# within a second, larger ones save three processes each, and there is still time for one that comes much slower.
receive() {
    if [ -n "$several" ]; then
        printf '%s' "$line" | base64 -d >"$temp"
        return
    fi
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

# One file, in a shell of its own or as the last thing that this one does.
replace() {
    path=$1 mode=$2 owner=$3 group=$4 before=$5 length=$6 digest=$7 backups=$8
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

    # A small file that is here already is written in no time: it leaves nothing half done, and a full disk says so itself.
    if [ -z "$several" ]; then
        # Left by a run that was killed; nobody writes for an hour.
        find "$dir" -maxdepth 1 -type f -name '.hdikafka-??????' -mmin +60 -exec rm -f {} + 2>/dev/null || :
        free=$(free_bytes)
        if [ -n "$free" ] && [ "$free" -lt "$length" ]; then no_space; fi
    fi
    if [ "$mode" = keep ]; then mode=$was_mode; fi
    # Never more open than it is going to be; the usual modes need no chmod then.
    case ${mode#0} in
        644) creation=022 ;;
        640) creation=027 ;;
        *) creation=077 ;;
    esac
    # Named first and made afterwards, so that no signal finds a file without a name to remove.
    if [ -n "$several" ]; then
        temp=$dir/$several$number
    else
        words=$(mktemp -u "$dir/.hdikafka-XXXXXX" 2>&1) || fail_as_said "$words"
        temp=$words
    fi
    words=$({ umask "$creation" && set -C && : >"$temp"; } 2>&1) || {
        # what is there with this name is not ours to remove
        temp=
        fail_as_said "$words"
    }
    words=$(receive 2>&1) || fail_as_said "$words"
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
        words=$(chown "$owner" "$temp" 2>&1) || fail_as_said "$words"
    fi
    if ! fits "$group" "$gid" %G "$temp"; then
        words=$(chgrp "$group" "$temp" 2>&1) || fail_as_said "$words"
    fi
    if [ "${mode#0}" != "$has_mode" ]; then
        words=$(chmod "$mode" "$temp" 2>&1) || fail_as_said "$words"
    fi
    sync "$temp" 2>/dev/null || sync

    look || fail 17 "$real cannot be read"
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
            if ! sha "$copy.part" || [ "$sum" != "$current" ]; then
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
    [ -n "$several" ] || sync "$dir" 2>/dev/null || :
    if [ "$current" = absent ]; then
        printf 'done created\npath\n%s' "$real"
    else
        printf 'previous %s\ndone replaced\npath\n%s' "$current" "$real"
    fi
}

if [ -z "$several" ]; then
    replace "$@"
    exit
fi
told() {
    answer=$(replace "$@")
    printf 'file %s %s\n%s\n' "$?" "${#answer}" "$answer"
}
# Side by side where the answers can be kept in memory until all are there: of a full disk has to be told, too.
answers=$(mktemp -d /run/hdikafka-XXXXXX 2>/dev/null) || answers=
trap 'wait; if [ -n "$answers" ]; then rm -rf "$answers"; fi' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
rest=$#
while [ "$rest" -ge 8 ]; do
    # An end of input before its line ends is found by the length.
    IFS= read -r line || :
    if [ -n "$answers" ]; then
        told "$@" >"$answers/$number" &
    else
        told "$@"
    fi
    # Behind the files that are left: the directories of those that are done.
    directory=${1%/*}
    shift 8
    set -- "$@" "${directory:-/}"
    rest=$((rest - 8)) number=$((number + 1))
done
wait
if [ -n "$answers" ]; then cat "$answers"/*; fi
sync "$@" 2>/dev/null || :
