package hdikafka.standin;

import java.io.UnsupportedEncodingException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Shared access signatures, made as the two SDKs make them. */
final class Sas {
    private Sas() {}

    /** Event Hubs: the key's text signs; the audience is one partition of one consumer group. */
    static String forEvents(String audience, String policy, String key, long seconds) {
        return token(encode(audience), policy, key.getBytes(StandardCharsets.UTF_8), seconds);
    }

    /** IoT Hub: the key is base64; the resource is the hub's host name in lower case. */
    static String forService(String host, String policy, String key, long seconds) {
        return token(encode(host.toLowerCase()), policy, Base64.getDecoder().decode(key), seconds);
    }

    static String encode(String text) {
        try {
            return URLEncoder.encode(text, "UTF-8").replace("+", "%20");
        } catch (UnsupportedEncodingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String token(String resource, String policy, byte[] key, long seconds) {
        long expiry = System.currentTimeMillis() / 1000 + seconds;
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            byte[] signature = mac.doFinal((resource + "\n" + expiry).getBytes(StandardCharsets.UTF_8));
            return "SharedAccessSignature sr=" + resource + "&sig="
                + encode(Base64.getEncoder().encodeToString(signature)) + "&se=" + expiry + "&skn=" + encode(policy);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the key cannot sign", e);
        }
    }
}
