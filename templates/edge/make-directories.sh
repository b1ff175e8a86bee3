# shellcheck shell=sh
# make-directories.sh (PATH MODE OWNER GROUP)…: makes what is missing and sets mode and owner of the last part.
set -u
export LC_ALL=C
while [ $# -ge 4 ]; do
    mkdir -p -- "$1" && chown -- "$3:$4" "$1" && chmod -- "$2" "$1" || exit 27
    shift 4
done
