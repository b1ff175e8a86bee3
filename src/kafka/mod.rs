//! Kafka over its own protocol: settings, topics, producing, consuming.
