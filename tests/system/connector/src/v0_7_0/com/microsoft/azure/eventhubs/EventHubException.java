package com.microsoft.azure.eventhubs;

/** The name of the SDK's exception; only the name is wanted. */
public class EventHubException extends Exception {
    public EventHubException(String message) {
        super(message);
    }

    public EventHubException(String message, Throwable cause) {
        super(message, cause);
    }
}
