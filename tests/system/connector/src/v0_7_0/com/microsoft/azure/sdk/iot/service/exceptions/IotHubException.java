package com.microsoft.azure.sdk.iot.service.exceptions;

/** The name of the SDK's exception; only the name is wanted. */
public class IotHubException extends Exception {
    public IotHubException(String message) {
        super(message);
    }

    public IotHubException(String message, Throwable cause) {
        super(message, cause);
    }
}
