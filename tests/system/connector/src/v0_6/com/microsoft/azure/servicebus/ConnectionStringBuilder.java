package com.microsoft.azure.servicebus;

/** There up to SDK 0.14: what tells a jar of this generation from a newer one. */
public interface ConnectionStringBuilder {}
