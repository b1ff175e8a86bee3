# shellcheck shell=sh
# reach.sh PORT HOST…: can this node open a TCP connection to each host? One line each: "ok HOST", "name HOST" (no such
# name), "closed HOST" (refused), "silent HOST" (no answer within 5 s), "unknown HOST" (nothing here to try it with).
export LC_ALL=C
port=$1
shift
try() {
    answer=unknown
    if command -v bash >/dev/null 2>&1; then
        # shellcheck disable=SC2016
        timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' try "$1" "$port" 2>/dev/null
        case $? in
            0) answer=ok ;;
            124) answer=silent ;;
            *) answer=closed ;;
        esac
    fi
    # Why it failed: bash says of a name that does not exist what it says of a closed port.
    if [ "$answer" != ok ] && command -v getent >/dev/null 2>&1 && ! getent ahosts "$1" >/dev/null 2>&1; then answer=name; fi
    echo "$answer $1"
}
for host; do
    try "$host" &
done
wait
