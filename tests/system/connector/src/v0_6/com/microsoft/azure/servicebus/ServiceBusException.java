package com.microsoft.azure.servicebus;

/** The name of the SDK's exception; only the name is wanted. */
public class ServiceBusException extends Exception {
    public ServiceBusException(String message) {
        super(message);
    }

    public ServiceBusException(String message, Throwable cause) {
        super(message, cause);
    }
}
