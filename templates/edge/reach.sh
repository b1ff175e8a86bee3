# shellcheck shell=sh
# reach.sh PORT HOST…: can this node open a TCP connection to each host? One line each: "ok HOST", "name HOST" (no such
# name), "closed HOST" (refused), "silent HOST" (no answer within 5 s), "unknown HOST" (nothing here to try it with).
export LC_ALL=C
port=$1
shift
try() {
    if ! getent ahosts "$1" >/dev/null 2>&1 && command -v getent >/dev/null 2>&1; then
        echo "name $1"
    elif command -v bash >/dev/null 2>&1; then
        # shellcheck disable=SC2016
        if timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' try "$1" "$port" 2>/dev/null; then
            echo "ok $1"
        elif [ $? = 124 ]; then
            echo "silent $1"
        else
            echo "closed $1"
        fi
    else
        echo "unknown $1"
    fi
}
for host; do
    try "$host" &
done
wait
