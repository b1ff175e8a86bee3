//! Tells the linker that clients of librdkafka are made through `src/kafka/hook.rs`: the one way to carry their
//! connections through something else than a socket of this machine.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Only GNU's linker and those that follow it know `--wrap`, and only on Linux is it tried.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // For every target: `rustc-link-arg-tests` would leave out the library's own tests.
        println!("cargo::rustc-link-arg=-Wl,--wrap=rd_kafka_new");
    }
}
