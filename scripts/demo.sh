#!/usr/bin/env bash
# From a fresh clone to the demo: installs what is missing to build (as root; otherwise says what), builds, and plays the
# whole bridge on the rehearsal cluster inside the binary.
#
#   scripts/demo.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=()
for pair in gcc:gcc g++:g++ make:make perl:perl; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
if [ "${#missing[@]}" != 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "error: missing: ${missing[*]}" >&2
    echo "hint: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}"
fi
if ! command -v cargo >/dev/null; then
  echo "error: cargo is missing" >&2
  echo "hint: install Rust, https://rustup.rs" >&2
  exit 1
fi
cargo build --locked --quiet
exec "${CARGO_TARGET_DIR:-target}/debug/hdikafka" sandbox demo
