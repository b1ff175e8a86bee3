package com.microsoft.azure.sdk.iot.service.exceptions;

/** The device's queue is full. */
public class IotHubDeviceMaximumQueueDepthExceededException extends IotHubException {
    public IotHubDeviceMaximumQueueDepthExceededException(String message) {
        super(message);
    }

    public IotHubDeviceMaximumQueueDepthExceededException(String message, Throwable cause) {
        super(message, cause);
    }
}
