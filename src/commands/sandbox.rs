//! `hdikafka sandbox serve PART` (hidden): one of the servers that the program imitates, as a process.

use crate::error::Exit;
use crate::sandbox;
use std::path::PathBuf;

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
    /// Be one of the programs of the imitated edge node
    #[command(hide = true)]
    Tool {
        name: String,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

pub fn run(args: &Sandbox) -> anyhow::Result<Exit> {
    match args {
        Sandbox::Serve { part, spec } => {
            sandbox::serve(part, spec)?;
            Ok(Exit::Done)
        }
        Sandbox::Tool { name, arguments } => {
            let status = sandbox::tool(name, arguments)?;
            // The status is the imitated program's own. Threads that were given up must not be torn down in its end.
            signal_hook::low_level::exit(status.into())
        }
    }
}
