//! Which units start at boot: the links in `….wants` directories of the scratch root.

use crate::sandbox::edge::scratch::Scratch;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

pub const UNITS: &str = "/etc/systemd/system";

/// `Created symlink …` lines, as systemctl prints them.
pub fn enable(scratch: &Scratch, name: &str, wanted_by: &[String]) -> io::Result<Vec<String>> {
    let mut said = Vec::new();
    for target in wanted_by {
        let guest = format!("{UNITS}/{target}.wants");
        let dir = directory(scratch, target);
        fs::create_dir_all(&dir)?;
        let link = dir.join(name);
        if fs::symlink_metadata(&link).is_ok() {
            continue;
        }
        symlink(format!("{UNITS}/{name}"), link)?;
        said.push(format!("Created symlink {guest}/{name} → {UNITS}/{name}."));
    }
    Ok(said)
}

/// Takes every link to the unit away, whatever its file says now.
pub fn disable(scratch: &Scratch, name: &str) -> io::Result<Vec<String>> {
    let mut said = Vec::new();
    for target in targets(scratch) {
        let link = directory(scratch, &target).join(name);
        if fs::symlink_metadata(&link).is_ok() {
            fs::remove_file(link)?;
            said.push(format!("Removed {UNITS}/{target}.wants/{name}."));
        }
    }
    Ok(said)
}

pub fn is_enabled(scratch: &Scratch, name: &str) -> bool {
    targets(scratch)
        .iter()
        .any(|target| fs::symlink_metadata(directory(scratch, target).join(name)).is_ok())
}

/// The units that the boot starts.
pub fn at_boot(scratch: &Scratch) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory(scratch, "multi-user.target")) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn targets(scratch: &Scratch) -> Vec<String> {
    let Ok(entries) = fs::read_dir(scratch.host_path(UNITS)) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.strip_suffix(".wants").map(str::to_owned)
        })
        .collect()
}

fn directory(scratch: &Scratch, target: &str) -> PathBuf {
    scratch.host_path(UNITS).join(format!("{target}.wants"))
}
