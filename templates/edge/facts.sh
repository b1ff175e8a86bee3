# shellcheck shell=sh
# facts.sh KAFKA_HOME RUN_USER SOURCE_PORT SINK_PORT: everything that setup asks of the edge node, in one answer. Few
# processes: on a small node each costs a millisecond or two, and what a shell does in a pipe or in $( ) is one, too.
# shellcheck disable=SC2154 # sections.sh has $newline and $scratch
kafka_home=$1 run_user=$2 source_port=$3 sink_port=$4
unit_separator=$(printf '\037')

# What takes longest goes on beside the rest.
systemctl --version > "$scratch/systemd" 2>/dev/null &
unit_states source sink > "$scratch/units" &
ss -Hltnp "( sport = :$source_port or sport = :$sink_port )" > "$scratch/listeners" 2>/dev/null &

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
node() {
    printf 'host=%s\n' "$(uname -n)"
    first_line /proc/sys/kernel/random/boot_id
    printf 'boot=%s\n' "$line"
    # shellcheck disable=SC1091
    printf 'os=%s\n' "$(. /etc/os-release 2>/dev/null; printf '%s' "${PRETTY_NAME:-}")"
    first_line /proc/1/comm
    printf 'init=%s\n' "$line"
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
    for tool in sha256sum flock mktemp timeout awk systemctl ss; do
        command -v "$tool" >/dev/null 2>&1 || printf 'lacks=%s\n' "$tool"
    done
    printf '%s' "$runs"
}
users='' node=$(node)
for user in "$run_user" kafka; do
    case $user$newline$users in
        "$newline"* | *"exists=$user$newline"*) ;;
        *) id -u -- "$user" >/dev/null 2>&1 && users="${users}exists=$user$newline" ;;
    esac
done
wait
# "systemd 249 (249.11-0ubuntu3)"
first_line "$scratch/systemd"
line=${line#systemd }
section_of node "$node${newline}systemd=${line%%[!0-9]*}$newline$users"

# A JDK says its version in a file beside it; starting a JVM to ask takes longer than all the rest here.
java_version() {
    version=
    [ -n "$java" ] || return 0
    home=$(readlink -f -- "$java")
    home=${home%/bin/java}
    for release in "$home/release" "${home%/jre}/release"; do
        [ -f "$release" ] || continue
        while IFS= read -r version; do
            case $version in JAVA_VERSION=\"[0-9]*\"*) return 0 ;; esac
        done < "$release"
    done
    version=$("$java" -version 2>&1)
}
java_version
section_lines java "$version"

set --
for dir in /usr/lib /etc /var/lib /var/log "$kafka_home"; do
    [ -e "$dir" ] && set -- "$@" "$dir"
done
disks=''
{
    read -r _
    for dir; do
        read -r _ _ _ free _ mount || break
        disks="$disks$free $mount $dir$newline"
    done
} <<END
$(df -Pk -- "$@" 2>/dev/null)
END
section_of disk "$disks"

# A bridge made by hand that does not run: files of it in somebody's home directory.
set --
{
    while IFS=: read -r _ _ _ _ _ home _; do
        case $home in /home/?* | /root) ;; *) continue ;; esac
        for file in "$home"/*.properties; do
            [ -f "$file" ] && set -- "$@" "$file"
        done
    done
} 2>/dev/null < /etc/passwd
home_files=''
if [ "$#" != 0 ]; then
    home_files=$(
        grep -lse 'com\.microsoft\.azure\.iot\.kafka\.connect\.' -e '^[[:blank:]]*offset\.storage\.file\.filename' "$@" |
            head -n 20
    )
    [ -z "$home_files" ] || home_files=$home_files$newline
fi

# Where these worker files put their offsets, as far as awk can tell: "VALUE", unit separator, FILE. The last value of
# several counts, as in Java. Each [ \t], because old versions of mawk know no [[:blank:]].
offset_values() {
    awk -v separator="$unit_separator" '
        FNR == 1 { line = "" }
        { sub(/^[ \t]+/, ""); line = line $0 }
        /\\$/ { sub(/\\$/, "", line); next }
        sub(/^offset\.storage\.file\.filename[ \t]*[=: \t][ \t]*/, "", line) {
            sub(/[ \t\r]+$/, "", line)
            value[FILENAME] = line
        }
        { line = "" }
        END { for (i = 1; i < ARGC; i++) if (ARGV[i] in value) print value[ARGV[i]] separator ARGV[i] }' "$@" 2>/dev/null
}

# The offset files of all of them, and the one of Kafka's shipped worker file. What is relative begins at the directory in
# which its worker was started; of a file in a home directory nobody knows that.
offset_files=/tmp/connect.offsets$newline
add_offset_file() {
    case $newline$offset_files in *"$newline$1$newline"*) ;; *) offset_files=$offset_files$1$newline ;; esac
}
worker_files="$unit_separator$kafka_home/config/connect-standalone.properties$newline$worker_files"
set --
while IFS= read -r file; do
    file=${file#*"$unit_separator"}
    [ -f "$file" ] && [ -r "$file" ] && set -- "$@" "$file"
done <<END
$worker_files$home_files
END
values=''
[ "$#" = 0 ] || values=$newline$(offset_values "$@")$newline
while IFS= read -r line; do
    case $line in *"$unit_separator"*) ;; *) line=$unit_separator$line ;; esac
    file=${line#*"$unit_separator"}
    case $values in *"$unit_separator$file$newline"*) ;; *) continue ;; esac
    value=${values%%"$unit_separator$file$newline"*}
    value=${value##*"$newline"}
    directory=${line%%"$unit_separator"*}
    case $value in
        '') ;;
        /*) add_offset_file "$value" ;;
        *) [ -z "$directory" ] || add_offset_file "$directory/$value" ;;
    esac
done <<END
$worker_files$home_files
END

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
# A line each. If one of them is gone by now, each is asked for alone.
facts_of() { stat -L -c '%F|%a|%U|%G|%s|%Y' -- "$@" 2>/dev/null; }
facts=$(facts_of "$@") || facts=$(for path; do facts_of "$path" || echo gone; done)
paths='' index='' total=0
while IFS='|' read -r kind mode user group size time; do
    [ "$#" != 0 ] || break
    path=$1
    shift
    case $kind in
        gone) continue ;;
        *dir*) kind=d ;;
        *) kind=f ;;
    esac
    digest_of "$path"
    paths="$paths$kind|$mode|$user|$group|$size|$time|$digest|$path$newline"
    case $path in *-secrets.properties | *.jar) continue ;; esac
    # what root itself may not read (a home directory of another machine) has no contents here
    if [ -f "$path" ] && [ -r "$path" ]; then
        # behind those that are still to come: in the end they are the only ones
        set -- "$@" "$path"
        index="$index$size $path$newline" total=$((total + size))
    fi
done <<END
$facts
END
section_of paths "$paths"
section_files "$index" "$total" "$@"

section_of workers "$workers"
printf '%s' "$by_hand"
section_of home "$home_files"
section_of offsets "$offset_files"

for port in "$source_port" "$sink_port"; do
    listeners=''
    while IFS= read -r line; do
        case $line in *":$port "*) listeners="$listeners$line$newline" ;; esac
    done < "$scratch/listeners"
    section_of "port:$port" "$listeners"
done

user=$run_user
if [ -z "$user" ]; then
    case $users in *"exists=kafka$newline"*) user=kafka ;; esac
fi
section_lines unwritable "$(unwritable "$user")"

connector_states "$(cat "$scratch/units")" source sink
printf 'end 0\n\n'
