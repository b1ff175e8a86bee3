package com.microsoft.azure.sdk.iot.service.exceptions;

/** The token was refused; the name is misspelt in the SDK, too. */
public class IotHubUnathorizedException extends IotHubException {
    public IotHubUnathorizedException(String message) {
        super(message);
    }

    public IotHubUnathorizedException(String message, Throwable cause) {
        super(message, cause);
    }
}
