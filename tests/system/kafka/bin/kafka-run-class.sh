#!/bin/bash
# Runs one class of Kafka's, as the script of the same name in a Kafka distribution does:
#
#   kafka-run-class.sh [-daemon] [-name NAME] [-loggc] CLASS ARGUMENT…
#
# Honours JAVA_HOME, KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, KAFKA_LOG4J_OPTS, KAFKA_OPTS, LOG_DIR and CLASSPATH
# (which comes before Kafka's own jars). The shell is replaced by Java, so a signal to it is a signal to Java.
home=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
: "${LOG_DIR:=$home/logs}"

daemon=
name=$(basename "$1")
while [ $# -gt 0 ]; do
  case $1 in
    -daemon) daemon=yes; shift ;;
    -name) name=$2; shift 2 ;;
    -loggc) shift ;;
    *) break ;;
  esac
done
if [ $# -eq 0 ]; then
  echo "USAGE: $0 [-daemon] [-name NAME] CLASS [ARGUMENT…]" >&2
  exit 1
fi

for jar in "$home"/libs/*.jar; do
  CLASSPATH=${CLASSPATH:+$CLASSPATH:}$jar
done
if [ -n "$JAVA_HOME" ]; then java=$JAVA_HOME/bin/java; else java=java; fi

: "${KAFKA_HEAP_OPTS:=-Xmx256M}"
: "${KAFKA_JVM_PERFORMANCE_OPTS:=-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true}"
: "${KAFKA_LOG4J_OPTS:=-Dlog4j.configuration=file:$home/config/tools-log4j.properties}"
[ -d "$LOG_DIR" ] || mkdir -p "$LOG_DIR"

# Each of these is a list of options, as in Kafka's own scripts.
# shellcheck disable=SC2086
set -- $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS "-Dkafka.logs.dir=$LOG_DIR" $KAFKA_LOG4J_OPTS \
  -cp "$CLASSPATH" $KAFKA_OPTS "$@"
if [ -n "$daemon" ]; then
  nohup "$java" "$@" >"$LOG_DIR/$name.out" 2>&1 </dev/null &
else
  exec "$java" "$@"
fi
