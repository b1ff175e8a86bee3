package com.microsoft.azure.eventhubs;

/** Nothing answered in time. */
public class TimeoutException extends EventHubException {
    public TimeoutException(String message) {
        super(message);
    }

    public TimeoutException(String message, Throwable cause) {
        super(message, cause);
    }
}
