# shellcheck shell=sh
# state.sh CONNECTOR…: the units and their logs since the last start.
for connector; do
    connector_state "$connector"
done
printf 'end 0\n\n'
