//! The programs of the imitated edge node that are this binary under another name. Here: which there are; what they do
//! is beside the server that they belong to.

/// Runs a tool; the status to exit with.
pub fn tool(name: &str, arguments: &[String]) -> anyhow::Result<u8> {
    match name {
        "worker" => Ok(super::worker::run(
            arguments,
            || Box::new(std::io::stdout()),
            &mut std::io::stderr(),
        )),
        other => anyhow::bail!("the sandbox has no tool `{}`", other.escape_debug()),
    }
}
