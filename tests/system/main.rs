//! The system tests: real Kafka, real Connect, real sshd and systemd, in network namespaces without a route out.
//!
//! A runner of its own instead of libtest's, because the cases share machines that take seconds to boot, and because a
//! case that cannot run here has to say why. `--nocapture` shows every command as it ends; `--shell` brings a lab up and
//! opens a shell on the operator's laptop, or runs the script on standard input there; `--figures` measures instead of
//! testing.
//!
//! Here: which stage of a run this process is. The machines are in `lab`, what is tested with them in `cases`.

mod cases;
mod enclosure;
mod figures;
mod lab;
mod runner;
mod transcript;

use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match runner::Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(usage) => return runner::usage(&usage),
    };
    if options.list {
        return runner::list(&options);
    }
    match enclosure::enter() {
        enclosure::Stage::Over(code) => code,
        enclosure::Stage::Inside => runner::run(&options, None),
        enclosure::Stage::Impossible(reason) => runner::run(&options, Some(&reason)),
    }
}
