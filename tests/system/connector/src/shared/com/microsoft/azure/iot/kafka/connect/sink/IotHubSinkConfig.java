package com.microsoft.azure.iot.kafka.connect.sink;

import hdikafka.standin.SinkSettings;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;

/** Its name is the logger that prints every value, the connection string among them: AbstractConfig does that. */
public final class IotHubSinkConfig extends AbstractConfig {
    public IotHubSinkConfig(Map<String, String> props) {
        super(SinkSettings.definition(), props);
    }
}
