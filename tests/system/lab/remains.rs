//! Looks for what a lab or a run that is over has left: mounts, namespaces, control groups, processes.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::enclosure;

/// What is there of the lab that had this directory, one line each.
pub fn of_lab(dir: &Path) -> Result<Vec<String>> {
    let prefix = dir.file_name().unwrap_or_default().to_string_lossy();
    let mut left = mounts(&dir.to_string_lossy())?;
    for place in ["/run/netns", "/etc/netns"] {
        for entry in fs::read_dir(place)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(&format!("{prefix}-")) {
                left.push(format!("{place}/{name}"));
            }
        }
    }
    let groups = enclosure::control_groups()
        .into_iter()
        .map(|group| group.join(&*prefix));
    left.extend(
        groups
            .chain([dir.to_owned()])
            .filter(|path| path.exists())
            .map(|path| path.display().to_string()),
    );
    left.extend(processes(&[&dir.to_string_lossy(), &format!("{prefix}-")])?);
    Ok(left)
}

/// Processes that have one of these texts among their arguments, one line each.
pub fn processes(texts: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        // Gone meanwhile, or no process at all.
        let Ok(arguments) = fs::read(entry.path().join("cmdline")) else {
            continue;
        };
        let line = String::from_utf8_lossy(&arguments).replace('\0', " ");
        if texts.iter().any(|text| line.contains(text)) {
            found.push(format!(
                "process {}: {line}",
                entry.file_name().to_string_lossy()
            ));
        }
    }
    Ok(found)
}

fn mounts(text: &str) -> Result<Vec<String>> {
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    Ok(mounts
        .lines()
        .filter(|line| line.contains(text))
        .map(|line| format!("mount {line}"))
        .collect())
}
