//! IoT Hub as its devices and services see it: connection strings, SAS tokens, the device HTTP API.
