# shellcheck shell=sh
# state.sh CONNECTOR…: the units and their logs since the last start.
# shellcheck disable=SC2154 # sections.sh has $newline
states=$(unit_states "$@")
connector_states "$states" "$@"
for connector; do
    if [ "$connector" = source ]; then
        # the one behind its own Id
        user=${states#*Id=hdikafka-source.service}
        case $user in *"${newline}User="*) user=${user#*"${newline}User="} user=${user%%"$newline"*} ;; *) user= ;; esac
        section_lines unwritable "$(unwritable "$user")"
    fi
done
printf 'end 0\n\n'
