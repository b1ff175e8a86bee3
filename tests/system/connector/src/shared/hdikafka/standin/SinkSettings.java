package hdikafka.standin;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;

/** The sink's keys, the same in both generations. */
public final class SinkSettings {
    static final String CONNECTION_STRING = "IotHub.ConnectionString";
    static final String ACKNOWLEDGEMENT = "IotHub.MessageDeliveryAcknowledgement";

    private SinkSettings() {}

    public static ConfigDef definition() {
        return new ConfigDef()
            .define(CONNECTION_STRING, Type.STRING, ConfigDef.NO_DEFAULT_VALUE, Importance.HIGH,
                "IoT Hub connection string (stand-in)", "Azure IoT Hub", 1, Width.MEDIUM, "IoT Hub connection string")
            .define(ACKNOWLEDGEMENT, Type.STRING, "None",
                ValidString.in("None", "Full", "PositiveOnly", "NegativeOnly"), Importance.HIGH,
                "Delivery acknowledgement (stand-in)", "Azure IoT Hub", 1, Width.MEDIUM, "Delivery acknowledgement");
    }
}
