#!/bin/bash
# A standalone Connect worker: connect-standalone.sh [-daemon] WORKER.properties CONNECTOR.properties…
if [ $# -lt 1 ]; then
  echo "USAGE: $0 [-daemon] connect-standalone.properties [connector.properties …]" >&2
  exit 1
fi
bin=$(dirname "$(readlink -f "$0")")
: "${KAFKA_LOG4J_OPTS:=-Dlog4j.configuration=file:$bin/../config/connect-log4j.properties}"
: "${KAFKA_HEAP_OPTS:=-Xms256M -Xmx2G}"
export KAFKA_LOG4J_OPTS KAFKA_HEAP_OPTS

options="-name connectStandalone"
if [ "$1" = -daemon ]; then
  options="-daemon $options"
  shift
fi
# shellcheck disable=SC2086
exec "$bin/kafka-run-class.sh" $options org.apache.kafka.connect.cli.ConnectStandalone "$@"
