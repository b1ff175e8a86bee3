# shellcheck shell=sh
# state.sh CONNECTOR…: the units and their logs since the last start.
connector_states "$@"
for connector; do
    [ "$connector" != source ] ||
        unwritable "$(systemctl show -p User --value -- hdikafka-source.service)" | section unwritable
done
printf 'end 0\n\n'
