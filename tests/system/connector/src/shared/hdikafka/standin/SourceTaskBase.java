package hdikafka.standin;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a source task does in both generations: it polls its partitions one after the other, each for as long as its
 * time-out when nothing comes, and hands out what it has only after the last.
 */
public abstract class SourceTaskBase extends SourceTask {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private final List<PartitionSource> sources = new ArrayList<>();

    @Override
    public void start(Map<String, String> props) {
        End.arrange();
        ConnectionString to = ConnectionString.parse(props.get(SourceSettings.CONNECTION_STRING));
        Map<Integer, String> offsets = partitions(props.get(SourceSettings.TASK_PARTITIONS));
        List<Integer> order = new ArrayList<>(offsets.keySet());
        // The real one's map happens to count down for one task; nobody may rely on an order.
        order.sort(Comparator.reverseOrder());
        log.info("Starting {} for partitions {}", getClass().getSimpleName(), join(order));
        Instant startTime = startTime(props);
        for (int partition : order) {
            Map<String, String> key = PartitionSource.key(to.entityPath, partition);
            String position = position(partition, saved(key), startTime, offsets.get(partition));
            try {
                Receiver receiver = Receiver.open(to, group(props), partition, position);
                sources.add(new PartitionSource(receiver, key, props, partition));
            } catch (Exception e) {
                close();
                StandIn.<RuntimeException, Void>raise(e);
            }
        }
    }

    @Override
    public List<SourceRecord> poll() {
        List<SourceRecord> records = new ArrayList<>();
        try {
            for (PartitionSource source : sources) {
                List<SourceRecord> read = source.read();
                if (Generation.LOGS_EACH_PARTITION) {
                    log.info("Polling for data - Obtained {} SourceRecords from {}", read.size(), source.name());
                }
                records.addAll(read);
            }
        } catch (Exception e) {
            log.error("Error while polling for data. Exception - {} Stack trace - ()", e.toString());
            throw new ConnectException("Error while polling for data", e);
        }
        if (!Generation.LOGS_EACH_PARTITION) {
            log.info("Polling for data - Obtained {} SourceRecords from IotHub", records.size());
        }
        return records;
    }

    @Override
    public void stop() {
        log.info("Stopping {}", getClass().getSimpleName());
        close();
    }

    @Override
    public String version() {
        return Generation.VERSION;
    }

    private void close() {
        for (PartitionSource source : sources) {
            source.close();
        }
        sources.clear();
    }

    /** A saved offset counts more than a start time, a start time more than a configured offset. */
    private String position(int partition, String saved, Instant startTime, String configured) {
        if (saved != null && !saved.trim().isEmpty()) {
            log.info("Setting up partition receiver {} with previously saved offset {}", partition, saved);
            return "offset=" + Sas.encode(saved);
        }
        if (startTime != null) {
            log.info("Setting up partition receiver {} with start time Some({})", partition, startTime);
            return "time=" + startTime.toEpochMilli();
        }
        log.info("Setting up partition receiver {} with offset {}", partition, configured);
        return "offset=" + Sas.encode(configured);
    }

    private String saved(Map<String, String> key) {
        Map<String, Object> stored = context.offsetStorageReader().offset(key);
        return stored == null ? null : (String) stored.get("EventHubOffset");
    }

    /** A start time that cannot be read is passed over in silence, as the real connector does. */
    private static Instant startTime(Map<String, String> props) {
        String text = props.getOrDefault(SourceSettings.START_TIME, "").trim();
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private static String group(Map<String, String> props) {
        return props.getOrDefault(SourceSettings.GROUP, "$Default").trim();
    }

    private static Map<Integer, String> partitions(String json) {
        Map<Integer, String> offsets = new HashMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) Json.read(json)).entrySet()) {
            offsets.put(Integer.valueOf((String) entry.getKey()), (String) entry.getValue());
        }
        return offsets;
    }

    private static String join(List<Integer> numbers) {
        StringBuilder joined = new StringBuilder();
        for (int number : numbers) {
            joined.append(joined.length() > 0 ? "," : "").append(number);
        }
        return joined.toString();
    }
}
