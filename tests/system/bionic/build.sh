#!/usr/bin/env bash
# Unpacks in $1 what an HDInsight node's Ubuntu 18.04 has below every program: its C library (2.27) with the modules that
# look names up, one module that is not the library's own, and getent. Nothing of it is installed or run on this machine.
#
# The packages are pinned by their digests, so where they come from does not matter.
set -euo pipefail
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# After Ubuntu's end of support the same files are on the second one.
mirrors="http://archive.ubuntu.com/ubuntu http://old-releases.ubuntu.com/ubuntu"

# package PATH SHA256
package() {
  local mirror deb=$work/package.deb
  for mirror in $mirrors; do
    curl --fail --silent --show-error --location --retry 2 --max-time 60 --output "$deb" "$mirror/pool/main/$1" || continue
    echo "$2  $deb" | sha256sum --check --quiet
    dpkg-deb --extract "$deb" "$root"
    return
  done
  echo "error: no mirror has $1" >&2
  return 1
}

package g/glibc/libc6_2.27-3ubuntu1_amd64.deb 1e1eb86fd646aa68f7144ec692b837b6b352d215880c6a2d0c92c19d36938427
package g/glibc/libc-bin_2.27-3ubuntu1_amd64.deb a6bdba8c127b40f2942c414105a9fa1cc851a3c41ca55df72c3f7c0189ea0516
package n/nss-mdns/libnss-mdns_0.10-8ubuntu1_amd64.deb dd218a5816de9a2664f8cb226e09e98ee52d91d4b5cc219c6fa67e37a2964188

mkdir -p "$root/dev" "$root/etc" "$root/proc" "$root/root" "$root/tmp" "$root/usr/local/bin"
