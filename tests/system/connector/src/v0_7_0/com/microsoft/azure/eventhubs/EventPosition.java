package com.microsoft.azure.eventhubs;

/** There from SDK 1.0.0 on: what tells a jar of this generation from an older one. */
public interface EventPosition {}
