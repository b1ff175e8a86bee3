#!/usr/bin/env bash
# The bridge by hand: the steps of the how-to pages as one script over ssh, corrected for Kafka 3.2.0, which the figures
# run beside `hdikafka setup`. Ends when both connectors are RUNNING; the last line says how long that took after the
# workers were started.
#
# Corrected: kafka-topics.sh asks the brokers instead of ZooKeeper; the jar has a plugin directory of its own; source and
# sink have a worker file, a REST port and an offset file each, where one file for both ends in "address already in use".
# In the manual's favour: hub facts come from files instead of az, the connectors' files need no download, one ssh does
# everything on the node, and nobody types.
#
#   SSH_CONFIG (has the host `edge`), AMBARI (URL), CLUSTER, PASSWORD_FILE, CA_FILE, HUB_JSON, POLICY_JSON, JAR
set -euo pipefail
: "${SSH_CONFIG:?}" "${AMBARI:?}" "${CLUSTER:?}" "${PASSWORD_FILE:?}" "${CA_FILE:?}" "${HUB_JSON:?}" "${POLICY_JSON:?}" "${JAR:?}"

# The brokers, from Ambari. The password goes by a file, not by an argument that everybody can read.
brokers=$(printf 'user = "admin:%s"\n' "$(cat "$PASSWORD_FILE")" |
  curl -fsS --cacert "$CA_FILE" -K - "$AMBARI/api/v1/clusters/$CLUSTER/services/KAFKA/components/KAFKA_BROKER" |
  jq -er '[.host_components[].HostRoles.host_name + ":9092"] | join(",")')

jar=$(basename "$JAR")
scp -q -F "$SSH_CONFIG" "$JAR" "edge:$jar"

# What the script on the node needs, as shell assignments in front of it: on standard input, where no other user sees the key.
values() {
  printf 'brokers=%q\njar=%q\n' "$brokers" "$jar"
  jq -r '"hub=\(.properties.hostName | @sh)",
    "path=\(.properties.eventHubEndpoints.events.path | @sh)",
    "endpoint=\(.properties.eventHubEndpoints.events.endpoint | @sh)",
    "partitions=\(.properties.eventHubEndpoints.events.partitionCount)"' "$HUB_JSON"
  jq -r '"key_name=\(.keyName | @sh)", "key=\(.primaryKey | @sh)"' "$POLICY_JSON"
}

on_the_node() {
  cat <<'NODE'
set -euo pipefail
kafka=/usr/hdp/current/kafka-broker
config=$kafka/config
plugins=/usr/local/share/kafka/plugins

sudo mkdir -p "$plugins/iothub"
sudo mv "$jar" "$plugins/iothub/"

sudo sed -i.orig \
  -e "s|^bootstrap.servers=.*|bootstrap.servers=$brokers|" \
  -e 's|^key.converter=.*|key.converter=org.apache.kafka.connect.storage.StringConverter|' \
  -e 's|^value.converter=.*|value.converter=org.apache.kafka.connect.storage.StringConverter|' \
  -e "\$a consumer.max.poll.records=10" -e "\$a plugin.path=$plugins" \
  "$config/connect-standalone.properties"
port=8083
for connector in source sink; do
  sed -e "s|^offset.storage.file.filename=.*|offset.storage.file.filename=/tmp/connect-$connector.offsets|" \
    -e "\$a listeners=http://127.0.0.1:$port" "$config/connect-standalone.properties" |
    sudo tee "$config/connect-standalone-$connector.properties" >/dev/null
  port=$((port + 1))
done

sudo tee "$config/connect-iothub-source.properties" >/dev/null <<END
connector.class=com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector
name=AzureIotHubConnector
tasks.max=1
Kafka.Topic=iotin
IotHub.EventHubCompatibleName=$path
IotHub.EventHubCompatibleEndpoint=$endpoint
IotHub.AccessKeyName=$key_name
IotHub.AccessKeyValue=$key
IotHub.ConsumerGroup=\$Default
IotHub.Partitions=$partitions
IotHub.StartTime=$(date -u +%Y-%m-%dT%H:%M:%SZ)
IotHub.Offsets=
BatchSize=5
ReceiveTimeout=5
END
sudo tee "$config/connect-iothub-sink.properties" >/dev/null <<END
connector.class=com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkConnector
name=AzureIotHubSinkConnector
tasks.max=1
topics=iotout
IotHub.ConnectionString=HostName=$hub;SharedAccessKeyName=$key_name;SharedAccessKey=$key
IotHub.MessageDeliveryAcknowledgement=None
END

for topic in iotin iotout; do
  "$kafka/bin/kafka-topics.sh" --create --bootstrap-server "$brokers" --topic "$topic" --partitions 8 \
    --replication-factor 3 >/dev/null
done

started=$(date +%s%3N)
for connector in source sink; do
  sudo env "LOG_DIR=/var/log/kafka/$connector" "$kafka/bin/connect-standalone.sh" -daemon \
    "$config/connect-standalone-$connector.properties" "$config/connect-iothub-$connector.properties"
done

# running PORT CONNECTOR: the connector and its one task say RUNNING.
running() {
  [ "$(curl -s "http://127.0.0.1:$1/connectors/$2/status" | grep -o '"state":"RUNNING"' | wc -l)" = 2 ]
}
until running 8083 AzureIotHubConnector && running 8084 AzureIotHubSinkConnector; do
  if [ $(($(date +%s%3N) - started)) -gt 90000 ]; then
    echo "error: not RUNNING after 90 s" >&2
    tail -n 20 /var/log/kafka/*/connectStandalone.out >&2
    exit 1
  fi
  sleep 0.1
done
echo "workers_ms=$(($(date +%s%3N) - started))"
NODE
}

{ values; on_the_node; } | ssh -F "$SSH_CONFIG" edge bash
