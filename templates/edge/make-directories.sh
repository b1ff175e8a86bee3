# shellcheck shell=sh
# Makes directories, with owner and mode, or sees that they are there.
#
# sh -c "$FILES$THIS" make-directories [PATH MODE OWNER GROUP]...      OWNER GROUP: "keep" leaves them
#
# Answers one line for each: created, changed, unchanged. Exit codes as files.sh.
# shellcheck disable=SC2154 # `get` makes the variables of a directory

umask 022

while [ "$#" -ge 4 ]; do
    all=$((all + 1)) number=$all
    put path "$1"
    put mode "${2#0}"
    put owner "$3"
    put group_wish "$4"
    put outcome unchanged
    if [ ! -d "$1" ]; then
        put outcome created
        put missing "$2"
    fi
    shift 4
done

# What differs from what is wanted, into the wishes `wish` and `new_mode`.
look() {
    number=0
    set --
    while [ "$number" -lt "$all" ]; do
        number=$((number + 1))
        get path
        set -- "$@" "$path"
    done
    said=$(stat -Lc '%a|%u|%g|%U|%G' "$@" 2>/dev/null) || return 1
    number=0
    while IFS='|' read -r now uid gid user users; do
        number=$((number + 1))
        get mode owner group_wish outcome
        wish=
        is "$group_wish" "$gid" "$users" || wish=:$group_wish
        is "$owner" "$uid" "$user" || wish=$owner$wish
        put wish "$wish"
        new_mode=
        [ "$mode" = "$now" ] || new_mode=$mode
        put new_mode "$new_mode"
        if [ -n "$wish$new_mode" ] && [ "$outcome" = unchanged ]; then put outcome changed; fi
    done <<END
$said
END
}

# tell COUNT: what became of so many
tell() {
    number=0
    while [ "$number" -lt "$1" ]; do
        number=$((number + 1))
        get outcome
        printf '%s\n' "$outcome"
    done
}

# correct TOOL WISHES: all together, and who then still has a wish alone. The one that fails is the first without an answer.
correct() {
    in_groups "$1" "$2" path
    number=0
    while [ "$number" -lt "$all" ]; do
        number=$((number + 1))
        get path "$2"
        eval "wish=\$$2"
        [ -n "$wish" ] || continue
        # shellcheck disable=SC2086 # a tool and its options
        words=$($1 "$wish" "$path" 2>&1) || {
            tell "$((number - 1))"
            fail_as_said "$words"
        }
    done
}

# the mode is the last one's alone: missing parents are made 0755
correct 'mkdir -p -m' missing
look || fail 17 'a directory is gone'
correct chown wish
# a change of owner may take bits away
correct chmod new_mode
tell "$all"
