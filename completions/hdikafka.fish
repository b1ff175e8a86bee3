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
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "profile" -d 'Make, show and check the settings of a bridge'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c hdikafka -n "__fish_hdikafka_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hosts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -f -a "show" -d 'Show endpoint, name, partitions and policy'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and not __fish_seen_subcommand_from show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l reveal -d 'Print the service connection string too'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show endpoint, name, partitions and policy'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand hub; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -f -a "list" -d 'List the topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -f -a "describe" -d 'Show partitions, leaders, replicas and own settings of a topic'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -f -a "create" -d 'Create topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and not __fish_seen_subcommand_from list describe create help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
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
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l config-entry -l set -d 'A setting of the topic, KEY=VALUE; may be given several times' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show partitions, leaders, replicas and own settings of a topic'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "inspect" -d 'Show what a connector jar has inside'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "install" -d 'Put the jar on the edge node (setup --only jar)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "configure" -d 'Write the files of the connectors (setup --only config,secrets)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "start" -d 'Start, and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "stop" -d 'Stop, and wait until it has stopped'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "restart" -d 'Stop, start, and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "status" -d 'Show health and tasks; exit code 14 unless all is well'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "logs" -d 'Print or follow the log of a worker'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and not __fish_seen_subcommand_from inspect install configure start stop restart status logs help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on printing what is added'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show what a connector jar has inside'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "install" -d 'Put the jar on the edge node (setup --only jar)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "configure" -d 'Write the files of the connectors (setup --only config,secrets)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start, and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop, and wait until it has stopped'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "restart" -d 'Stop, start, and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show health and tasks; exit code 14 unless all is well'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "logs" -d 'Print or follow the log of a worker'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s f -l follow -d 'Go on with what comes'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -f -a "init" -d 'Write a profile file to start from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -f -a "show" -d 'Show every setting and where its value comes from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -f -a "check" -d 'Say what is wrong or missing, without contacting anything'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and not __fish_seen_subcommand_from init show check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l force -d 'Overwrite a file that is there'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l config -d 'Profile file to use' -r -F
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -s p -l profile -d 'Profile to use, by its name in the configuration directory' -r
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the report on stdout' -r -f -a "table\t''
json\t''
yaml\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t''
never\t''"
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to wait for an answer of Ambari or Kafka, and for a connection' -r
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
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask; say what is missing'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more; twice for still more'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Only data, warnings and errors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "init" -d 'Write a profile file to start from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show every setting and where its value comes from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "check" -d 'Say what is wrong or missing, without contacting anything'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "setup" -d 'Make the whole bridge exist and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "hosts" -d 'Show brokers, ZooKeeper servers and head nodes'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "hub" -d 'Show what the connectors need to know of the IoT Hub'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "topics" -d 'List, describe and create topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "connector" -d 'Install, configure, start, stop and look at the two connectors'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "send" -d 'Send one command to a device'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "tail" -d 'Read a topic back, or follow it'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "profile" -d 'Make, show and check the settings of a bridge'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "completions" -d 'Print the completions of a shell'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and not __fish_seen_subcommand_from setup hosts hub topics connector send tail profile completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from hub" -f -a "show" -d 'Show endpoint, name, partitions and policy'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "list" -d 'List the topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "describe" -d 'Show partitions, leaders, replicas and own settings of a topic'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "create" -d 'Create topics'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "inspect" -d 'Show what a connector jar has inside'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "install" -d 'Put the jar on the edge node (setup --only jar)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "configure" -d 'Write the files of the connectors (setup --only config,secrets)'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "start" -d 'Start, and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "stop" -d 'Stop, and wait until it has stopped'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "restart" -d 'Stop, start, and prove that it runs'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "status" -d 'Show health and tasks; exit code 14 unless all is well'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "logs" -d 'Print or follow the log of a worker'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "init" -d 'Write a profile file to start from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "show" -d 'Show every setting and where its value comes from'
complete -c hdikafka -n "__fish_hdikafka_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "check" -d 'Say what is wrong or missing, without contacting anything'
