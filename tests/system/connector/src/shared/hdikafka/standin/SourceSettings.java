package hdikafka.standin;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** The source's keys. Names, types, defaults and groups are the real connector's; it has no validators either. */
public final class SourceSettings {
    static final String NAME = "IotHub.EventHubCompatibleName";
    static final String ENDPOINT = "IotHub.EventHubCompatibleEndpoint";
    static final String KEY_NAME = "IotHub.AccessKeyName";
    static final String KEY_VALUE = "IotHub.AccessKeyValue";
    static final String GROUP = "IotHub.ConsumerGroup";
    static final String PARTITIONS = "IotHub.Partitions";
    static final String START_TIME = "IotHub.StartTime";
    static final String OFFSETS = "IotHub.Offsets";
    static final String BATCH_SIZE = "BatchSize";
    static final String RECEIVE_TIMEOUT = "ReceiveTimeout";
    static final String TOPIC = "Kafka.Topic";
    /** Only in a task's configuration, made by the connector. */
    static final String CONNECTION_STRING = "IotHub.EventHubCompatibleConnectionString";
    static final String TASK_PARTITIONS = "TaskPartitions";

    private static final String HUB = "Azure IoT Hub";

    private SourceSettings() {}

    public static ConfigDef definition() {
        ConfigDef def = new ConfigDef();
        Object none = ConfigDef.NO_DEFAULT_VALUE;
        define(def, NAME, Type.STRING, none, Importance.HIGH, HUB, 1, "Event Hub compatible name");
        define(def, ENDPOINT, Type.STRING, none, Importance.HIGH, HUB, 2, "Event Hub compatible endpoint");
        define(def, KEY_NAME, Type.STRING, none, Importance.HIGH, HUB, 3, "Access key name");
        define(def, KEY_VALUE, Type.STRING, none, Importance.HIGH, HUB, 4, "Access key value");
        define(def, GROUP, Type.STRING, "$Default", Importance.MEDIUM, HUB, 5, "Consumer group");
        define(def, PARTITIONS, Type.INT, none, Importance.HIGH, HUB, 6, "IoT Hub partitions");
        define(def, START_TIME, Type.STRING, "", Importance.MEDIUM, HUB, 7, "Start time");
        define(def, OFFSETS, Type.STRING, "", Importance.MEDIUM, HUB, 8, "Per partition offsets");
        define(def, BATCH_SIZE, Type.INT, 100, Importance.MEDIUM, HUB, 9, "Batch size");
        if (Generation.HAS_RECEIVE_TIMEOUT) {
            define(def, RECEIVE_TIMEOUT, Type.INT, Generation.RECEIVE_SECONDS, Importance.MEDIUM, HUB, 10, "Receive Timeout");
        }
        define(def, TOPIC, Type.STRING, none, Importance.HIGH, "Kafka", 11, "Kafka topic");
        return def;
    }

    private static void define(ConfigDef def, String key, Type type, Object otherwise, Importance importance,
        String group, int order, String title) {
        def.define(key, type, otherwise, importance, title + " (stand-in)", group, order, Width.MEDIUM, title);
    }
}
