# shellcheck shell=sh
# service.sh ACTION CONNECTOR…: reload | start | restart | stop, through systemd.
# `reload ENABLE… -- DISABLE…`: set what starts at boot, and let systemd read the units again where it would not by itself.
# `start CONNECTOR… -- PROGRAM ARGUMENT…` and `restart` likewise: first the program of reach.sh says on standard output
# whether there is a way out. Exit code 30, and nothing was started or stopped: there is none.
export LC_ALL=C
newline='
'
action=$1
shift

# way_out PROGRAM ARGUMENT…
way_out() {
    program=$1
    shift
    answers=$(sh -c "$program" hdikafka-reach "$@")
    printf '%s\n' "$answers"
    case $newline$answers in
        *"${newline}name "* | *"${newline}closed "* | *"${newline}silent "*) exit 30 ;;
    esac
}

forget_failures() {
    for connector; do systemctl reset-failed "hdikafka-$connector.service" 2>/dev/null; done
}

# The words before `--` stay, what is behind it is run.
if [ "$action" = start ] || [ "$action" = restart ]; then
    connectors=''
    while [ "$#" -gt 0 ] && [ "$1" != -- ]; do
        connectors="$connectors $1"
        shift
    done
    # What failed before counts no more; systemctl says so while the way out is looked at.
    # shellcheck disable=SC2086 # words of ours without blanks
    [ "$action" != start ] || forget_failures $connectors &
    if [ "$#" -gt 1 ]; then
        shift
        way_out "$@"
    fi
    wait
    # shellcheck disable=SC2086
    set -- $connectors
fi

# A worker that gets SIGTERM while it creates its connector can hang for good: wait until that moment is over. It is
# over when the log of this start says "Created connector", or the worker has ended, or 20 s have passed.
creating() {
    invocation=$(systemctl show -p InvocationID --value -- "hdikafka-$1.service")
    tail -c 4194304 -- "/var/log/hdikafka/$1.log" 2>/dev/null |
        awk -v id="$invocation" '/^=== hdikafka start / { on = ($4 == id); made = 0 } on && /Created connector / { made = 1 }
            END { exit made }'
}
settle() {
    tries=0
    while [ "$tries" -lt 40 ] && [ "$(systemctl is-active "hdikafka-$1.service")" = active ] && creating "$1"; do
        sleep 0.5
        tries=$((tries + 1))
    done
}

# After a clean stop the offsets are whole: keep a copy, the file itself has no checksum.
keep_offsets() {
    file=/var/lib/hdikafka/offsets/source.offsets
    if [ "$1" = source ] && [ -s "$file" ]; then
        cp -p -- "$file" "$file.tmp" && mv -f -- "$file.tmp" "$file.after-stop"
    fi
}

case $action in
reload)
    # Words of ours without blanks. Without --no-reload each call would let systemd read all units again.
    enable='' disable='' list=enable
    for connector; do
        case $connector in
            --) list=disable ;;
            *) [ "$list" = enable ] && enable="$enable hdikafka-$connector.service" || disable="$disable hdikafka-$connector.service" ;;
        esac
    done
    # shellcheck disable=SC2086
    if [ -n "$enable" ]; then systemctl -q --no-reload enable $enable || exit 1; fi
    # shellcheck disable=SC2086
    if [ -n "$disable" ]; then systemctl -q --no-reload disable $disable || exit 1; fi
    # systemd reads a unit that it does not know when it is asked for it. To read all of them again takes it longer than
    # everything else here, and is needed where it has an older file or an older answer in mind.
    # shellcheck disable=SC2086
    states=$(systemctl show -p LoadState -p NeedDaemonReload -p UnitFileState -- $enable $disable 2>/dev/null)
    case $disable$states in
        *LoadState=[!l]* | *NeedDaemonReload=[!n]* | *UnitFileState=[!e]* | *hdikafka* | '') systemctl daemon-reload || exit 1 ;;
    esac
    ;;
start)
    for connector; do
        systemctl start "hdikafka-$connector.service" || exit 1
    done
    ;;
stop | restart)
    for connector; do
        settle "$connector"
        systemctl stop "hdikafka-$connector.service" || exit 1
        keep_offsets "$connector"
        if [ "$action" = restart ]; then
            forget_failures "$connector"
            systemctl start "hdikafka-$connector.service" || exit 1
        fi
    done
    ;;
*)
    echo "service.sh: unknown action $action" >&2
    exit 2
    ;;
esac
