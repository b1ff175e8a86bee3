#!/usr/bin/env bash
# Lays Kafka out in $1 as an HDInsight node has it, from the jars in $KAFKA_LIBS, of the version $KAFKA_VERSION. The number
# of the HDP build, $HDP, is made up after the pattern of a real one; what is real is that every Kafka jar carries it behind
# Kafka's own version.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")" && pwd)
: "${KAFKA_LIBS:?}" "${KAFKA_VERSION:?}" "${HDP:?}"
hdp=$HDP
home=$root/usr/hdp/$hdp/kafka
conf=$root/etc/kafka/$hdp/0

mkdir -p "$home/libs" "$home/bin" "$conf" "$root/usr/hdp/current"
for jar in "$KAFKA_LIBS"/*.jar; do
  name=$(basename "$jar")
  case $name in *-"$KAFKA_VERSION".jar) name=${name%.jar}.$hdp.jar ;; esac
  ln "$jar" "$home/libs/$name" 2>/dev/null || cp "$jar" "$home/libs/$name"
done
install -m 0755 "$here"/bin/*.sh "$home/bin/"
install -m 0644 "$here"/config/* "$conf/"
ln -s "/etc/kafka/$hdp/0" "$home/conf"
ln -s conf "$home/config"
ln -s /var/log/kafka "$home/logs"
ln -s "/usr/hdp/$hdp/kafka" "$root/usr/hdp/current/kafka-broker"
chown -R --no-dereference 0:0 "$root"
find "$root" -type d -exec chmod 0755 {} +
find "$root" -type f ! -name '*.sh' -exec chmod 0644 {} +
