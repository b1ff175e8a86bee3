# shellcheck shell=sh
# state.sh CONNECTOR…: the units and their logs since the last start.
# shellcheck disable=SC2154 # sections.sh has $source_user
connector_states "$(unit_states "$@")" "$@"
for connector; do
    [ "$connector" != source ] || section_lines unwritable "$(unwritable "$source_user")"
done
printf 'end 0\n\n'
