package hdikafka.standin;

import com.microsoft.azure.eventhubs.AuthorizationFailedException;
import com.microsoft.azure.eventhubs.EventHubException;
import com.microsoft.azure.eventhubs.IllegalEntityException;
import com.microsoft.azure.eventhubs.TimeoutException;
import com.microsoft.azure.eventhubs.impl.AmqpException;
import com.microsoft.azure.sdk.iot.service.exceptions.IotHubDeviceMaximumQueueDepthExceededException;
import com.microsoft.azure.sdk.iot.service.exceptions.IotHubNotFoundException;
import com.microsoft.azure.sdk.iot.service.exceptions.IotHubUnathorizedException;
import java.io.IOException;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is particular to 0.7.0: Event Hubs SDK 1.0.0, which logs, and a service SDK that looks at answers. */
final class Generation {
    static final String VERSION = "0.7.0";
    static final boolean HAS_RECEIVE_TIMEOUT = true;
    static final int RECEIVE_SECONDS = 60;
    static final boolean LOGS_EACH_PARTITION = true;
    static final boolean SINK_LOGS_MESSAGES = true;
    static final String PARTITION_SOURCE_LOGGER =
        "com.microsoft.azure.iot.kafka.connect.source.IotHubPartitionSource";

    private static final Logger FACTORY = LoggerFactory.getLogger("com.microsoft.azure.eventhubs.impl.MessagingFactory");
    private static final Logger CONNECTION =
        LoggerFactory.getLogger("com.microsoft.azure.eventhubs.impl.ConnectionHandler");
    private static final Logger RECEIVER = LoggerFactory.getLogger("com.microsoft.azure.eventhubs.impl.MessageReceiver");

    private Generation() {}

    /** The whole endpoint counts, though of it only the host. */
    static String endpoint(String configured) {
        return configured;
    }

    static void logOpening(String host, String position) {
        FACTORY.info("messagingFactory[{}], hostName[{}], info[starting reactor instance.]", name(), host);
        boolean offset = position.startsWith("offset=");
        String value = position.substring(position.indexOf('=') + 1);
        RECEIVER.info("receiverPath[RECEIVER IS NULL], action[createReceiveLink], offset[{}], sequenceNumber[null],"
            + " enqueuedTime[{}], inclusiveFlag[false]", offset ? value : null, offset ? null : value);
    }

    static void logReceiving(String host, String path) {
        CONNECTION.info("onConnectionRemoteOpen: hostname[{}:{}, ]", host, Channel.PORT);
        RECEIVER.info("receiverPath[{}], linkname[{}], updated-link-credit[{}], sentCredits[{}]", path, name(),
            Receiver.PREFETCH, Receiver.PREFETCH);
    }

    static void logClosed(String host, String error) {
        CONNECTION.warn("onTransportClosed: hostname[{}:{}], error[{}]", host, Channel.PORT, error);
    }

    static Exception noHost() {
        return new EventHubException("Cannot invoke \"String.length()\" because \"str\" is null");
    }

    static Exception unreachable(IOException cause) {
        return new EventHubException("connection aborted");
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
                return new EventHubException(refusal.description,
                    new AmqpException(refusal.condition + ": " + refusal.description));
        }
    }

    static void notSent(IOException cause) throws IOException {
        throw new IOException("Connection failed to be established");
    }

    /** A condition that the SDK does not know, and a release, count as sent: the real one loses those in silence. */
    static void notAccepted(Refusal refusal) throws Exception {
        switch (refusal.condition) {
            case "amqp:not-found":
                throw new IotHubNotFoundException("IoT Hub not found! " + refusal.description);
            case "amqp:resource-limit-exceeded":
                throw new IotHubDeviceMaximumQueueDepthExceededException(
                    "Maximum queue depth exceeded! " + refusal.description);
            case "amqp:unauthorized-access":
                throw new IotHubUnathorizedException("Unauthorized! " + refusal.description);
            default:
        }
    }

    private static String name() {
        return UUID.randomUUID().toString().substring(0, 8);
    }
}
