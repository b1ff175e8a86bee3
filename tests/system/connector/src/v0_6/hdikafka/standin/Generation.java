package hdikafka.standin;

import com.microsoft.azure.servicebus.AuthorizationFailedException;
import com.microsoft.azure.servicebus.CommunicationException;
import com.microsoft.azure.servicebus.IllegalEntityException;
import com.microsoft.azure.servicebus.ServiceBusException;
import com.microsoft.azure.servicebus.TimeoutException;
import java.io.IOException;
import java.net.UnknownHostException;

/** What is particular to the 0.6 release: Event Hubs SDK 0.9.0, which logs nothing, and a sink that asks no answer. */
final class Generation {
    static final String VERSION = "0.6";
    static final boolean HAS_RECEIVE_TIMEOUT = false;
    static final int RECEIVE_SECONDS = 60;
    static final boolean LOGS_EACH_PARTITION = false;
    static final boolean SINK_LOGS_MESSAGES = false;
    static final String PARTITION_SOURCE_LOGGER = "com.microsoft.azure.iot.kafka.connect.IotHubPartitionSource";

    private Generation() {}

    /** Only the first label of the host counts; the rest is always the public cloud's. */
    static String endpoint(String configured) {
        String label = configured.replaceFirst(".*://", "").replaceFirst("\\..*", "");
        return "amqps://" + label + ".servicebus.windows.net";
    }

    static void logOpening(String host, String position) {}

    static void logReceiving(String host, String path) {}

    static void logClosed(String host, String error) {}

    static Exception noHost() {
        return new ServiceBusException("the endpoint has no host");
    }

    static Exception unreachable(IOException cause) {
        boolean unknown = cause instanceof UnknownHostException;
        return new CommunicationException(unknown ? "java.nio.channels.UnresolvedAddressException" : "connection aborted");
    }

    static Exception timedOut() {
        return new TimeoutException("Opening MessagingFactory timed out.");
    }

    static Exception refused(int status, Refusal refusal) {
        switch (refusal.condition) {
            case "amqp:unauthorized-access":
                return new AuthorizationFailedException("Put token failed. status-code: " + status
                    + ", status-description: " + refusal.description);
            case "amqp:not-found":
                return new IllegalEntityException(refusal.description);
            default:
                return new ServiceBusException(refusal.description);
        }
    }

    /** The 0.6 release loses the message in silence and logs success. */
    static void notSent(IOException cause) {}

    /** As above, whatever the hub says. */
    static void notAccepted(Refusal refusal) {}
}
