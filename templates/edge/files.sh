# shellcheck shell=sh
# Common beginning of the programs that change files and directories. POSIX sh; sent whole, in front of the program.
#
# Exit codes: 10 changed meanwhile, 11 short, 12 wrong digest, 13 no space, 14 denied, 15 read-only, 16 something else is in
# the way, 17 anything else.

set -u
export LC_ALL=C

# Of several files: put NAME VALUE, get NAME…, what is known of the one with the current number; there are $all.
all=0 number=0
put() { eval "$1_$number=\$2"; }
get() { for field; do eval "$field=\${${field}_$number-}"; done; }

# in_groups TOOL WISHES WHICH: calls `TOOL WISH FILE…` once for all files with the same wish. On a small node each process
# costs a millisecond. What is done has no wish any more; where a call fails, who had one keeps it.
# shellcheck disable=SC2154 # eval makes $common, $same and $file
in_groups() {
    tool=$1 wishes=$2 which=$3 first=0
    while [ "$first" -lt "$all" ]; do
        first=$((first + 1)) number=$first
        get "$wishes"
        eval "common=\$$wishes"
        [ -n "$common" ] || continue
        members=''
        set --
        while [ "$number" -le "$all" ]; do
            get "$wishes" "$which"
            eval "same=\$$wishes file=\$$which"
            if [ "$same" = "$common" ]; then
                set -- "$@" "$file"
                members="$members $number"
            fi
            number=$((number + 1))
        done
        # shellcheck disable=SC2086 # a tool and its options
        $tool "$common" "$@" 2>/dev/null || continue
        for number in $members; do put "$wishes" ''; done
    done
}

# is WANTED NUMBER NAME: an owner or group, by number or by name
is() {
    case $1 in keep | "$2" | "$3") ;; *) return 1 ;; esac
}

fail() {
    printf '%s\n' "$2" >&2
    exit "$1"
}

# code_of WORDS: into $code, by what a command said when it failed
code_of() {
    case $1 in
        *'No space left'* | *'uota exceeded'*) code=13 ;;
        *'Read-only file system'*) code=15 ;;
        *'ermission denied'* | *'not permitted'*) code=14 ;;
        *'ot a directory'* | *'File exists'*) code=16 ;;
        *) code=17 ;;
    esac
}

fail_as_said() {
    code_of "$1"
    fail "$code" "$1"
}

# sha FILE: into $sum; a command substitution more would be a process more
sha() {
    sum=$(sha256sum <"$1") || return 1
    sum=${sum%% *}
}

# free_bytes DIRECTORY: into $free; nothing where nobody tells
free_bytes() {
    free=$(df -Pk "$1" 2>/dev/null | {
        read -r _
        read -r _ _ _ kib _
        printf '%s' "$kib"
    })
    case $free in
        *[!0-9]*) free= ;;
        ?*) free=$((free * 1024)) ;;
    esac
}

# keep_copy FILE SHA256 DIRECTORY: the file under its full path in the directory of backups, before it is replaced. The
# first copy of a run is the original and stays. On failure 1, with the reason in $words and its code in $code.
keep_copy() {
    copy=$3$1
    words=$(mkdir -p "${copy%/*}" 2>&1) || {
        code_of "$words"
        return 1
    }
    [ ! -e "$copy" ] || return 0
    words=$(cp -p "$1" "$copy.part" 2>&1) || {
        code_of "$words"
        rm -f "$copy.part"
        return 1
    }
    if ! sha "$copy.part" || [ "$sum" != "$2" ]; then
        code=17 words="the backup $copy is not the file that was to be kept"
        rm -f "$copy.part"
        return 1
    fi
    sync "$copy.part" 2>/dev/null || sync
    words=$(mv -f "$copy.part" "$copy" 2>&1) || {
        code_of "$words"
        rm -f "$copy.part"
        return 1
    }
}
