package hdikafka.standin;

import java.util.Map;

/** Why the hub said no: an AMQP condition and its description. */
final class Refusal {
    final String condition;
    final String description;

    private Refusal(String condition, String description) {
        this.condition = condition;
        this.description = description;
    }

    static Refusal read(String body) {
        try {
            Map<?, ?> read = (Map<?, ?>) Json.read(body);
            return new Refusal(String.valueOf(read.get("condition")), String.valueOf(read.get("description")));
        } catch (IllegalArgumentException | ClassCastException e) {
            return new Refusal("amqp:internal-error", body);
        }
    }
}
