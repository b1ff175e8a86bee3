package hdikafka.standin;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Reads one partition: the place of the Event Hubs SDK. One connection, as long as it lives. */
final class Receiver {
    /** The SDK's prefetch count: more cannot be asked for at once. */
    static final int PREFETCH = 999;
    /** The SDK goes on retrying for about this long after a connection is lost. */
    private static final long RETRY_MS = 16_000;
    private static final long TOKEN_SECONDS = 20 * 60;
    private static final long PAUSE_MS = 500;

    private final ConnectionString to;
    private final String group;
    private final int partition;
    /** What comes after {@code ?} to say where to go on: {@code offset=…} or {@code time=…}. */
    private String position;
    private Channel channel;
    private long lostSince;

    private Receiver(ConnectionString to, String group, int partition, String position) {
        this.to = to;
        this.group = group;
        this.partition = partition;
        this.position = position;
    }

    /** Connects and checks token, name, partition and position, so that a wrong one is found at the start. */
    static Receiver open(ConnectionString to, String group, int partition, String position) throws Exception {
        if (to.host == null) {
            throw Generation.noHost();
        }
        Receiver receiver = new Receiver(to, group, partition, position);
        Generation.logOpening(to.host, position);
        try {
            receiver.connect();
            receiver.ask(0, 0);
        } catch (SocketTimeoutException e) {
            receiver.disconnect();
            throw Generation.timedOut();
        } catch (IOException e) {
            receiver.disconnect();
            Generation.logClosed(to.host, "connection aborted");
            throw Generation.unreachable(e);
        } catch (Exception e) {
            receiver.disconnect();
            throw e;
        }
        Generation.logReceiving(to.host, to.entityPath + "/ConsumerGroups/" + group + "/Partitions/" + partition);
        return receiver;
    }

    /**
     * At least one event, as soon as there is one, and at most {@code max}; none when the time is over. While a lost
     * connection is being retried, the time passes without events.
     */
    List<Map<String, Object>> receive(int max, long millis) throws Exception {
        if (max <= 0 || max > PREFETCH) {
            throw new IllegalArgumentException("parameter 'maxMessageCount' should be a positive number and should be "
                + "less than prefetchCount(" + PREFETCH + ")");
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (true) {
            long left = Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
            try {
                if (channel == null) {
                    connect();
                }
                List<Map<String, Object>> events = ask(max, left);
                lostSince = 0;
                return events;
            } catch (IOException e) {
                lost(e);
            }
            left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return Collections.emptyList();
            }
            Thread.sleep(Math.min(PAUSE_MS, left));
        }
    }

    void disconnect() {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }

    private void connect() throws IOException {
        channel = Channel.open(to.host);
    }

    private void lost(IOException cause) throws Exception {
        disconnect();
        Generation.logClosed(to.host, String.valueOf(cause.getMessage()));
        long now = System.nanoTime();
        if (lostSince == 0) {
            lostSince = now;
        } else if (TimeUnit.NANOSECONDS.toMillis(now - lostSince) > RETRY_MS) {
            throw Generation.unreachable(cause);
        }
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> ask(int max, long millis) throws Exception {
        String path = to.entityPath + "/ConsumerGroups/" + group + "/Partitions/" + partition;
        String token = Sas.forEvents("amqp://" + to.host + "/" + path, to.keyName, to.key, TOKEN_SECONDS);
        String target = "/v1/" + Sas.encode(to.entityPath) + "/ConsumerGroups/" + Sas.encode(group) + "/Partitions/"
            + partition + "?" + position + "&max=" + max + "&wait_ms=" + millis;
        Channel.Answer answer = channel.ask("GET", target, Collections.singletonMap("Authorization", token), new byte[0],
            millis + Channel.OPEN_MS);
        if (answer.status != 200) {
            throw Generation.refused(answer.status, Refusal.read(answer.body));
        }
        Map<String, Object> read = (Map<String, Object>) Json.read(answer.body);
        List<Map<String, Object>> events = new ArrayList<>();
        for (Object event : (List<Object>) read.get("events")) {
            events.add((Map<String, Object>) event);
        }
        if (!events.isEmpty()) {
            position = "offset=" + events.get(events.size() - 1).get("offset");
        }
        return events;
    }
}
