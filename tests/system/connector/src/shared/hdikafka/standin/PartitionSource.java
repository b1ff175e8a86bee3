package hdikafka.standin;

import java.nio.charset.Charset;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One partition of a task: its receiver, and what its events look like in Kafka. */
final class PartitionSource {
    private static final Schema SCHEMA = SchemaBuilder.struct().name("iothub.kafka.connect").version(1)
        .field("deviceId", Schema.STRING_SCHEMA)
        .field("offset", Schema.STRING_SCHEMA)
        .field("contentType", Schema.OPTIONAL_STRING_SCHEMA)
        .field("enqueuedTime", Schema.STRING_SCHEMA)
        .field("sequenceNumber", Schema.INT64_SCHEMA)
        .field("content", Schema.STRING_SCHEMA)
        .field("systemProperties", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA).build())
        .field("properties", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA).build())
        .build();
    private static final Logger LOG = LoggerFactory.getLogger(Generation.PARTITION_SOURCE_LOGGER);
    /** Longer than anybody waits: what a ReceiveTimeout of 0 comes to with the real connector. */
    private static final long NEVER_MS = 86_400_000;

    private final Receiver receiver;
    private final Map<String, String> key;
    private final String topic;
    private final int batchSize;
    private final long timeoutMs;
    private final int partition;

    PartitionSource(Receiver receiver, Map<String, String> key, Map<String, String> props, int partition) {
        this.receiver = receiver;
        this.key = key;
        this.partition = partition;
        this.topic = props.get(SourceSettings.TOPIC).trim();
        this.batchSize = number(props, SourceSettings.BATCH_SIZE, 100);
        int seconds = Generation.RECEIVE_SECONDS;
        if (Generation.HAS_RECEIVE_TIMEOUT) {
            seconds = number(props, SourceSettings.RECEIVE_TIMEOUT, seconds);
        }
        this.timeoutMs = seconds > 0 ? seconds * 1000L : NEVER_MS;
    }

    /** What Connect stores the partition's offset under. */
    static Map<String, String> key(String eventHub, int partition) {
        Map<String, String> key = new HashMap<>();
        key.put("EventHubName", eventHub);
        key.put("EventHubPartition", String.valueOf(partition));
        return key;
    }

    String name() {
        return key.get("EventHubName") + ":" + partition;
    }

    /** Reads until the batch is full or the time-out passed without an event. */
    List<SourceRecord> read() throws Exception {
        List<SourceRecord> records = new ArrayList<>();
        try {
            while (records.size() < batchSize) {
                List<Map<String, Object>> events = receiver.receive(batchSize - records.size(), timeoutMs);
                if (events.isEmpty()) {
                    break;
                }
                for (Map<String, Object> event : events) {
                    records.add(record(event));
                }
            }
        } catch (Exception e) {
            LOG.error("Error while getting SourceRecords for {}partition {}. Exception - {} Stack trace - ()",
                Generation.LOGS_EACH_PARTITION ? "eventHub " + key.get("EventHubName") + " " : "", partition,
                e.toString());
            throw e;
        }
        return records;
    }

    void close() {
        receiver.disconnect();
    }

    private SourceRecord record(Map<String, Object> event) {
        String offset = (String) event.get("offset");
        long enqueued = ((Number) event.get("enqueued")).longValue();
        Map<String, String> system = texts(event.get("system"));
        Map<String, String> properties = texts(event.get("properties"));
        String device = system.remove("iothub-connection-device-id");
        String contentType = properties.remove("contentType");
        system.put("iothub-enqueuedtime", new Date(enqueued).toString());
        // The platform's charset, as the real one: telemetry that is not ASCII needs a UTF-8 locale.
        byte[] body = Base64.getDecoder().decode((String) event.get("body"));
        Struct value = new Struct(SCHEMA)
            .put("deviceId", device == null ? "" : device)
            .put("offset", offset)
            .put("contentType", contentType == null ? "" : contentType)
            .put("enqueuedTime", Instant.ofEpochMilli(enqueued).toString())
            .put("sequenceNumber", ((Number) event.get("sequence")).longValue())
            .put("content", new String(body, Charset.defaultCharset()))
            .put("systemProperties", system)
            .put("properties", properties);
        return new SourceRecord(key, Collections.singletonMap("EventHubOffset", offset), topic, SCHEMA, value);
    }

    private static Map<String, String> texts(Object map) {
        Map<String, String> texts = new HashMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) map).entrySet()) {
            texts.put((String) entry.getKey(), (String) entry.getValue());
        }
        return texts;
    }

    private static int number(Map<String, String> props, String key, int otherwise) {
        String text = props.get(key);
        return text == null ? otherwise : Integer.parseInt(text.trim());
    }
}
