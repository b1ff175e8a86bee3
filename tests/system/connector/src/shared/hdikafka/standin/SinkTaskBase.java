package hdikafka.standin;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a sink task does: record by record it converts and sends, and anything that goes wrong ends the task, with the
 * batch's offsets uncommitted. Nothing is looked at before the first record: a wrong key is not noticed at the start.
 */
public abstract class SinkTaskBase extends SinkTask {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private Sender sender;
    private volatile boolean closing;

    @Override
    public void start(Map<String, String> props) {
        End.arrange();
        log.info("Starting IotHub Sink");
        String acknowledgement = props.getOrDefault(SinkSettings.ACKNOWLEDGEMENT, "None").trim();
        sender = Sender.of(props.get(SinkSettings.CONNECTION_STRING), acknowledgement.toLowerCase());
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        // The real line ends in a blank, too.
        log.info("Received {} messages to be sent to devices. ", records.size());
        if (sender == null || closing) {
            log.info("Unable to send messages to devices - MessageSender is undefined = {}, isClosing = {}",
                sender == null, closing);
            return;
        }
        for (SinkRecord record : records) {
            C2DMessage message = C2DMessage.of(record);
            if (Generation.SINK_LOGS_MESSAGES) {
                log.info("Sending c2d message {}", message);
            } else {
                log.debug("Sending c2d message {}", message);
            }
            try {
                sender.send(message);
            } catch (Exception e) {
                StandIn.<RuntimeException, Void>raise(e);
            }
        }
        log.info("Started tasks to send {} messages to devices.", records.size());
    }

    @Override
    public void flush(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void stop() {
        log.info("Stopping IotHubSink Task");
        closing = true;
        log.info("Closing IotHub clients");
    }

    @Override
    public String version() {
        return Generation.VERSION;
    }
}
