package hdikafka.standin;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.text.ParseException;
import java.text.SimpleDateFormat;
import java.time.Instant;
import java.util.Date;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;

/** A command to a device, and the two ways in which a record says one: JSON text, or a struct. */
final class C2DMessage {
    final String messageId;
    final String message;
    final String deviceId;
    /** {@code null}: the hub's default. */
    final Date expiry;

    private C2DMessage(String messageId, String message, String deviceId, Date expiry) {
        this.messageId = messageId;
        this.message = message;
        this.deviceId = deviceId;
        this.expiry = expiry;
    }

    /** Without a schema (JSON converter without schemas) this ends in a NullPointerException, as with the real one. */
    static C2DMessage of(SinkRecord record) {
        Schema schema = record.valueSchema();
        switch (schema.type()) {
            case STRING:
                // A tombstone ends in a NullPointerException here, not in a ConnectException.
                return ofText(record.value().toString());
            case STRUCT:
                return ofStruct((Struct) record.value(), schema);
            default:
                throw new ConnectException("Schema of Kafka record is of type " + schema.type()
                    + ", while the supported schemas are 'struct' and 'string'");
        }
    }

    @Override
    public String toString() {
        String when = expiry == null ? "None" : "Some(" + expiry + ")";
        return "C2DMessage(" + messageId + "," + message + "," + deviceId + "," + when + ")";
    }

    private static C2DMessage ofText(String text) {
        try {
            Map<?, ?> json = (Map<?, ?>) Json.read(text);
            return new C2DMessage(text(json, "messageId"), text(json, "message"), text(json, "deviceId"),
                expiryOfText(json.get("expiryTime")));
        } catch (IllegalArgumentException | ClassCastException e) {
            throw new ConnectException("Unable to convert record with schema STRING and value " + text
                + " to C2D message");
        }
    }

    /** The field must be there; numbers become text, null stays null, anything else does not fit. */
    private static String text(Map<?, ?> json, String field) {
        Object value = json.get(field);
        if (!json.containsKey(field)) {
            throw new IllegalArgumentException(field);
        }
        if (value == null || value instanceof String) {
            return (String) value;
        }
        if (value instanceof BigInteger || value instanceof BigDecimal) {
            return value.toString();
        }
        throw new IllegalArgumentException(field);
    }

    /** Lenient in what it reads, and silent when it cannot read it. */
    private static Date expiryOfText(Object value) {
        if (!(value instanceof String)) {
            return null;
        }
        SimpleDateFormat format = new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT);
        format.setTimeZone(TimeZone.getTimeZone("UTC"));
        try {
            return format.parse((String) value);
        } catch (ParseException e) {
            return null;
        }
    }

    private static C2DMessage ofStruct(Struct struct, Schema schema) {
        for (String required : new String[] {"deviceId", "message", "messageId"}) {
            Field field = schema.field(required);
            if (field == null) {
                throw new ConnectException("Schema of Kafka record does not contain required field " + required);
            }
            if (field.schema().type() != Schema.Type.STRING) {
                throw new ConnectException("Schema type of Kafka record field " + required + " - "
                    + field.schema().type() + " does not match the expected schema type STRING");
            }
        }
        String expiry = schema.field("expiry") == null ? null : struct.getString("expiry");
        return new C2DMessage(struct.getString("messageId"), struct.getString("message"), struct.getString("deviceId"),
            expiry == null ? null : expiryOfStruct(expiry));
    }

    private static Date expiryOfStruct(String text) {
        try {
            return Date.from(Instant.parse(text.trim()));
        } catch (RuntimeException e) {
            // The brace too much is the real connector's.
            throw new ConnectException("ExpiryTime string " + text
                + "} cannot be parsed to Instant object. Expected format is YYYY-MM-DDThh:mm:ssZ.", e);
        }
    }
}
