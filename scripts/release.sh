#!/usr/bin/env bash
# Builds the static release binary and prints its path, alone, on stdout. Arguments go to cargo (--no-default-features: without
# the sandbox).
#
# Static glibc (crt-static) and not position-independent: it starts on a node with any glibc, or none, and starts fastest.
# Without the tables for unwinding (release.ld), which a program that aborts never reads. All of it is given to the last
# step only: through RUSTFLAGS it would reach build scripts and procedural macros, too.
set -euo pipefail
cd "$(dirname "$0")/.."

static=(-C relocation-model=static -C target-feature=+crt-static)
smaller=(-C "link-arg=-Wl,--no-eh-frame-hdr" -C "link-arg=-Wl,-T,$PWD/scripts/release.ld")
# Rust's own linker can do it, GNU's cannot.
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
if ! rustc --crate-name probe -C panic=abort "${static[@]}" "${smaller[@]}" -o "$probe/probe" - 2>"$probe/log" <<<'fn main() {}'; then
  echo "note: this linker keeps the tables for unwinding, the binary is a tenth larger than it could be" >&2
  smaller=()
fi
cargo rustc --release --locked --bin hdikafka "$@" -- "${static[@]}" "${smaller[@]}" >&2

target=$(cargo metadata --format-version 1 --no-deps --locked --offline |
  sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
binary=$target/release/hdikafka

# A binary that asks for a loader or for a version of glibc is not the one that is shipped.
if readelf --program-headers --wide "$binary" | grep -Eq 'INTERP|DYNAMIC'; then
  echo "error: $binary is linked dynamically" >&2
  readelf --dynamic --wide "$binary" >&2
  exit 1
fi
if readelf --version-info --wide "$binary" | grep -q 'GLIBC_'; then
  echo "error: $binary needs symbols of glibc" >&2
  exit 1
fi
echo "$binary"
