//! `hdikafka sandbox serve PART` (hidden): one of the servers that the program imitates, as a process.

use crate::error::Exit;
use crate::sandbox;
use std::path::PathBuf;

/// Servers that are imitated, for tests and rehearsals
#[derive(Debug, clap::Subcommand)]
pub enum Sandbox {
    /// Run one imitated server until it is told to end
    Serve {
        /// ambari, hub, entra or arm
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
