package com.microsoft.azure.iot.kafka.connect.source;

import hdikafka.standin.SourceSettings;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;

/** Its name is the logger that prints every value, the key among them: AbstractConfig does that. */
public final class IotHubSourceConfig extends AbstractConfig {
    public IotHubSourceConfig(Map<String, String> props) {
        super(SourceSettings.definition(), props);
    }
}
