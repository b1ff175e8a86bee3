//! The binary: parse, dispatch, and turn the outcome into an exit code. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(panic = "abort")]
    no_backtraces();
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    names_from_files_and_dns();
    hdikafka::cli::main()
}

/// The release binary has no tables for unwinding the stack (`scripts/release.ld`), and whoever unwinds without them is
/// ended by an abort. Backtraces of errors and panics are what would: with `RUST_BACKTRACE` set, the first error that
/// anything makes.
#[cfg(panic = "abort")]
fn no_backtraces() {
    for name in ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"] {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::remove_var(name) };
    }
}

/// A static glibc has the sources `files` and `dns` inside. Any other that /etc/nsswitch.conf lists (`mdns4_minimal`,
/// `resolve`, `compat`) it loads from the system together with the system's libc, and ends by an assertion where that is an
/// older one: the first look-up on an Ubuntu 18.04. So the file is not asked. To be called before any name is looked up.
#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
fn names_from_files_and_dns() {
    use std::ffi::{CStr, c_char, c_int};
    unsafe extern "C" {
        /// Of nss.h. Copies what it is given; fails only without memory.
        fn __nss_configure_lookup(database: *const c_char, sources: *const c_char) -> c_int;
    }
    const SOURCES: [(&CStr, &CStr); 3] = [
        (c"hosts", c"files dns"),
        (c"passwd", c"files"),
        (c"group", c"files"),
    ];
    for (database, sources) in SOURCES {
        // SAFETY: two strings that live for ever; no other thread runs yet.
        unsafe { __nss_configure_lookup(database.as_ptr(), sources.as_ptr()) };
    }
}
