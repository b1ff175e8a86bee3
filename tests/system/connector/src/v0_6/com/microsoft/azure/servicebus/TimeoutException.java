package com.microsoft.azure.servicebus;

/** Nothing answered in time. */
public class TimeoutException extends ServiceBusException {
    public TimeoutException(String message) {
        super(message);
    }

    public TimeoutException(String message, Throwable cause) {
        super(message, cause);
    }
}
