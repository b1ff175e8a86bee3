# lock.sh FILE SILENCE WHO: holds an advisory lock until its stdin ends or is silent for SILENCE seconds.
# Prints "locked" when it has it; exit 20 with the holder's words on stdout when somebody else does.
set -u
export LC_ALL=C
umask 022
file=$1 silence=$2 who=$3
mkdir -p -- "${file%/*}" || exit 27
# without `command`, dash would end at once, with an exit code of its own
command exec 9>> "$file" || exit 27
if ! flock -n 9; then
    head -c 500 -- "$file"
    exit 20
fi
printf '%s, since %s\n' "$who" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" > "$file"
echo locked
# one byte is a heartbeat; no byte is the end of input or silence, and both let go. The reader must not hold the lock.
while [ -n "$(timeout "$silence" head -c 1 9>&-)" ]; do
    :
done
: > "$file"
