#!/usr/bin/env bash
# The figures of the README: makes the static release binary, brings the lab of the system tests up and measures there,
# beside the peers, in one run of about twenty minutes. The table comes on standard output, everything else on standard error.
#
#   benches/run.sh [--rounds N] [NAME…]
#
# With names only the figures that they are part of: commands, bridge, tunnel, messages, rest, memory, sandbox.
#
# Wants what tests/run.sh installs, GNU time, and root. Nothing else should run on the machine meanwhile; the load before
# and after is in the table's last line. Ends with an error when something did not work, never because it was slow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/hdikafka/target}
missing=
for program in cargo hyperfine kcat jq curl ssh /usr/bin/time; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
if [ -n "$missing" ]; then
  echo "error: missing:$missing (tests/run.sh installs most of it; time is in the package time)" >&2
  exit 2
fi

# Copied, because the next command makes the same file again, dynamically linked. The runner is optimised, too: it reads
# through the tunnel and directly itself.
HDIKAFKA_BIN_WITHOUT_SANDBOX=$CARGO_TARGET_DIR/figures/hdikafka-without-sandbox
install -D "$(bash scripts/release.sh --no-default-features)" "$HDIKAFKA_BIN_WITHOUT_SANDBOX"
HDIKAFKA_BIN=$CARGO_TARGET_DIR/figures/hdikafka
install -D "$(bash scripts/release.sh)" "$HDIKAFKA_BIN"
export HDIKAFKA_BIN HDIKAFKA_BIN_WITHOUT_SANDBOX
exec cargo test --release --locked --quiet --test system -- --figures "$@"
