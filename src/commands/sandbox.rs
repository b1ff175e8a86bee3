//! `hdikafka sandbox serve PART` (hidden): one of the servers that the program imitates, as a process.

use crate::error::Exit;
use crate::sandbox;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Servers that are imitated, for tests and rehearsals
#[derive(Debug, clap::Subcommand)]
pub enum Sandbox {
    /// Run one imitated server until it is told to end
    Serve {
        /// ambari or hub
        part: String,
        #[arg(long, value_name = "FILE")]
        spec: PathBuf,
    },
}

pub fn run(args: &Sandbox) -> anyhow::Result<Exit> {
    let Sandbox::Serve { part, spec } = args;
    sandbox::serve(part, spec)?;
    Ok(Exit::Done)
}

/// The program as a tool of the rehearsal's edge node: `hdikafka sandbox-tool NAME ARGS…`, which is what the first line of
/// such a tool says. Not for the parser: the arguments are another program's.
pub fn as_tool(mut args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    args.nth(1)
        .filter(|word| word == sandbox::edge::tools::WORD)?;
    let args: Vec<OsString> = args.collect();
    let code = sandbox::edge::tools::run(&args);
    Some(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
