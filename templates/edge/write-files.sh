# shellcheck shell=sh
# Replaces several small files, as write-file.sh does one, or leaves them as they were. What a tool can be asked about many
# files it is asked once for all: on a small node each process costs a millisecond, and here are a dozen files.
#
# sh -c "$FILES$THIS" write-files [PATH MODE OWNER GROUP BEFORE LENGTH SHA256 BACKUPS]...      as for write-file.sh
#
# Standard input is their contents, one behind the other. Each file has a fate of its own: its answer comes, in their order,
# as "file CODE LENGTH", a line end and so many bytes, where "said WORDS" stands for standard error.
# shellcheck disable=SC2154 # `get` and `put` make the variables of a file

umask 077
newline='
'
# How the names of the temporary files begin; the number of the file, in two digits, ends them.
name=$(mktemp -u .hdikafka-XXXXXX) || exit 17
name=${name%??}

# each FUNCTION: for every file that is not done with, in their order
each() {
    number=0
    while [ "$number" -lt "$all" ]; do
        number=$((number + 1))
        get open
        [ -z "$open" ] || "$1"
    done
}

# ends CODE ANSWER, refuse CODE WORDS [FINDING], refuse_as_said WORDS: this file is done with
ends() {
    put open ''
    put wish ''
    put new_mode ''
    put code "$1"
    put answer "$2"
}
refuse() { ends "$1" "${3:+$3$newline}said $2"; }
refuse_as_said() {
    code_of "$1"
    if [ "$code" != 13 ]; then
        refuse "$code" "$1"
        return
    fi
    # The half-written file is part of what is used up.
    get temp dir
    [ -z "$temp" ] || rm -f "$temp"
    free_bytes "$dir"
    refuse 13 "no space left in $dir" "free $free"
}

remove_temporary_files() {
    number=0
    while [ "$number" -lt "$all" ]; do
        number=$((number + 1))
        get temp
        [ -z "$temp" ] || rm -f "$temp"
    done
}
trap remove_temporary_files EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

# The file itself and its directory; without a process where the file is no link. `cd -P` sets PWD.
find_place() {
    get path
    case $path in
        /*) ;;
        *)
            refuse 17 "$path is not an absolute path"
            return
            ;;
    esac
    real=${path%/*}
    if cd -P "${real:-/}" 2>/dev/null; then real=${PWD%/}/${path##*/}; else real=; fi
    if [ -L "$real" ]; then
        # the x keeps newlines at the end of a name
        real=$(readlink -f "$path" && printf x) || real=
        real=${real%"${newline}x"}
    fi
    if [ -z "$real" ]; then
        refuse 17 "the directory of $path does not exist"
        return
    fi
    dir=${real%/*}
    put real "$real"
    put dir "${dir:-/}"
    [ -e "$real" ] || return 0
    if [ ! -f "$real" ]; then
        refuse 16 "$real is not a regular file"
    elif [ ! -r "$real" ]; then
        refuse 14 "$real: Permission denied"
    fi
}

# ask TOOL WHICH INTO: the line that the tool says of each file that is there, and "absent" of the others. A tool that fails
# for one of them says nothing of which: then it is asked for each.
ask() {
    tool=$1 which=$2 into=$3
    shift 3
    asked='' alone='' number=0
    while [ "$number" -lt "$all" ]; do
        number=$((number + 1))
        get open "$which"
        [ -n "$open" ] || continue
        eval "file=\$$which"
        put "$into" absent
        [ -e "$file" ] || continue
        asked="$asked $number"
        set -- "$@" "$file"
        # not every sha256sum escapes that
        case $file in *"$newline"*) alone=yes ;; esac
    done
    [ "$#" != 0 ] || return 0
    if [ -n "$alone" ] || ! said=$("$tool" "$@" 2>/dev/null); then
        for number in $asked; do
            if line=$("$tool" "$1" 2>/dev/null); then told; else refuse 17 "$1 cannot be read"; fi
            shift
        done
        return
    fi
    for number in $asked; do
        IFS= read -r line
        told
    done <<END
$said
END
}
facts() { stat -c '%s|%a|%u|%g|%U|%G' "$@"; }

# $line of the current file; of a digest without the name, which has a backslash in front of all if it needs an escape
told() {
    if [ "$tool" = sha256sum ]; then
        line=${line#\\}
        line=${line%% *}
    fi
    put "$into" "$line"
}

decide() {
    get real mode owner group before digest current was
    if [ "$current" != absent ]; then
        IFS='|' read -r _ was_mode uid gid user users <<END
$was
END
        if [ "$current" = "$digest" ] && is "${mode#0}" "$was_mode" '' && is "$owner" "$uid" "$user" &&
            is "$group" "$gid" "$users"; then
            put dir ''
            ends 0 "done unchanged${newline}path$newline$real"
            return
        fi
        [ "$mode" != keep ] || mode=$was_mode
        [ "$owner" != keep ] || owner=$uid
        [ "$group" != keep ] || group=$gid
    fi
    [ "$mode" != keep ] || mode=644
    put mode "${mode#0}"
    put owner "$owner"
    put group "$group"
    case $before in
        any | "$current") ;;
        *) refuse 10 "$real is not as expected" "found $current" ;;
    esac
}

# Never more open than it is going to be; the usual modes need no chmod then. Its name is known before it is made, so that
# no signal finds a file that nobody removes.
make_temporary_file() {
    get dir mode
    case $mode in
        644) umask 022 ;;
        640) umask 027 ;;
    esac
    temp=$dir/$name$((number + 10))
    put temp "$temp"
    set -C
    { true >"$temp"; } 2>/dev/null || words=$({ : >"$temp"; } 2>&1) || {
        # what is there with this name is not ours to remove
        temp=
        put temp ''
        refuse_as_said "$words"
    }
    set +C
    umask 077
}

# What comes for a file that is done with is read, too: that of the next one is behind it.
receive() {
    number=0
    while [ "$number" -lt "$all" ]; do
        number=$((number + 1))
        get open length temp
        [ -z "$open" ] || make_temporary_file
        [ "$length" != 0 ] || continue
        words=$(dd bs="$length" count=1 iflag=fullblock status=none 2>&1 >>"${temp:-/dev/null}") || {
            get open
            [ -z "$open" ] || refuse_as_said "$words"
        }
    done
}

verify() {
    get length digest received is_now owner group mode
    IFS='|' read -r size now_mode uid gid user users <<END
$is_now
END
    if [ "$size" != "$length" ]; then
        refuse 11 "$size of $length bytes arrived" "got $size"
        return
    elif [ "$received" != "$digest" ]; then
        refuse 12 "the bytes that arrived are not those that were sent"
        return
    fi
    # Only what differs: giving a file to oneself may be forbidden too.
    wish=
    is "$group" "$gid" "$users" || wish=:$group
    is "$owner" "$uid" "$user" || wish=$owner$wish
    put wish "$wish"
    [ "$mode" = "$now_mode" ] || put new_mode "$mode"
}

# Of those for which a call together has failed, so that it is known which.
give_away() {
    get wish temp
    [ -z "$wish" ] || words=$(chown "$wish" "$temp" 2>&1) || refuse_as_said "$words"
}
set_mode() {
    get new_mode temp
    [ -z "$new_mode" ] || words=$(chmod "$new_mode" "$temp" 2>&1) || refuse_as_said "$words"
}

# of_all FUNCTION WHICH: with what the files that are not refused have
of_all() {
    function=$1 which=$2 number=0
    set --
    while [ "$number" -lt "$all" ]; do
        number=$((number + 1))
        get code "$which"
        eval "file=\$$which"
        if [ "$code" = 0 ] && [ -n "$file" ]; then set -- "$@" "$file"; fi
    done
    [ "$#" = 0 ] || "$function" "$@"
}
sync_files() { sync "$@" 2>/dev/null || sync; }
# Left by a run that was killed; nobody writes for an hour.
sweep() { find "$@" -maxdepth 1 -type f -name '.hdikafka-??????' -mmin +60 -exec rm -f {} + 2>/dev/null || :; }

replace() {
    get temp real current now backups
    if [ "$now" != "$current" ]; then
        refuse 10 "$real is not as expected" "found $now"
        return
    fi
    answer=
    if [ -n "$backups" ] && [ "$current" != absent ]; then
        keep_copy "$real" "$current" "$backups" || {
            refuse_as_said "$words"
            return
        }
        answer=backup$newline
    fi
    # -T: never into a directory that has come there meanwhile.
    words=$(mv -fT "$temp" "$real" 2>&1) || words=$(mv -f "$temp" "$real" 2>&1) || {
        refuse_as_said "$words"
        return
    }
    put temp ''
    if [ "$current" = absent ]; then
        answer="${answer}done created"
    else
        answer="${answer}previous $current${newline}done replaced"
    fi
    ends 0 "$answer${newline}path$newline$real"
}

while [ "$#" -ge 8 ]; do
    number=$((number + 1)) all=$number
    put open yes
    put code 0
    put temp ''
    put dir /
    put path "$1"
    put mode "$2"
    put owner "$3"
    put group "$4"
    put before "$5"
    put length "$6"
    put digest "$7"
    put backups "$8"
    shift 8
done
each find_place
ask sha256sum real current
ask facts real was
each decide
receive
ask sha256sum temp received
ask facts temp is_now
each verify
in_groups chown wish temp
each give_away
in_groups chmod new_mode temp
each set_mode
of_all sync_files temp
ask sha256sum real now
each replace
of_all sync_files dir
of_all sweep dir
number=0
while [ "$number" -lt "$all" ]; do
    number=$((number + 1))
    get code answer
    printf 'file %s %s\n%s\n' "$code" "${#answer}" "$answer"
done
