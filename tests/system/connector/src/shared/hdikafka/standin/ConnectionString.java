package hdikafka.standin;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/** The Event Hubs connection string that the source connector builds and its tasks take apart. */
final class ConnectionString {
    /** {@code null} when the endpoint has no host: that is noticed only when connecting. */
    final String host;
    final String entityPath;
    final String keyName;
    final String key;

    private ConnectionString(String host, String entityPath, String keyName, String key) {
        this.host = host;
        this.entityPath = entityPath;
        this.keyName = keyName;
        this.key = key;
    }

    static String build(String endpoint, String entityPath, String keyName, String key) {
        return "Endpoint=" + endpoint + ";EntityPath=" + entityPath + ";SharedAccessKeyName=" + keyName
            + ";SharedAccessKey=" + key;
    }

    static ConnectionString parse(String text) {
        Map<String, String> parts = split(text);
        return new ConnectionString(URI.create(parts.getOrDefault("Endpoint", "")).getHost(), parts.get("EntityPath"),
            parts.get("SharedAccessKeyName"), parts.get("SharedAccessKey"));
    }

    /** {@code A=b;C=d}: keys have case, values may hold further {@code =}. */
    static Map<String, String> split(String text) {
        Map<String, String> parts = new HashMap<>();
        for (String part : text.split(";")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                parts.put(part.substring(0, equals), part.substring(equals + 1).trim());
            }
        }
        return parts;
    }
}
