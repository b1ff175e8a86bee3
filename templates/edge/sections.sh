# shellcheck shell=sh
# Common beginning of the programs that ask the edge node. POSIX sh; sent whole, never edited on the way.
# An answer is a row of sections: "NAME LENGTH" on a line, LENGTH bytes, a newline. The last one is "end 0".
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# section NAME: its body comes on stdin
section() {
    body=$(cat; printf x)
    section_of "$1" "${body%x}"
}

# section_of NAME BODY: what is known already costs no process
section_of() {
    printf '%s %s\n%s\n' "$1" "${#2}" "$2"
}

# section_lines NAME LINES: whose last line end a command substitution took
section_lines() {
    section_of "$1" "${2:+$2$newline}"
}

# section_file NAME PATH: a file byte for byte, at most 1 MiB of it (properties and offset files are far smaller). It is
# read once: a worker rewrites its offset file every few seconds, and a length of another moment would spoil the answer.
section_file() {
    : > "$scratch/file" || exit 1
    # What is there and cannot be read whole must not pass for an empty file.
    if [ -e "$2" ]; then head -c 1048576 -- "$2" > "$scratch/file" || exit 1; fi
    size=$(wc -c < "$scratch/file")
    printf '%s %s\n' "$1" "$((size))"
    cat -- "$scratch/file"
    printf '\n'
}

# section_files INDEX TOTAL FILE…: files byte for byte. INDEX has a line "LENGTH FILE" for each, as it was a moment ago. If
# they are still that long together, then in one piece, which takes three processes instead of three for each.
section_files() {
    index=$1 total=$2
    shift 2
    if [ "$total" -le 4194304 ] && cat -- "$@" 2>/dev/null < /dev/null > "$scratch/files" &&
        [ "$(($(wc -c < "$scratch/files")))" = "$total" ]; then
        section_of files "$index"
        printf 'contents %s\n' "$total"
        cat -- "$scratch/files"
        printf '\n'
        return
    fi
    for file; do section_file "file:$file" "$file"; done
}

# log_digest LOG INVOCATION: what the log says since that start of the unit, in lines of one letter and a text:
#   P TASK N      poll lines of a task           S TASK      a task finished its initialisation
#   E N           lines at ERROR                 e TEXT      the first of them and what follows each
#   M N           metadata warnings (a topic is missing)     m TEXT      the last of them
#   C             "Created connector" was seen   t TEXT      the last lines
#   B             the start's own marker was found
log_digest() {
    tail -c 16777216 -- "$1" 2>/dev/null | awk -v id="$2" '
        function task(line,    i) {
            i = match(line, /\|task-[0-9]+\]/)
            return i ? substr(line, RSTART + 1, RLENGTH - 2) : "task-?"
        }
        /^=== hdikafka start / {
            on = ($4 == id); if (on) { split("", polls); split("", ready); errors = metadata = created = kept = n = after = 0; begun = 1 }
            next
        }
        !on { next }
        { n++; last[n % 40] = $0 }
        /Polling for data - Obtained/ || /Received [0-9]+ messages to be sent/ { polls[task($0)]++ }
        /Polling for data - Obtained 0/ { next }
        /task finished initialization and start/ { ready[task($0)] = 1 }
        /Created connector / { created = 1 }
        /Error while fetching metadata/ { metadata++; warning = $0 }
        /^\[[^]]*\] ERROR / && !/Plugin class loader for connector: .* was not found/ {
            errors++; after = 12
            if (kept < 60) { first[kept++] = substr($0, 1, 2000) }
            next
        }
        /^\[[^]]*\] [A-Z]+ / { after = 0 }
        after > 0 && kept < 60 && !/^[ \t]+at / { after--; first[kept++] = substr($0, 1, 2000) }
        END {
            if (begun) print "B"
            for (t in polls) print "P " t " " polls[t]
            for (t in ready) print "S " t
            if (created) print "C"
            print "E " errors + 0
            for (i = 0; i < kept; i++) print "e " first[i]
            if (metadata) { print "M " metadata; print "m " warning }
            for (i = (n > 40 ? n - 39 : 1); i <= n; i++) print "t " substr(last[i % 40], 1, 1000)
        }'
}

# unit_states WORD…: what systemd says of the units of these connectors, in that order, a blank line between two
unit_states() {
    for word; do
        shift
        set -- "$@" "hdikafka-$word.service"
    done
    systemctl show --no-pager -p Id -p LoadState -p ActiveState -p SubState -p Result -p MainPID -p UnitFileState \
        -p ExecMainStatus -p ExecMainCode -p NRestarts -p InvocationID -p ActiveEnterTimestamp -p ActiveEnterTimestampMonotonic -p NeedDaemonReload -p User -- "$@" 2>/dev/null
}

# connector_states STATES WORD…: of each the unit, the password of its REST port, its log since the start, and the journal
# where the log does not reach
connector_states() {
    units=$1
    shift
    for word; do
        unit=${units%%"$newline$newline"*}
        units=${units#"$unit"}
        units=${units#"$newline$newline"}
        connector_state "$word" "$unit"
    done
}

# connector_state WORD UNIT: as above, with what systemd says of the unit. Of the source also who runs it: $source_user.
# systemctl has an order of its own for the properties.
connector_state() {
    if [ "$1" = source ]; then
        source_user=$newline$2$newline
        case $source_user in
            *"${newline}User="*) source_user=${source_user#*"${newline}User="} source_user=${source_user%%"$newline"*} ;;
            *) source_user= ;;
        esac
    fi
    section_of "unit:$1" "$2$newline"
    line=
    { IFS= read -r line < "/run/hdikafka-$1/rest-login.properties"; } 2>/dev/null || :
    [ -z "$line" ] || section_of "login:$1" "$line"
    invocation=none
    case $2 in
        *InvocationID=[!"$newline"]*) invocation=${2#*InvocationID=} invocation=${invocation%%"$newline"*} ;;
    esac
    log=/var/log/hdikafka/$1.log
    if [ -f "$log" ]; then
        section_lines "log:$1" "$(log_digest "$log" "$invocation")"
    else
        section_of "log:$1" "E 0$newline"
    fi
    case $2 in
        *ActiveState=failed* | *ActiveState=activating* | *ActiveState=deactivating*)
            section_lines "journal:$1" "$(journalctl -q --no-pager -o cat -n 25 -u "hdikafka-$1.service" 2>/dev/null)"
            ;;
    esac
}

# unwritable USER: which of the offset file and its directory that user cannot write
unwritable() {
    user=$1
    set --
    for target in /var/lib/hdikafka/offsets /var/lib/hdikafka/offsets/source.offsets; do
        [ -e "$target" ] && set -- "$@" "$target"
    done
    if [ -z "$user" ] || [ "$#" = 0 ]; then return; fi
    # shellcheck disable=SC2016
    setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
        sh -c 'for target; do test -w "$target" || printf "%s\n" "$target"; done' unwritable "$@" 2>/dev/null || printf '%s\n' "$@"
}

newline='
'
# In memory where that is possible: a node whose disk is full has to be asked, too.
if [ -z "${TMPDIR:-}" ] && [ -w /run ]; then export TMPDIR=/run; fi
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT PIPE TERM
