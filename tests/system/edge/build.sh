#!/usr/bin/env bash
# Builds the root of the lab's edge node in $1: Debian 12 with systemd, an OpenSSH server and sudo, and the two users
# that an HDInsight node has. Needs root, debootstrap and systemd-nspawn. Java and Kafka are laid over it by the lab.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")" && pwd)

# A thrown-away root needs no fsync: eatmydata halves the time where it is there.
fast=$(command -v eatmydata || true)
$fast debootstrap --variant=minbase \
  --include=systemd-sysv,dbus,openssh-server,sudo,jq,ca-certificates,iproute2,procps,curl,nano,netcat-openbsd,python3-minimal,less \
  bookworm "$root"

# Not a chroot: adduser and systemctl want the /dev and /proc of a machine.
systemd-nspawn --quiet --register=no --keep-unit --directory="$root" --resolv-conf=off --timezone=off --pipe \
  /bin/sh -s <"$here/inside.sh"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log
