package hdikafka.standin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what this jar is, so that nobody takes a rehearsal for the real thing. */
public final class StandIn {
    private static final Logger LOG = LoggerFactory.getLogger(StandIn.class);

    private StandIn() {}

    /** The first line that a connector logs. */
    public static void announce() {
        LOG.info("This is a stand-in for the IoT Hub connector {}, made for tests: it speaks a private protocol on port"
            + " 5671 and cannot reach Azure", Generation.VERSION);
    }

    /** Throws a checked exception through a method that does not declare it, as the real connector's Scala does. */
    @SuppressWarnings("unchecked")
    static <E extends Throwable, R> R raise(Throwable exception) throws E {
        throw (E) exception;
    }
}
