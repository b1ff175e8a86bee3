package com.microsoft.azure.iot.kafka.connect.sink;

import hdikafka.standin.SinkConnectorBase;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.connector.Task;

/** The class that a worker is told to load. A stand-in: see {@link hdikafka.standin.StandIn}. */
public final class IotHubSinkConnector extends SinkConnectorBase {
    @Override
    public Class<? extends Task> taskClass() {
        return IotHubSinkTask.class;
    }

    @Override
    protected AbstractConfig configure(Map<String, String> props) {
        return new IotHubSinkConfig(props);
    }
}
