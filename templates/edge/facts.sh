# shellcheck shell=sh
# facts.sh KAFKA_HOME RUN_USER SOURCE_PORT SINK_PORT: everything that setup asks of the edge node, in one answer. Few
# processes: on a small node each costs a millisecond or two.
# shellcheck disable=SC2154 # sections.sh has $newline and $scratch
kafka_home=$1 run_user=$2 source_port=$3 sink_port=$4
unit_separator=$(printf '\037')

# first_line FILE: into $line
first_line() {
    line=
    { IFS= read -r line < "$1"; } 2>/dev/null || :
}

# Java processes: one grep over all of them, a node has hundreds; then the argv of those few (unit separator between two
# arguments). This program is an argument itself, of its shell and of sudo: no pattern may match its own text.
pattern='org\.apache\.kafka\.connect\.cli\.Connect\|kafka\.Kafka\|org\.apache\.ambari\.server\|org\.apache\.zookeeper\.server\.quorum'
runs='' workers='' by_hand=''

# absolute FILE DIRECTORY: into $file, in our own spelling where it is one of the files that the manual edits
absolute() {
    file=$1
    case $file in /*) ;; *) file=$2/$file ;; esac
    real=$(readlink -f -- "$file" 2>/dev/null)
    for name in connect-standalone connect-iothub-source connect-iothub-sink; do
        ours=$kafka_home/config/$name.properties
        [ "$file" != "$ours" ] || return 0
        if [ -n "$real" ] && [ "$real" = "$(readlink -f -- "$ours" 2>/dev/null)" ]; then
            file=$ours
            return 0
        fi
    done
}

# by_hand PROC ARGV: of a worker that is not ours, a section that tells it apart from a later process of the same number
# (when it began, a digest of its arguments), and the files that it reads
by_hand() {
    first_line "$1/stat"
    # the name in parentheses may hold anything; of what follows the state is the first and the start the 20th
    # shellcheck disable=SC2086
    set -- "$1" "$2" ${line##*) }
    started=${22:-}
    digest=$(sha256sum < "$1/cmdline" 2>/dev/null)
    directory=$(readlink -- "$1/cwd" 2>/dev/null)
    about="started=$started${newline}argv=${digest%% *}${newline}cwd=$directory$newline"
    rest=${2#*org.apache.kafka.connect.cli.Connec[t]}
    rest=${rest#*"$unit_separator"}$unit_separator
    while [ -n "$rest" ]; do
        word=${rest%%"$unit_separator"*}
        rest=${rest#*"$unit_separator"}
        [ -n "$word" ] || continue
        absolute "$word" "$directory"
        about="${about}reads=$file$newline"
        by_hand_files="$by_hand_files$file$newline"
        if [ -z "$worker_file" ]; then
            worker_file=$file
            worker_files="$worker_files$directory$unit_separator$file$newline"
        fi
    done
    by_hand="$by_hand$(section_of "worker:${1#/proc/}" "$about"; printf x)"
    by_hand=${by_hand%x}
}
by_hand_files='' worker_files=''
# shellcheck disable=SC2013 # these names have no blanks
for file in $(grep -ls "$pattern" /proc/[0-9]*/cmdline); do
    proc=${file%/cmdline}
    argv=$({ tr '\0\n' '\037 ' < "$file"; } 2>/dev/null)
    # it may have ended meanwhile
    [ -n "$argv" ] || continue
    # a head node, a broker or a ZooKeeper node must not be taken for an edge node
    case $argv in
        *kafka.Kafk[a]"$unit_separator"* | *kafka.Kafk[a]" "*) runs="${runs}runs=kafka-broker$newline" ;;
        *org.apache.ambari.serve[r]*) runs="${runs}runs=ambari-server$newline" ;;
        *org.apache.zookeeper.server.quoru[m].*) runs="${runs}runs=zookeeper-server$newline" ;;
    esac
    case $argv in
        *org.apache.kafka.connect.cli.Connec[t]*) ;;
        *) continue ;;
    esac
    unit=$(sed -n 's/^.*\(hdikafka-[a-z]*\.service\).*$/\1/p' "$proc/cgroup" 2>/dev/null)
    unit=${unit%%"$newline"*}
    if [ -z "$unit" ]; then
        worker_file=''
        by_hand "$proc" "$argv"
    fi
    workers="$workers${proc#/proc/} $(stat -c %U "$proc" 2>/dev/null) ${unit:--} $argv$newline"
done

java=$(command -v java)
{
    printf 'host=%s\n' "$(uname -n)"
    first_line /proc/sys/kernel/random/boot_id
    printf 'boot=%s\n' "$line"
    # shellcheck disable=SC1091
    printf 'os=%s\n' "$(. /etc/os-release 2>/dev/null; printf '%s' "${PRETTY_NAME:-}")"
    first_line /proc/1/comm
    printf 'init=%s\n' "$line"
    # "systemd 249 (249.11-0ubuntu3)"
    version=$(systemctl --version 2>/dev/null)
    version=${version#systemd }
    printf 'systemd=%s\n' "${version%%[!0-9]*}"
    printf 'user=%s\n' "${SUDO_USER:-$(id -un)}"
    printf 'now=%s\n' "$(date +%s)"
    first_line /proc/uptime
    printf 'uptime=%s\n' "${line%%.*}"
    printf 'kafka_real=%s\n' "$(readlink -f -- "$kafka_home" 2>/dev/null)"
    [ -x "$kafka_home/bin/connect-standalone.sh" ] && printf 'connect=yes\n'
    for jar in "$kafka_home"/libs/kafka_*.jar; do
        case $jar in *-sources.jar | *-javadoc.jar | *-test.jar | *-scaladoc.jar) ;; *) [ -e "$jar" ] && printf 'kafka_jar=%s\n' "${jar##*/}" ;; esac
    done
    for jar in "$kafka_home"/libs/connect-basic-auth-extension-*.jar; do
        [ -e "$jar" ] && printf 'rest_login=yes\n'
    done
    [ -n "$java" ] && printf 'java=%s\n' "$java"
    for user in "$run_user" kafka; do
        [ -n "$user" ] && id -u -- "$user" >/dev/null 2>&1 && printf 'exists=%s\n' "$user"
    done
    for tool in sha256sum base64 flock mktemp timeout awk systemctl ss; do
        command -v "$tool" >/dev/null 2>&1 || printf 'lacks=%s\n' "$tool"
    done
    printf '%s' "$runs"
} | section node

# A JDK says its version in a file beside it; starting a JVM to ask takes longer than all the rest here.
java_version() {
    [ -n "$java" ] || return 0
    home=$(readlink -f -- "$java")
    home=${home%/bin/java}
    for release in "$home/release" "${home%/jre}/release"; do
        [ -f "$release" ] || continue
        while IFS= read -r line; do
            case $line in JAVA_VERSION=\"[0-9]*\"*)
                printf '%s\n' "$line"
                return 0
                ;;
            esac
        done < "$release"
    done
    "$java" -version 2>&1
}
java_version | section java

set --
for dir in /usr/lib /etc /var/lib /var/log "$kafka_home"; do
    [ -e "$dir" ] && set -- "$@" "$dir"
done
df -Pk -- "$@" 2>/dev/null | {
    read -r _
    for dir; do
        read -r _ _ _ free _ mount || break
        printf '%s %s %s\n' "$free" "$mount" "$dir"
    done
} | section disk

# A bridge made by hand that does not run: files of it in somebody's home directory.
home_files=$(
    while IFS=: read -r _ _ _ _ _ home _; do
        case $home in /home/?* | /root) printf '%s\n' "$home" ;; esac
    done < /etc/passwd 2>/dev/null | while IFS= read -r home; do
        grep -lse 'com\.microsoft\.azure\.iot\.kafka\.connect\.' -e '^[[:blank:]]*offset\.storage\.file\.filename' \
            "$home"/*.properties
    done | head -n 20
)
[ -z "$home_files" ] || home_files=$home_files$newline

# offset_file FILE: where this worker file puts its offsets, as far as sh can tell; the last of several counts
offset_file() {
    sed -n -e ':next' -e '/\\$/ { N' -e 's/\\\n[[:blank:]]*//' -e 'b next' -e '}' \
        -e 's/^[[:blank:]]*offset\.storage\.file\.filename[[:blank:]]*[=:[:blank:]][[:blank:]]*//p' -- "$1" 2>/dev/null |
        tail -n 1 | tr -d '\r' | sed 's/[[:blank:]]*$//'
}

# The offset files of all of them, and the one of Kafka's shipped worker file.
offset_files=$(
    printf '/tmp/connect.offsets\n'
    printf '%s\n%s' "$unit_separator$kafka_home/config/connect-standalone.properties" "$worker_files" |
        while IFS= read -r line; do
            file=$(offset_file "${line#*"$unit_separator"}")
            case $file in
                '') ;;
                /*) printf '%s\n' "$file" ;;
                *) printf '%s/%s\n' "${line%%"$unit_separator"*}" "$file" ;;
            esac
        done
    printf '%s' "$home_files" | while IFS= read -r file; do offset_file "$file"; done
)
offset_files=$(printf '%s\n' "$offset_files" | awk '/^\/./ && !seen[$0]++')$newline

set --
for path in "$kafka_home/config/connect-standalone.properties" \
    "$kafka_home/config/connect-iothub-source.properties" "$kafka_home/config/connect-iothub-sink.properties" \
    "$kafka_home/config/connect-iot-source.properties" "$kafka_home/config/connect-iot-sink.properties" \
    /etc/hdikafka/source-worker.properties /etc/hdikafka/sink-worker.properties \
    /etc/hdikafka/source-log4j.properties /etc/hdikafka/sink-log4j.properties \
    /etc/hdikafka/source-rest-jaas.conf /etc/hdikafka/sink-rest-jaas.conf \
    /etc/hdikafka/source-secrets.properties /etc/hdikafka/sink-secrets.properties \
    /etc/systemd/system/hdikafka-source.service /etc/systemd/system/hdikafka-sink.service \
    /var/lib/hdikafka/manifest.json \
    /var/lib/hdikafka/offsets/source.offsets \
    /usr/lib/hdikafka/plugins/iothub/*.jar "$kafka_home"/libs/*iothub*.jar \
    /etc/hdikafka /usr/lib/hdikafka /usr/lib/hdikafka/plugins /usr/lib/hdikafka/plugins/iothub /var/lib/hdikafka \
    /var/lib/hdikafka/offsets /var/lib/hdikafka/backups /var/log/hdikafka; do
    [ -e "$path" ] && set -- "$@" "$path"
done
while IFS= read -r path; do
    [ -e "$path" ] && set -- "$@" "$path"
done <<END
$by_hand_files$home_files$offset_files
END
# What is a directory or gone by now has no line in the answer of sha256sum. The name comes last and after two blanks, or
# after a backslash and escaped, which no path of ours needs.
digests=$newline$(sha256sum -- "$@" 2>/dev/null)
digest_of() {
    digest=-
    case $digests in *"  $1$newline"* | *"  $1")
        digest=${digests%%"  $1$newline"*}
        [ "$digest" != "$digests" ] || digest=${digests%"  $1"}
        digest=${digest##*"$newline"}
        ;;
    esac
}
for path; do
    facts=$(stat -L -c '%F|%a %U %G %s %Y' -- "$path" 2>/dev/null) || continue
    kind=f
    case ${facts%%|*} in *dir*) kind=d ;; esac
    digest_of "$path"
    printf '%s %s %s %s\n' "$kind" "${facts#*|}" "$digest" "$path"
done | section paths
for path; do
    case $path in *-secrets.properties | *.jar) continue ;; esac
    # what root itself may not read (a home directory of another machine) has no contents here
    [ -f "$path" ] && [ -r "$path" ] && section_file "file:$path" "$path"
done

section_of workers "$workers"
printf '%s' "$by_hand"
section_of home "$home_files"
section_of offsets "$offset_files"

listeners=$(ss -Hltnp "( sport = :$source_port or sport = :$sink_port )" 2>/dev/null)
for port in "$source_port" "$sink_port"; do
    printf '%s\n' "$listeners" | while IFS= read -r line; do
        case $line in *":$port "*) printf '%s\n' "$line" ;; esac
    done | section "port:$port"
done

user=$run_user
[ -n "$user" ] || { id -u kafka >/dev/null 2>&1 && user=kafka; }
unwritable "$user" | section unwritable

connector_states source sink
printf 'end 0\n\n'
