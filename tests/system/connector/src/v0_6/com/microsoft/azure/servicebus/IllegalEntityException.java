package com.microsoft.azure.servicebus;

/** There is no such hub, group or partition. */
public class IllegalEntityException extends ServiceBusException {
    public IllegalEntityException(String message) {
        super(message);
    }

    public IllegalEntityException(String message, Throwable cause) {
        super(message, cause);
    }
}
