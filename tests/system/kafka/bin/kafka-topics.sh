#!/bin/bash
# Topics: create, list, describe, alter, delete.
exec "$(dirname "$(readlink -f "$0")")/kafka-run-class.sh" kafka.admin.TopicCommand "$@"
