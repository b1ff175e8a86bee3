#!/bin/sh
# Builds the stand-in connector in both layouts: build.sh OUT_DIR CLASSPATH [PADDING_MIB]
#   CLASSPATH    has connect-api, kafka-clients and slf4j-api (a Kafka's libs/*)
#   PADDING_MIB  adds that much random data to each jar, so that an upload takes its time
set -eu

if [ $# -lt 2 ]; then
    echo "usage: build.sh OUT_DIR CLASSPATH [PADDING_MIB]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
classpath=$2
padding=${3:-0}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build VERSION SOURCE_FOLDER
build() {
    classes=$work/$2
    mkdir -p "$classes"
    find "$here/src/shared" "$here/src/$2" -name '*.java' > "$work/sources"
    javac --release 8 -Xlint:all,-options,-serial,-processing -Werror -encoding UTF-8 \
        -cp "$classpath" -d "$classes" "@$work/sources"
    if [ "$padding" -gt 0 ]; then
        head -c "$((padding * 1048576))" /dev/urandom > "$classes/padding.bin"
    fi
    printf '%s\n' \
        'Implementation-Title: stand-in for kafka-connect-iothub' \
        "Implementation-Version: $1" \
        'Implementation-Vendor: hdikafka tests' > "$work/manifest"
    jar cfm "$work/new.jar" "$work/manifest" -C "$classes" .
    mv "$work/new.jar" "$out/kafka-connect-iothub-assembly_2.11-$1.jar"
}

build 0.7.0 v0_7_0
build 0.6 v0_6
