#!/usr/bin/env bash
# The one test command: installs what the machine lacks, builds, and runs every check and every test there is.
#
#   tests/run.sh
#
# Wanted: Debian 12 and Rust (cargo, rustfmt, clippy). As root it installs missing packages and runs the system tests, too;
# otherwise it names what is missing, and what cannot run is skipped with the reason. Build output, Kafka's jars and the
# edge node's root are kept in ~/.cache/hdikafka, where the next clone finds them. Ends with `N passed, N failed, N skipped`
# over all test binaries. With CI=true a skip fails unless tests/announced-skips.txt has it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

cache=${XDG_CACHE_HOME:-$HOME/.cache}/hdikafka
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
export CARGO_TERM_COLOR=never
logs=$(mktemp -d)
parts='' child='' memory=''
passed=0 failed=0 skipped=0

finish() {
  local group
  for group in $child $parts; do
    kill -- "-$group" 2>/dev/null
    wait "$group" 2>/dev/null
  done
  rm -rf "$logs" ${memory:+"$memory"}
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '== %s\n' "$*"; }

# run LOG COMMAND...: in a process group of its own and waited for, so that a signal ends it at once and whole.
run() {
  local log=$1 status
  shift
  set -m
  "$@" >"$log" 2>&1 </dev/null 8>&- &
  child=$!
  set +m
  wait "$child"
  status=$?
  child=
  return $status
}

# What is missing of a list of PROGRAM:PACKAGE, as packages.
lacking() {
  local pair
  for pair; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
  done | sort -u
}

install_packages() {
  local missing
  mapfile -t missing < <(lacking gcc:gcc g++:g++ make:make perl:perl readelf:binutils \
    ip:iproute2 nft:nftables iptables:iptables unshare:util-linux nsenter:util-linux flock:util-linux \
    debootstrap:debootstrap systemd-nspawn:systemd-container eatmydata:eatmydata \
    sshd:openssh-server ssh:openssh-client ssh-keygen:openssh-client sudo:sudo openssl:openssl \
    javac:openjdk-17-jdk-headless java:openjdk-17-jdk-headless mvn:maven \
    kcat:kcat hyperfine:hyperfine tmux:tmux jq:jq curl:curl nc:netcat-openbsd \
    shellcheck:shellcheck busybox:busybox dash:dash zsh:zsh fish:fish)
  # The operator's laptop of the lab has Debian's own and no other; headers have no program to look for.
  [ -e /usr/bin/python3 ] || missing+=(python3)
  [ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
  [ "${#missing[@]}" != 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    say "not root; as root I would install: ${missing[*]}"
    return 0
  fi
  say "to be installed: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 -qq update &&
    apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends "${missing[@]}"
}

# Where the cases have their files: in memory where there is room and programs may run. They sync what they write, as the
# program does, and a disk takes its time for that.
in_memory() {
  memory=$(mktemp -d /dev/shm/hdik-XXXXXX 2>/dev/null) || return 0
  chmod 1777 "$memory"
  printf '#!/bin/sh\n' >"$memory/program"
  chmod +x "$memory/program"
  if ! "$memory/program" 2>/dev/null || [ "$(df -Pk "$memory" | awk 'NR == 2 { print $4 }')" -lt 4000000 ]; then
    rm -rf "$memory"
    memory=
  fi
}

# step NAME COMMAND...: its output is shown only when it fails.
step() {
  local name=$1 began=$SECONDS
  shift
  if run "$logs/step" "$@"; then
    grep '^==' "$logs/step"
    say "$name: ok ($((SECONDS - began)) s)"
  else
    tail -n 200 "$logs/step"
    say "$name: FAILED ($((SECONDS - began)) s)"
    failed=$((failed + 1))
    return 1
  fi
}

# tests NAME CARGO-TEST-ARGUMENTS...: adds up what the test binaries count.
tests() {
  local name=$1 log=$logs/tests began=$SECONDS status=0 p f i
  shift
  run "$log" cargo test --locked --no-fail-fast "$@" || status=$?
  read -r p f i < <(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed; \([0-9]*\) ignored.*/\1 \2 \3/p' "$log" |
    awk '{ p += $1; f += $2; i += $3 } END { print p + 0, f + 0, i + 0 }')
  # It did not build, or a test binary died before it could count.
  if [ "$status" != 0 ] && [ "$f" = 0 ]; then f=1; fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + i))
  if [ "$f" != 0 ]; then
    # What a failed case shows may hold bytes of any kind.
    grep -aEv '^test .* \.\.\. ok' "$log" | tail -n 1000
  else
    # Figures that a test thought worth reading.
    grep -aE '^    [^ ].*[0-9]' "$log" | grep -aEv '^ +(Running|Finished|Compiling|Doc-tests|Blocking|Executable) '
  fi
  say "$name: $p passed, $f failed, $i skipped ($((SECONDS - began)) s)"
  sed -n 's/^test \(.*\) \.\.\. ignored,* */\1\t/p' "$log" >>"$logs/skips"
}

# Every script that the repository has.
check_scripts() {
  local file
  git ls-files '*.sh' .ci tests/system/bin | while IFS= read -r file; do
    if head -n 1 "$file" | grep -Eq '^#!.*sh$' || [[ $file == *.sh ]]; then printf '%s\0' "$file"; fi
  done | xargs -0 shellcheck --severity=warning
}

release_binary() { bash scripts/release.sh >"$logs/binary"; }

# Prints the skips; an error where CI sees one that nobody announced.
check_skips() {
  local name reason status=0
  touch "$logs/skips"
  while IFS=$'\t' read -r name reason; do
    echo "skipped: $name: ${reason:-no reason given}"
    if [ "${CI:-}" = true ] && ! sed 's/ *#.*//' tests/announced-skips.txt | grep -Fxq -- "$name"; then
      echo "error: tests/announced-skips.txt does not announce that $name is skipped"
      status=1
    fi
  done <"$logs/skips"
  return $status
}

if ! command -v cargo >/dev/null; then
  say "cargo is missing: install Rust first"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi
mkdir -p "$cache"
step "packages" install_packages

# The build output may be shared with other clones. Cargo tells what is out of date by time alone and would take another
# clone's newer output for ours: so one run at a time, and where the last one was another clone's, ours counts as changed.
mkdir -p "$CARGO_TARGET_DIR"
exec 8>"$CARGO_TARGET_DIR/.tests-run.lock"
if ! flock --nonblock 8; then
  say "waiting for another run that has $CARGO_TARGET_DIR"
  flock 8
fi
if [ "$(cat "$CARGO_TARGET_DIR/.tests-run.clone" 2>/dev/null)" != "$PWD" ]; then
  find src tests benches templates -type f -exec touch --no-create {} + 2>/dev/null
  pwd >"$CARGO_TARGET_DIR/.tests-run.clone"
fi

# The lab's parts are mostly downloads: they come in while cargo builds. In a process group of its own, to be ended whole.
if [ "$(id -u)" = 0 ] && [ -z "$(lacking debootstrap:x systemd-nspawn:x mvn:x javac:x)" ]; then
  set -m
  bash tests/system/parts.sh all >"$logs/parts" 2>&1 </dev/null 8>&- &
  parts=$!
  set +m
fi

step "scripts" check_scripts
step "format" cargo fmt --check
step "lints" cargo clippy --locked --all-targets -- -D warnings
if step "build" cargo test --locked --no-run; then
  # Cases wait for processes as much as they compute: more of them than a small machine has processors.
  how=(--test-threads=8)
  # Where zsh and fish are, what needs them is no skip but a run of its own.
  shells=cli::completions::other_shells
  if command -v zsh >/dev/null && command -v fish >/dev/null; then how+=(--skip "$shells"); fi
  # The same where the real Azure CLI is.
  if command -v az >/dev/null; then how+=(--skip sandbox::real_az); fi
  # The same for root, who may give files away and mount a small disk.
  if [ "$(id -u)" = 0 ]; then how+=(--skip _as_root); fi
  in_memory
  here=${memory:-${TMPDIR:-/tmp}}
  TMPDIR=$here tests "unit tests" --lib --bins -- "${how[@]}"
  # Two groups: what one change is tried with again and again, and whole setups with their starts and their bad days.
  TMPDIR=$here tests "integration tests" --test it -- "${how[@]}" --skip rehearsal::
  TMPDIR=$here tests "rehearsals" --test it -- "${how[@]}" rehearsal::
  if [ "$(id -u)" = 0 ]; then TMPDIR=$here tests "what needs root" --test it -- --ignored _as_root; fi
  if command -v az >/dev/null; then tests "the real az" --test it -- --ignored sandbox::real_az; fi
  case " ${how[*]} " in *" $shells "*) tests "zsh and fish" --test it -- --ignored "$shells" ;; esac
  tests "documentation tests" --doc
fi
if step "static release binary" release_binary; then
  HDIKAFKA_BIN=$(cat "$logs/binary")
  export HDIKAFKA_BIN
  if [ -n "$parts" ] && ! wait "$parts"; then
    cat "$logs/parts"
    say "the lab's parts: FAILED"
    failed=$((failed + 1))
  fi
  parts=
  tests "system tests" --test system
fi

check_skips || failed=$((failed + 1))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
