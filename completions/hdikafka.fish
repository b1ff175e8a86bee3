# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_hdikafka_global_optspecs
    string join \n config= p/profile= o/output= no-input v/verbose q/quiet color= timeout= h/help V/version
end

function __fish_hdikafka_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_hdikafka_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_hdikafka_using_subcommand
    set -l cmd (__fish_hdikafka_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c hdikafka -n "__fish_hdikafka_needs_command" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_needs_command" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_needs_command" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_needs_command" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_needs_command" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_needs_command" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -s V -l version -d 'Print version'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "setup" -d 'Make the whole bridge exist and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "hosts" -d 'Show brokers, ZooKeeper servers and head nodes'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "hub" -d 'Show what the connectors need to know of the IoT Hub'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "topics" -d 'List, describe and create topics'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "connector" -d 'Install, configure, start, stop and look at the two connectors'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "send" -d 'Send one command to a device'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "tail" -d 'Read a topic back, or follow it'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "device" -d 'Simulate a device'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "profile" -d 'Make, show and check the settings of a bridge'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "man" -d 'Write the man pages'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "sandbox" -d 'A rehearsal cluster on this machine: imitated, unprivileged, loopback only'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l only -d 'Only these parts' -r -f -a "jar\t''
config\t''
topics\t''
services\t''
secrets\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l from -d 'Where a sink that never ran begins when commands wait: earliest, latest or a time' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l dry-run -d 'Show the plan and change nothing; exit code 10 if there is something to do'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -s y -l yes -d 'Agree to the plan beforehand'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l overwrite -d 'Overwrite values that somebody changed by hand since the last run'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show" -f -a "show" -d 'Show endpoint, name, partitions and policy'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l reveal -d 'Print the service connection string too'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -f -a "list" -d 'List the topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -f -a "describe" -d 'Show partitions, leaders, replicas and own settings of a topic'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create" -f -a "create" -d 'Create topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -s a -l all -d 'Kafka\'s own topics too'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l config-entry -l set -d 'A setting of the topic, KEY=VALUE; may be given several times' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -f -a "inspect" -d 'Show what a connector jar has inside'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -f -a "install" -d 'Put the jar on the edge node (setup --only jar)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -f -a "configure" -d 'Write the files of the connectors (setup --only config,secrets)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -f -a "start" -d 'Start, and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -f -a "stop" -d 'Stop, and wait until it has stopped'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -f -a "restart" -d 'Stop, start, and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -f -a "status" -d 'Show health and tasks; exit code 14 unless all is well'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs" -f -a "logs" -d 'Print or follow the log of a worker'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l dry-run -d 'Show the plan and change nothing; exit code 10 if there is something to do'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -s y -l yes -d 'Agree to the plan beforehand'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l overwrite -d 'Overwrite values that somebody changed by hand since the last run'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l dry-run -d 'Show the plan and change nothing; exit code 10 if there is something to do'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -s y -l yes -d 'Agree to the plan beforehand'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l overwrite -d 'Overwrite values that somebody changed by hand since the last run'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from configure" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l from -d 'Where a sink that never ran begins when commands wait: earliest, latest or a time' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -s y -l yes -d 'Agree beforehand to what waiting commands would do'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l from -d 'Where a sink that never ran begins when commands wait: earliest, latest or a time' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -s y -l yes -d 'Agree beforehand to what waiting commands would do'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s n -l lines -d 'How many of the last lines' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on printing what is added'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -s d -l device -d 'The device\'s id in IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l id -d 'The message\'s id; a random one when not given' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l expires -d 'When the command is worth nothing any more: YYYY-MM-DDThh:mm:ssZ' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s n -l last -d 'This many of the last records' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s f -l follow -d 'Go on with what comes'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and not __fish_seen_subcommand_from simulate" -f -a "simulate" -d 'Send telemetry as a device would, and print the commands it gets'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l every -d 'Pause between two telemetry messages' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -s n -l count -d 'End after this many messages; with --no-telemetry, commands' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l for -d 'End after this time' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l create -d 'Register the device if the hub does not have it'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l no-telemetry -d 'Only receive commands'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand device; and __fish_seen_subcommand_from simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -f -a "init" -d 'Write a profile file to start from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -f -a "list" -d 'List the profiles of the configuration directory'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -f -a "use" -d 'Make a profile the current one'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -f -a "trust" -d 'Let a profile file that is found run the programs it names'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -f -a "show" -d 'Show every setting and where its value comes from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init list use trust show check" -f -a "check" -d 'Say what is wrong or missing, without contacting anything'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l force -d 'Overwrite a file that is there'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -l none -d 'No profile is the current one any more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -l list -d 'Show the files that are trusted'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -l remove -d 'Trust it no longer'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from trust" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l sources -d 'Where each value comes from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l cluster -d 'Name of the HDInsight cluster' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l gateway -d 'Base URL of Ambari, if not https://NAME.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l ambari-user -d 'User of Ambari' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l ambari-password-file -d 'Password of the Ambari user' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l ca-file -d 'More certificate authorities to trust, in PEM' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l brokers -d 'Brokers as HOST:PORT; Ambari is not asked then' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l edge -d 'Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l edge-port -d 'SSH port of the edge node, if not 22' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l edge-user -d 'SSH user on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l identity-file -d 'Private key for the edge node' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l edge-password-file -d 'Password of the SSH user, for the login and for sudo' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l edge-host-key -d 'Accept only this host key: SHA256:…' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l known-hosts -d 'File of known host keys, if not ~/.ssh/known_hosts' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l run-user -d 'User of the connectors, if not kafka where it exists' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l kafka-home -d 'Directory of Kafka on the edge node' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l hub -d 'Name of the IoT Hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l resource-group -d 'Resource group of the hub' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l subscription -d 'Azure subscription of the hub, id or name' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l policy -d 'Shared access policy that the connectors use' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l hub-json -d 'What `az iot hub show` printed, instead of asking az; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l policy-json -d 'What `az iot hub policy show` printed; - is standard input' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l hub-info-file -d 'All that is known of the hub in any shape: JSON, connection strings, keys' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l hub-partitions -d 'Partitions of the hub\'s built-in endpoint, where nothing else tells' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l hub-gateway -d 'HOST:PORT to connect to for the hub\'s HTTPS, if its name does not lead there' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l device-connection-string-file -d 'Connection string of the device that is simulated' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l consumer-group -d 'Consumer group of the hub\'s built-in endpoint' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l start-time -d 'Read telemetry from this time on: 2026-01-31T09:00:00Z' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l telemetry-topic -d 'Topic that gets the telemetry' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l commands-topic -d 'Topic that commands to devices are read from' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l partitions -d 'Partitions of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l replication-factor -d 'Replicas of a topic that is created' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l jar -d 'The connector\'s jar' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l into -d 'Where the jar goes: its own plugin directory, or kafka-broker/libs' -r -f -a "plugins\t''
libs\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l source-format -d 'What the telemetry topic gets: JSON, or the text of a struct' -r -f -a "json\t''
string\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l secrets -d 'Keys in a file of their own, or inline in the connector files' -r -f -a "file\t''
inline\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l batch-size -d 'Messages the source asks for at once, per partition' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l receive-timeout -d 'How long the source waits for them' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l source-port -d 'REST port of the source\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l sink-port -d 'REST port of the sink\'s worker, on 127.0.0.1' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l acknowledgement -d 'Feedback that the sink asks the hub for' -r -f -a "None\t''
Full\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l sink-start-at-boot -d 'Start the sink when the edge node boots' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l worker-heap -d 'Heap of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l worker-jvm-options -d 'More options of each connector\'s JVM' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l stable-for -d 'How long both connectors are watched after a start' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l via -d 'How Kafka is reached' -r -f -a "direct\t''
tunnel\t''
rest\t''
auto\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -f -a "up" -d 'Start the rehearsal cluster and write a profile for it'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -f -a "status" -d 'Show what is running, and where'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -f -a "down" -d 'End the rehearsal cluster; nothing is left of it'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and not __fish_seen_subcommand_from up status down demo" -f -a "demo" -d 'Watch the whole bridge come up, work and go down, in one go'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l dir -d 'Directory of the rehearsal, if not the usual one' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from up" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l dir -d 'Directory of the rehearsal, if not the usual one' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l dir -d 'Directory of the rehearsal, if not the usual one' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from down" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand sandbox; and __fish_seen_subcommand_from demo" -s h -l help -d 'Print help (see more with \'--help\')'
