//! The command line: what is parsed, and which command gets it. Here: clap types and dispatch; no work.

use std::process::ExitCode;

pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
