#!/bin/bash
# Consumer groups and their offsets.
exec "$(dirname "$(readlink -f "$0")")/kafka-run-class.sh" kafka.admin.ConsumerGroupCommand "$@"
