# shellcheck shell=sh
# jars.sh KAFKA_HOME: the jars that count for a worker on this node: the names in Kafka's own libs, and every jar with a
# class of the IoT Hub connector in a place that Connect reads. The names of a zip's entries stand uncompressed in its
# directory, so grep finds them; a file's own name proves nothing.
# shellcheck disable=SC2154 # sections.sh has $newline
kafka_home=$1

for jar in "$kafka_home"/libs/*.jar; do
    [ -e "$jar" ] && printf '%s\n' "${jar##*/}"
done | section libs

# plugin_path FILE: the entries of its plugin.path, one a line; the last of several counts, as in Java
plugin_path() {
    sed -n -e ':next' -e '/\\$/ { N' -e 's/\\\n[[:blank:]]*//' -e 'b next' -e '}' \
        -e 's/^[[:blank:]]*plugin\.path[[:blank:]]*[=:[:blank:]][[:blank:]]*//p' -- "$1" 2>/dev/null |
        tail -n 1 | tr ',' '\n' | tr -d '\r' | sed -e 's/^[[:blank:]]*//' -e 's/[[:blank:]]*$//' -e '/^\//!d'
}

# connector_jars DEPTH DIRECTORY
connector_jars() {
    package=com/microsoft/azure/iot/kafka/connect
    # grep looks for one word at twice the speed of three, in hundreds of megabytes
    find -L "$2" -maxdepth "$1" -name '*.jar' -type f -exec grep -lF -e "$package/" -- {} + 2>/dev/null |
        while IFS= read -r path; do
            grep -lF -e "$package/IotHubSourceConnector.class" -e "$package/source/IotHubSourceConnector.class" \
                -e "$package/sink/IotHubSinkConnector.class" -- "$path" 2>/dev/null
        done
}

directories=$(
    for file in "$kafka_home/config/connect-standalone.properties" \
        /etc/hdikafka/source-worker.properties /etc/hdikafka/sink-worker.properties; do
        plugin_path "$file"
    done
)
# Our own spelling of a place comes first: what is reached by two ways is told once.
found=$(
    connector_jars 1 "$kafka_home/libs"
    connector_jars 3 /usr/lib/hdikafka/plugins
    printf '%s\n' "$directories" | awk 'length($0) && !seen[$0]++' | while IFS= read -r directory; do
        connector_jars 3 "$directory"
    done
)
known=' '
printf '%s\n' "$found" | while IFS= read -r path; do
    facts=$(stat -L -c '%d:%i|%a|%U|%G|%s|%Y' -- "$path" 2>/dev/null) || continue
    file=${facts%%|*}
    case $known in *" $file "*) continue ;; esac
    known="$known$file "
    digest=$(sha256sum -- "$path" 2>/dev/null) || continue
    # a name that needs an escape comes with a backslash before the digest
    digest=${digest#\\}
    printf 'f|%s|%s|%s\n' "${facts#*|}" "${digest%% *}" "$path"
done | section paths
printf 'end 0\n\n'
