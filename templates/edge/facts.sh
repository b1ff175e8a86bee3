# shellcheck shell=sh
# facts.sh KAFKA_HOME RUN_USER SOURCE_PORT SINK_PORT: everything that setup asks of the edge node, in one answer.
kafka_home=$1 run_user=$2 source_port=$3 sink_port=$4

{
    printf 'host=%s\n' "$(uname -n)"
    printf 'boot=%s\n' "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
    # shellcheck disable=SC1091
    printf 'os=%s\n' "$(. /etc/os-release 2>/dev/null; printf '%s' "${PRETTY_NAME:-}")"
    printf 'init=%s\n' "$(cat /proc/1/comm 2>/dev/null)"
    printf 'systemd=%s\n' "$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')"
    printf 'user=%s\n' "${SUDO_USER:-$(id -un)}"
    printf 'now=%s\n' "$(date +%s)"
    printf 'uptime=%s\n' "$(cut -d . -f 1 /proc/uptime)"
    printf 'kafka_real=%s\n' "$(readlink -f -- "$kafka_home" 2>/dev/null)"
    [ -x "$kafka_home/bin/connect-standalone.sh" ] && printf 'connect=yes\n'
    for jar in "$kafka_home"/libs/kafka_*.jar; do
        case $jar in *-sources.jar | *-javadoc.jar | *-test.jar | *-scaladoc.jar) ;; *) [ -e "$jar" ] && printf 'kafka_jar=%s\n' "${jar##*/}" ;; esac
    done
    java=$(command -v java) && printf 'java=%s\n' "$java"
    for user in "$run_user" kafka; do
        [ -n "$user" ] && id -u -- "$user" >/dev/null 2>&1 && printf 'exists=%s\n' "$user"
    done
    for tool in sha256sum flock mktemp timeout awk systemctl; do
        command -v "$tool" >/dev/null 2>&1 || printf 'lacks=%s\n' "$tool"
    done
    # a head node or broker must not be taken for an edge node
    pgrep -f 'kafka\.Kafka ' >/dev/null 2>&1 && printf 'runs=kafka-broker\n'
    pgrep -f 'org\.apache\.ambari\.server' >/dev/null 2>&1 && printf 'runs=ambari-server\n'
} | section node

{ command -v java >/dev/null 2>&1 && java -version 2>&1; } | section java

for dir in /usr/lib /etc /var/lib /var/log "$kafka_home"; do
    free=$(df -Pk -- "$dir" 2>/dev/null | awk 'NR == 2 { print $4 " " $6 }')
    [ -n "$free" ] && printf '%s %s\n' "$free" "$dir"
done | section disk

set -- "$kafka_home/config/connect-standalone.properties" \
    "$kafka_home/config/connect-iothub-source.properties" "$kafka_home/config/connect-iothub-sink.properties" \
    /etc/hdikafka/source-worker.properties /etc/hdikafka/sink-worker.properties \
    /etc/hdikafka/source-log4j.properties /etc/hdikafka/sink-log4j.properties \
    /etc/hdikafka/source-secrets.properties /etc/hdikafka/sink-secrets.properties \
    /etc/systemd/system/hdikafka-source.service /etc/systemd/system/hdikafka-sink.service \
    /var/lib/hdikafka/manifest.json \
    /var/lib/hdikafka/offsets/source.offsets /tmp/connect.offsets \
    /usr/lib/hdikafka/plugins/iothub/*.jar "$kafka_home"/libs/*iothub*.jar \
    /etc/hdikafka /usr/lib/hdikafka /usr/lib/hdikafka/plugins /usr/lib/hdikafka/plugins/iothub /var/lib/hdikafka \
    /var/lib/hdikafka/offsets /var/lib/hdikafka/backups /var/log/hdikafka
for path; do
    [ -e "$path" ] || continue
    digest=-
    [ -f "$path" ] && digest=$(sha256sum < "$path" | cut -d ' ' -f 1)
    printf '%s %s %s\n' "$(stat -L -c '%F|%a %U %G %s %Y' -- "$path" | sed 's/^[^|]*dir[^|]*|/d /; s/^[^|]*|/f /')" "$digest" "$path"
done | section paths
for path; do
    case $path in *-secrets.properties | *.jar) continue ;; esac
    [ -f "$path" ] && section_file "file:$path" "$path"
done

# Connect workers: pid, user and argv (unit separator between two arguments). One grep over all processes: a node has hundreds.
grep -ls 'org\.apache\.kafka\.connect\.cli\.Connect' /proc/[0-9]*/cmdline | while IFS= read -r file; do
    proc=${file%/cmdline}
    argv=$(tr '\0' '\037' < "$file")
    # it may have ended meanwhile
    [ -n "$argv" ] || continue
    printf '%s %s %s %s\n' "${proc#/proc/}" "$(stat -c %U "$proc")" "$(sed -n 's/^.*\(hdikafka-[a-z]*\.service\).*$/\1/p' "$proc/cgroup" | head -n 1 | grep . || echo -)" "$argv"
done 2>/dev/null | section workers

for port in "$source_port" "$sink_port"; do
    ss -Hltnp "sport = :$port" 2>/dev/null | section "port:$port"
done

user=$run_user
[ -n "$user" ] || { id -u kafka >/dev/null 2>&1 && user=kafka; }
unwritable "$user" | section unwritable

connector_state source
connector_state sink
printf 'end 0\n\n'
