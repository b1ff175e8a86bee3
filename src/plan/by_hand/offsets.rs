//! The offsets of the bridge made by hand: which file they are in, and whether they are to be carried over.

use super::{ByHand, is_ours};
use crate::facts::Facts;
use crate::facts::edge::{Edge, latin1_bytes};
use crate::facts::offsets::{self, OffsetsError};
use crate::facts::places::Connector;
use crate::plan::files::run_user;
use crate::plan::{Before, Refusal, Step, Wanted};

/// The step that carries them, when there is something to carry.
///
/// The file of a worker that runs may be written at its stop for the first time; it is looked at again then.
pub(super) fn plan(
    found: &ByHand,
    wanted: &Wanted,
    facts: &Facts,
) -> Result<Option<Step>, Refusal> {
    let edge = &facts.edge;
    let running = found.runs(Connector::Source);
    let Some(before) = needed(edge, running)? else {
        return Ok(None);
    };
    let name = wanted.name(Connector::Source);
    let step = |path: String, partitions: usize| Step::CarryOffsets {
        path,
        to: Connector::Source.offset_file(),
        name: name.to_owned(),
        events_path: facts.hub.events_path.clone(),
        partitions,
        owner: run_user(wanted, facts),
        before: before.clone(),
    };
    if running {
        let from = of_worker(found, edge)?;
        let entries = entries(edge, &from, name, facts)?;
        return Ok(Some(step(from, entries)));
    }
    let mut with_entries = Vec::new();
    for from in edge.offset_files.iter().filter(|path| !is_ours(path)) {
        let count = entries(edge, from, name, facts)?;
        if count > 0 {
            with_entries.push((from.clone(), count));
        }
    }
    if with_entries.len() > 1 {
        let paths: Vec<&str> = with_entries.iter().map(|(path, _)| path.as_str()).collect();
        return Err(Refusal::conflict(
            format!(
                "several offset files on {} have positions of {name}: {}",
                edge.host,
                paths.join(", ")
            ),
            "move all but the right one away: the newest is most likely right",
        ));
    }
    Ok(with_entries
        .pop()
        .map(|(from, count)| step(from, count))
        .filter(|_| before == Before::Absent || differ(edge, name, facts)))
}

/// What our own offset file has to be for a carry; none: there is nothing to carry any more.
fn needed(edge: &Edge, running: bool) -> Result<Option<Before>, Refusal> {
    let carried = edge.manifest.as_ref().and_then(|one| one.carried.as_ref());
    let unit = edge.units.get(&Connector::Source);
    if !running && unit.is_some_and(|unit| unit.is_running()) {
        // ours goes on from what it has in memory, and writes its file at any moment
        return Ok(None);
    }
    let path = Connector::Source.offset_file();
    let untouched = |sha256: &str| carried.is_some_and(|carried| carried.sha256 == sha256);
    match edge.sha256(&path) {
        // ours was moved away to begin anew
        None if carried.is_some() && !running => Ok(None),
        None => Ok(Some(Before::Absent)),
        // carried over, and then the run ended before our source did
        Some(sha256) if untouched(sha256) => Ok(Some(Before::Sha256(sha256.to_owned()))),
        Some(_) if running => Err(Refusal::conflict(
            format!(
                "a source made by hand runs on {}, and there are offsets of ours: {path}",
                edge.host
            ),
            "stop that worker, and move the offset file away whose positions no longer count",
        )),
        Some(_) => Ok(None),
    }
}

/// Where the running source puts its offsets.
fn of_worker(found: &ByHand, edge: &Edge) -> Result<String, Refusal> {
    let worker = found
        .workers
        .iter()
        .find(|worker| worker.connectors.contains(&Connector::Source));
    let said = worker.and_then(|worker| {
        let file = worker.file.get("offset.storage.file.filename")?.trim();
        Some(match file.starts_with('/') {
            true => file.to_owned(),
            false => format!("{}/{file}", worker.process.directory),
        })
    });
    match said {
        Some(path) if edge.offset_files.contains(&path) => Ok(path),
        said => Err(Refusal::conflict(
            format!(
                "where the source made by hand keeps its offsets on {} cannot be told ({})",
                edge.host,
                said.unwrap_or_else(|| "its worker file does not say".to_owned())
            ),
            "stop it, and start it once with a plain path in offset.storage.file.filename",
        )),
    }
}

/// How many partitions the file has a position of. A file that is not there or empty has none.
fn entries(edge: &Edge, path: &str, name: &str, facts: &Facts) -> Result<usize, Refusal> {
    let Some(text) = edge.contents(path) else {
        return match edge.paths.contains_key(path) {
            true => Err(unusable(edge, path, "it cannot be read")),
            false => Ok(0),
        };
    };
    match offsets::read(&latin1_bytes(text)) {
        Ok(all) => Ok(offsets::of_source(&all, name, &facts.hub.events_path).len()),
        Err(OffsetsError::Empty) => Ok(0),
        Err(problem) => Err(unusable(edge, path, &problem.to_string())),
    }
}

fn unusable(edge: &Edge, path: &str, problem: &str) -> Refusal {
    Refusal::conflict(
        format!(
            "{path} on {} has the offsets of a bridge made by hand and cannot be used: {problem}",
            edge.host
        ),
        "put a good copy of it back, or move it away: then the source begins at its IotHub.StartTime",
    )
}

/// Are the positions other than those that were carried over?
fn differ(edge: &Edge, name: &str, facts: &Facts) -> bool {
    let positions = |path: &str| {
        let all = offsets::read(&latin1_bytes(edge.contents(path)?)).ok()?;
        Some(offsets::of_source(&all, name, &facts.hub.events_path))
    };
    let from = edge.manifest.as_ref().and_then(|one| one.carried.as_ref());
    from.is_none_or(|carried| positions(&carried.from) != positions(&carried.to))
}

/// A source that was made by hand and has run, as far as its file tells, without offsets: a reboot has emptied /tmp.
pub(super) fn were_lost(found: &ByHand, facts: &Facts) -> bool {
    let edge = &facts.edge;
    found.files.contains_key(&Connector::Source)
        && !found.runs(Connector::Source)
        && !edge.paths.contains_key(&Connector::Source.offset_file())
}
