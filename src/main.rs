//! The binary: parse, dispatch, and turn the outcome into an exit code. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    hdikafka::cli::main()
}
