#!/usr/bin/env bash
# Makes docs/demo.svg: runs `hdikafka sandbox demo` in a real terminal (tmux) and draws what stands on it.
#
#   scripts/picture.sh [BINARY]
#
# Needs tmux and python3. BINARY: target/release/hdikafka when not given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
binary=$(realpath "${1:-target/release/hdikafka}")
scratch=$(mktemp -d)
socket=$scratch/tmux
trap 'tmux -S "$socket" kill-server 2>/dev/null || true; rm -rf "$scratch"' EXIT

# The shell's own prompt is not part of the picture; the command that a person types is.
cat >"$scratch/session.sh" <<EOF
printf '\033[1m\$ hdikafka sandbox demo\033[0m\n'
PATH=$(dirname "$binary"):\$PATH "$binary" sandbox demo
echo \$? >"$scratch/status"
tmux -S "$socket" wait-for -S finished
sleep 60
EOF
columns=110
tmux -S "$socket" -f /dev/null new-session -d -x $columns -y 30 \
  "env -u NO_COLOR TERM=xterm-256color bash $scratch/session.sh"
tmux -S "$socket" set-option -g history-limit 10000
timeout 120 tmux -S "$socket" wait-for finished
tmux -S "$socket" capture-pane -e -p -S - >"$scratch/screen"
[ "$(cat "$scratch/status")" = 0 ] || { cat "$scratch/screen"; echo "the demo failed" >&2; exit 1; }
mkdir -p docs
python3 scripts/picture.py "hdikafka sandbox demo" <"$scratch/screen" >"$scratch/demo.svg"
mv "$scratch/demo.svg" docs/demo.svg
