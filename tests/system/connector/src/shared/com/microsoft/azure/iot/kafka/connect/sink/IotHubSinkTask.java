package com.microsoft.azure.iot.kafka.connect.sink;

import hdikafka.standin.SinkTaskBase;

/** Only the name, which is also its logger's. */
public final class IotHubSinkTask extends SinkTaskBase {}
