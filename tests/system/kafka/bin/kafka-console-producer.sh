#!/bin/bash
# The console producer, with Kafka's own heap for it.
: "${KAFKA_HEAP_OPTS:=-Xmx512M}"
export KAFKA_HEAP_OPTS
exec "$(dirname "$(readlink -f "$0")")/kafka-run-class.sh" kafka.tools.ConsoleProducer "$@"
