//! Tells the linker what of two C libraries goes through this program's own code: clients of librdkafka are made through
//! `src/kafka/hook.rs`, the one way to carry their connections through something else than a socket of this machine, and
//! libssh2's channels are opened through `src/edge/ssh/opening.rs`, the one way to open several at once.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Only GNU's linker and those that follow it know `--wrap`, and only on Linux is it tried.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // For every target: `rustc-link-arg-tests` would leave out the library's own tests.
        for function in [
            "rd_kafka_new",
            "ssh2_packet_requirev",
            "ssh2_transport_send",
            "ssh2_packet_add",
        ] {
            println!("cargo::rustc-link-arg=-Wl,--wrap={function}");
        }
    }
}
