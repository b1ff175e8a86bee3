//! The system tests: real Kafka, real Connect, real sshd and systemd.
fn main() {}
