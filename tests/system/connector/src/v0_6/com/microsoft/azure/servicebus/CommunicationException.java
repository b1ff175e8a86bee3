package com.microsoft.azure.servicebus;

/** The host was not found or did not answer. */
public class CommunicationException extends ServiceBusException {
    public CommunicationException(String message) {
        super(message);
    }

    public CommunicationException(String message, Throwable cause) {
        super(message, cause);
    }
}
