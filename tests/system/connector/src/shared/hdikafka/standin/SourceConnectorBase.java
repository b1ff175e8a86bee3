package hdikafka.standin;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the source connector does in both generations; the class that Connect finds says which one it is. */
public abstract class SourceConnectorBase extends SourceConnector {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private Map<String, String> props;
    private AbstractConfig config;
    private String endpoint;

    /** Reads and thereby logs the configuration, under the name of its own class. */
    protected abstract AbstractConfig configure(Map<String, String> props);

    @Override
    public void start(Map<String, String> given) {
        StandIn.announce();
        log.info("Starting {}", getClass().getSimpleName());
        try {
            config = configure(given);
        } catch (ConfigException e) {
            throw new ConnectException("Could not start IotHubSourceConnector due to a configuration exception", e);
        }
        props = given;
        try {
            // Not a ConfigException, so that it comes out as it is: with the whole value in its text.
            endpoint = Generation.endpoint(config.getString(SourceSettings.ENDPOINT));
            new URI(endpoint);
        } catch (Exception e) {
            StandIn.<RuntimeException, Void>raise(e);
        }
    }

    /** Partitions are dealt out in turn: with 5 partitions and 3 tasks the first task has 0 and 3. */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        int partitions = config.getInt(SourceSettings.PARTITIONS);
        int tasks = Math.min(partitions, maxTasks);
        String connection = ConnectionString.build(endpoint, config.getString(SourceSettings.NAME),
            config.getString(SourceSettings.KEY_NAME), config.getString(SourceSettings.KEY_VALUE));
        String[] offsets = config.getString(SourceSettings.OFFSETS).split(",", -1);
        List<Map<String, String>> configs = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            Map<Integer, String> own = new TreeMap<>();
            for (int partition = task; partition < partitions; partition += maxTasks) {
                String offset = partition < offsets.length ? offsets[partition].trim() : "";
                own.put(partition, offset.isEmpty() ? "-1" : offset);
            }
            Map<String, String> taskConfig = new HashMap<>(props);
            taskConfig.put(SourceSettings.CONNECTION_STRING, connection);
            taskConfig.put(SourceSettings.TASK_PARTITIONS, json(own));
            configs.add(taskConfig);
        }
        return configs;
    }

    @Override
    public void stop() {
        log.info("Stopping {}", getClass().getSimpleName());
    }

    @Override
    public ConfigDef config() {
        return SourceSettings.definition();
    }

    @Override
    public String version() {
        return Generation.VERSION;
    }

    private static String json(Map<Integer, String> offsets) {
        StringBuilder text = new StringBuilder("{");
        for (Map.Entry<Integer, String> offset : offsets.entrySet()) {
            text.append(text.length() > 1 ? "," : "");
            text.append(Json.quote(offset.getKey().toString())).append(':').append(Json.quote(offset.getValue()));
        }
        return text.append('}').toString();
    }
}
