package hdikafka.standin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Sends commands: the place of the IoT Hub service SDK. One connection for each message. */
final class Sender {
    private static final long TOKEN_SECONDS = 365L * 24 * 3600;

    private final String host;
    private final String token;
    private final String acknowledgement;

    private Sender(String host, String token, String acknowledgement) {
        this.host = host;
        this.token = token;
        this.acknowledgement = acknowledgement;
    }

    /** Takes the connection string apart; the token is made once, for the life of the task. */
    static Sender of(String connectionString, String acknowledgement) {
        Map<String, String> parts = ConnectionString.split(connectionString);
        String host = parts.getOrDefault("HostName", "");
        String policy = parts.getOrDefault("SharedAccessKeyName", "");
        String key = parts.getOrDefault("SharedAccessKey", "");
        String signature = parts.getOrDefault("SharedAccessSignature", "");
        if (policy.isEmpty()) {
            throw new IllegalArgumentException("SharedAccessKeyName cannot be null or empty");
        }
        if (key.isEmpty() && signature.isEmpty()) {
            throw new IllegalArgumentException("Should specify either sharedAccessKey or sharedAccessSignature");
        }
        if (!host.matches("[a-zA-Z0-9_\\-.]+") || !policy.matches("[a-zA-Z0-9_\\-@.]+")) {
            throw new IllegalArgumentException("The connection string has an invalid value for property.");
        }
        String token = key.isEmpty() ? signature : Sas.forService(host, policy, key, TOKEN_SECONDS);
        return new Sender(host, token, acknowledgement);
    }

    void send(C2DMessage message) throws Exception {
        // A message without a text ends here, in a NullPointerException, before anything is sent.
        byte[] body = message.message.getBytes(StandardCharsets.UTF_8);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Authorization", token);
        headers.put("iothub-ack", acknowledgement);
        if (message.messageId != null) {
            headers.put("iothub-messageid", message.messageId);
        }
        if (message.expiry != null) {
            headers.put("iothub-expiry", String.valueOf(message.expiry.getTime()));
        }
        Channel.Answer answer;
        try (Channel channel = Channel.open(host)) {
            String target = "/v1/devices/" + Sas.encode(String.valueOf(message.deviceId)) + "/messages/devicebound";
            answer = channel.ask("POST", target, headers, body, Channel.OPEN_MS);
        } catch (IOException e) {
            Generation.notSent(e);
            return;
        }
        if (answer.status != 204) {
            Generation.notAccepted(Refusal.read(answer.body));
        }
    }
}
