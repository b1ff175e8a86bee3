# shellcheck shell=sh
# append-log.sh FILE: one line of the operations log, from stdin. A line of less than a page is never torn; longer ones
# rely on the lock that their writer holds.
umask 077
line=$(head -c 262144)
printf '%s\n' "$line" >> "$1"
