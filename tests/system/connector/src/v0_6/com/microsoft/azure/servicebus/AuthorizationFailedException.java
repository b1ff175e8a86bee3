package com.microsoft.azure.servicebus;

/** The token was refused. */
public class AuthorizationFailedException extends ServiceBusException {
    public AuthorizationFailedException(String message) {
        super(message);
    }

    public AuthorizationFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
