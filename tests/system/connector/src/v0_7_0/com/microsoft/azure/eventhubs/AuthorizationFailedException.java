package com.microsoft.azure.eventhubs;

/** The token was refused. */
public class AuthorizationFailedException extends EventHubException {
    public AuthorizationFailedException(String message) {
        super(message);
    }

    public AuthorizationFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
