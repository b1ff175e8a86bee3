package com.microsoft.azure.iot.kafka.connect.source;

import hdikafka.standin.SourceTaskBase;

/** Only the name, which is also its logger's. */
public final class IotHubSourceTask extends SourceTaskBase {}
