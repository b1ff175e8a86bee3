//! The end of a bridge made by hand, by hand: as careful as `setup` is about what is under way, without its checks.

use super::shell::{Script, quoted};
use super::steps::in_url;
use crate::plan::Step;

/// Pause, wait until nothing is under way, SIGTERM, wait for the end.
pub(super) fn stop(step: &Step, script: &mut Script) -> anyhow::Result<()> {
    let Step::StopWorker {
        process,
        user,
        files,
        connectors,
        rest_host,
        rest_port,
        rest_within,
        end_within,
        ..
    } = step
    else {
        return Ok(());
    };
    let pid = process.pid;
    script.on_edge("the manual: Ctrl-C; but what its tasks have in hand would come twice, so they come to rest first");
    script.root(&format!(
        "# of {user}: {}",
        files.join(" ").replace('\n', " ")
    ));
    for name in connectors {
        let url = format!("http://{rest_host}:{rest_port}/connectors/{}", in_url(name));
        script.root(&format!(
            "curl -fsS -X PUT {}",
            quoted(&format!("{url}/pause"))?
        ));
        let status = quoted(&format!("{url}/status"))?;
        script.root("tries=0");
        script.root(&format!("while curl -fsS {status} | tr ',' '\\n' | grep -Eq '\"state\":\"(RUNNING|UNASSIGNED|RESTARTING)\"'; do"));
        script.root("    tries=$((tries + 1))");
        script.root(&format!("    if [ \"$tries\" -ge {rest_within} ]; then echo 'a task does not pause' >&2; exit 1; fi"));
        script.root("    sleep 1");
        script.root("done");
    }
    script.root(&format!("kill -TERM {pid}"));
    script.root("tries=0");
    script.root(&format!("while [ -e /proc/{pid}/exe ]; do"));
    script.root("    tries=$((tries + 1))");
    script.root(&format!(
        "    if [ \"$tries\" -ge {end_within} ]; then echo 'pid {pid} does not end' >&2; exit 1; fi"
    ));
    script.root("    sleep 1");
    script.root("done");
    Ok(())
}

/// The whole file: entries of other connectors do no harm.
pub(super) fn carry(step: &Step, script: &mut Script) -> anyhow::Result<()> {
    let Step::CarryOffsets {
        path: from,
        to,
        owner,
        ..
    } = step
    else {
        return Ok(());
    };
    script.on_edge("not in the manual, where a reboot empties /tmp and the source begins again");
    let (from, to, owner) = (quoted(from)?, quoted(to)?, quoted(owner)?);
    script.root(&format!(
        "if [ -s {from} ]; then install -m 640 -o {owner} -g {owner} {from} {to}; fi"
    ));
    Ok(())
}
