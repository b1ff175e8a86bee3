package hdikafka.standin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the sink connector does: it checks its configuration and hands it on to as many tasks as it may have. */
public abstract class SinkConnectorBase extends SinkConnector {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private Map<String, String> props;

    /** Reads and thereby logs the configuration, under the name of its own class. */
    protected abstract AbstractConfig configure(Map<String, String> props);

    @Override
    public void start(Map<String, String> given) {
        StandIn.announce();
        log.info("Starting {}", getClass().getSimpleName());
        try {
            configure(given);
            props = given;
        } catch (ConfigException e) {
            throw new ConnectException("Could not start IotHubSinkConnector due to a configuration exception", e);
        }
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        List<Map<String, String>> configs = new ArrayList<>();
        for (int task = 0; task < maxTasks; task++) {
            configs.add(props);
        }
        return configs;
    }

    @Override
    public void stop() {
        log.info("Stopping {}", getClass().getSimpleName());
    }

    @Override
    public ConfigDef config() {
        return SinkSettings.definition();
    }

    @Override
    public String version() {
        return Generation.VERSION;
    }
}
