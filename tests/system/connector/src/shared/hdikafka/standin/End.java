package hdikafka.standin;

/**
 * What the real one does not have: a worker that ends by itself, some time after a good start. The system property
 * {@code standin.end.after.ms} says when; the exit code is 9.
 */
final class End {
    private static boolean arranged;

    private End() {
    }

    static synchronized void arrange() {
        Integer after = Integer.getInteger("standin.end.after.ms");
        if (after == null || arranged) {
            return;
        }
        arranged = true;
        Thread end = new Thread(() -> {
            try {
                Thread.sleep(after);
            } catch (InterruptedException e) {
                return;
            }
            // Not exit: a connector that takes the process down does not wait for the worker's own hooks.
            Runtime.getRuntime().halt(9);
        }, "standin-end");
        end.setDaemon(true);
        end.start();
    }
}
