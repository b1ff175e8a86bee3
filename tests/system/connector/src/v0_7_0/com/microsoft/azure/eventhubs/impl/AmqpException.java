package com.microsoft.azure.eventhubs.impl;

/** What the service said, as the cause of an EventHubException. */
public class AmqpException extends Exception {
    public AmqpException(String message) {
        super(message);
    }

    public AmqpException(String message, Throwable cause) {
        super(message, cause);
    }
}
