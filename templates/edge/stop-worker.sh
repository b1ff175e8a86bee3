# shellcheck shell=sh
# sh -c "$THIS" stop-worker ACTION PID BOOT STARTED ARGV_SHA256 [SECONDS]: a Connect worker that is not ours, told apart from
# every other process. `look`: is it still that one? `stop`: SIGTERM, and wait for its end. Never SIGKILL: what it has
# read and not yet written down would be read again. Exit codes: 0 yes, or ended; 10 it is another one, or gone; 11 it does
# not end; 14 denied.

export LC_ALL=C
action=$1 pid=$2 boot=$3 started=$4 digest=$5 seconds=${6:-0}

fail() {
    printf '%s\n' "$2" >&2
    exit "$1"
}

# alive: the process is there, and no corpse that only its shell has not yet looked at
alive() {
    line=
    { IFS= read -r line < "/proc/$pid/stat"; } 2>/dev/null
    # the name in parentheses may hold anything; of what follows the state is the first and the start the 20th
    # shellcheck disable=SC2086
    set -- ${line##*) }
    case ${1:-gone} in gone | Z | X) return 1 ;; esac
    [ "${20:-}" = "$started" ]
}

IFS= read -r line < /proc/sys/kernel/random/boot_id
[ "$line" = "$boot" ] || fail 10 'the node was started anew since'
alive || fail 10 'it has ended since, or the number is another process by now'
sum=$(sha256sum < "/proc/$pid/cmdline")
[ "${sum%% *}" = "$digest" ] || fail 10 'it is another program by now'
[ "$action" = stop ] || exit 0

words=$(kill -TERM "$pid" 2>&1) || { if alive; then fail 14 "$words"; fi; }
tries=0
while alive; do
    [ "$tries" -lt $((seconds * 5)) ] || fail 11 "it has not ended $seconds s after SIGTERM"
    sleep 0.2
    tries=$((tries + 1))
done
