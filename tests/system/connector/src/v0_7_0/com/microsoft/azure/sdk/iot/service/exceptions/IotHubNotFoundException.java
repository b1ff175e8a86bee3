package com.microsoft.azure.sdk.iot.service.exceptions;

/** The hub knows no such device. */
public class IotHubNotFoundException extends IotHubException {
    public IotHubNotFoundException(String message) {
        super(message);
    }

    public IotHubNotFoundException(String message, Throwable cause) {
        super(message, cause);
    }
}
