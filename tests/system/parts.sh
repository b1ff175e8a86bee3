#!/usr/bin/env bash
# Prints the directory of one part of the lab, building it first where the cache has none:
#
#   kafka       Kafka's jars, 3.2.0                   $DIR/*.jar
#   hdp         the Kafka of an HDInsight 5.1 node    $DIR/usr/hdp/…, $DIR/etc/kafka/…
#   kafka-2.4   Kafka's jars, 2.4.1                   $DIR/*.jar
#   hdp-2.4     the Kafka of an HDInsight 5.0 node    $DIR/usr/hdp/…, $DIR/etc/kafka/…
#   edge-root   a Debian root that systemd boots      $DIR/
#   connector   the stand-in connector                $DIR/*.jar
#   bionic      the C library of Ubuntu 18.04         $DIR/lib/…, $DIR/usr/bin/getent, $DIR/etc/nsswitch.conf
#   all         every one of them, one path a line
#
# A part's directory carries a digest of its recipe, so a changed recipe is a new part. It is built under another name
# and renamed, one builder at a time: a run that was cut, or two runs at once, never leave or see half a part. Only the
# path goes to stdout. Parts nobody asked for in 14 days are thrown away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hdikafka

# digest FILE-OR-FOLDER...: of names and contents, in an order that does not depend on the locale.
digest() {
  (cd "$here" && find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
}

# part NAME DIGEST BUILDER: BUILDER gets an empty directory and fills it.
part() {
  local name=$1 dir=$cache/$1-$2 builder=$3 fresh log
  if [ ! -d "$dir" ]; then
    exec 9>"$cache/.$name.lock"
    flock 9
    if [ ! -d "$dir" ]; then
      echo "building the lab's part '$name' (once, it is cached)" >&2
      # Under the lock, so whatever lies there was left by a build that was cut.
      rm -rf --one-file-system "$cache/.$name".*.building
      fresh=$cache/.$name.$2.building
      log=$cache/$name.log
      mkdir -p "$fresh"
      # In a shell of its own, which keeps `set -e` alive inside of the builder.
      set +e
      (set -e; "$builder" "$fresh") 9>&- >"$log" 2>&1
      local status=$?
      set -e
      if [ "$status" != 0 ]; then
        echo "error: building the lab's part '$name' ended with status $status:" >&2
        tail -n 40 "$log" >&2
        rm -rf --one-file-system "$fresh"
        exit 1
      fi
      chmod 0755 "$fresh"
      mv "$fresh" "$dir"
    fi
    exec 9>&-
  fi
  : >"$dir.used"
  echo "$dir"
}

build_bionic() {
  bash "$here/bionic/build.sh" "$1"
}

copy_jars() {
  mvn --batch-mode --quiet --file "$here/kafka/$1" dependency:copy-dependencies \
    -DoutputDirectory="$2" -Dmdep.prependGroupId=false
}

build_kafka() { copy_jars pom.xml "$1"; }
build_kafka_2_4() { copy_jars pom-2.4.1.xml "$1"; }

build_hdp() {
  KAFKA_LIBS=$(kafka) KAFKA_VERSION=3.2.0 HDP=5.1.4.8 bash "$here/kafka/layout.sh" "$1"
}

build_hdp_2_4() {
  KAFKA_LIBS=$(kafka_2_4) KAFKA_VERSION=2.4.1 HDP=5.0.6.3 bash "$here/kafka/layout.sh" "$1"
}

build_edge_root() {
  bash "$here/edge/build.sh" "$1"
}

build_connector() {
  bash "$here/connector/build.sh" "$1" "$(kafka)/*"
}

kafka() { made kafka-3.2.0 build_kafka kafka/pom.xml; }
hdp() { made hdp build_hdp kafka; }
bionic() { made bionic build_bionic bionic; }
# The only part from a server that need not be there for anything else: its case says that it was skipped, and why.
bionic_if_reached() { (bionic) || true; }
kafka_2_4() { made kafka-2.4.1 build_kafka_2_4 kafka/pom-2.4.1.xml; }
hdp_2_4() { made hdp-2.4 build_hdp_2_4 kafka; }
edge_root() { made edge-root build_edge_root edge; }
connector() { made connector build_connector connector kafka/pom.xml; }

# made NAME BUILDER RECIPE...: the part of the digest that these files and folders have now.
made() {
  local name=$1 builder=$2 key
  shift 2
  # By itself: in an argument a failure would pass unseen.
  key=$(digest "$@")
  part "$name" "$key" "$builder"
}

# The stamp beside a part tells when it was last asked for.
prune() {
  local stamp
  find "$cache" -maxdepth 1 -name '*.used' -mtime +14 -print0 | while IFS= read -r -d '' stamp; do
    rm -rf "${stamp%.used}" "$stamp"
  done
}

mkdir -p "$cache"
case ${1:-} in
  kafka) kafka ;;
  hdp) hdp ;;
  kafka-2.4) kafka_2_4 ;;
  hdp-2.4) hdp_2_4 ;;
  bionic) bionic ;;
  edge-root) edge_root ;;
  connector) connector ;;
  all) kafka; hdp; edge_root; connector; kafka_2_4; hdp_2_4; bionic_if_reached ;;
  *) echo "usage: parts.sh kafka|hdp|kafka-2.4|hdp-2.4|edge-root|connector|bionic|all" >&2; exit 2 ;;
esac
prune
