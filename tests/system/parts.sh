#!/usr/bin/env bash
# Prints the directory of one part of the lab, building it first where the cache has none:
#
#   kafka       Kafka's jars                          $DIR/*.jar
#   hdp         the Kafka of an HDInsight node        $DIR/usr/hdp/…, $DIR/etc/kafka/…
#   edge-root   a Debian root that systemd boots      $DIR/
#   connector   the stand-in connector                $DIR/*.jar
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

build_kafka() {
  mvn --batch-mode --quiet --file "$here/kafka/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$1" -Dmdep.prependGroupId=false
}

build_hdp() {
  KAFKA_LIBS=$(kafka) bash "$here/kafka/layout.sh" "$1"
}

build_edge_root() {
  bash "$here/edge/build.sh" "$1"
}

build_connector() {
  bash "$here/connector/build.sh" "$1" "$(kafka)/*"
}

kafka() { made kafka-3.2.0 build_kafka kafka/pom.xml; }
hdp() { made hdp build_hdp kafka; }
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
  edge-root) edge_root ;;
  connector) connector ;;
  all) kafka; hdp; edge_root; connector ;;
  *) echo "usage: parts.sh kafka|hdp|edge-root|connector|all" >&2; exit 2 ;;
esac
prune
