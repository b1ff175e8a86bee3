package com.microsoft.azure.eventhubs;

/** There is no such hub, group or partition. */
public class IllegalEntityException extends EventHubException {
    public IllegalEntityException(String message) {
        super(message);
    }

    public IllegalEntityException(String message, Throwable cause) {
        super(message, cause);
    }
}
