//! What this machine can do, found out once by trying it. What is missing is named; nothing is skipped without a reason.

use std::fs;
use std::process::{Command, Stdio};

use super::{Parts, net::Network};
use crate::enclosure;

/// Reasons why parts of the lab cannot be had here; none where they can.
pub struct Abilities {
    base: Option<String>,
    kafka: Option<String>,
    edge: Option<String>,
}

impl Abilities {
    /// `impossible`: why there is no enclosure, where there is none.
    pub fn probe(impossible: Option<&str>) -> Abilities {
        let base = match impossible {
            Some(reason) => Some(reason.to_owned()),
            None => lacking_programs(&["ip", "unshare", "nsenter", "nft", "ssh-keygen"])
                .or_else(namespaces),
        };
        Abilities {
            base,
            kafka: lacking_programs(&["java", "mvn"]),
            // Tried only inside of an enclosure: what is tried would stay elsewhere.
            edge: lacking_programs(&["java", "mvn", "debootstrap", "systemd-nspawn"]).or_else(
                || {
                    if impossible.is_none() {
                        overlay()
                    } else {
                        None
                    }
                },
            ),
        }
    }

    /// Why a lab with these parts cannot be had here.
    pub fn lacking(&self, parts: Parts) -> Option<String> {
        let servers = if parts.ambari || parts.hub {
            lacking_programs(&["openssl"])
        } else {
            None
        };
        self.base
            .clone()
            .or_else(|| self.kafka.clone().filter(|_| parts.kafka))
            .or_else(|| self.edge.clone().filter(|_| parts.edge))
            .or(servers)
    }
}

fn lacking_programs(names: &[&str]) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |name: &&&str| std::env::split_paths(&path).any(|dir| dir.join(name).is_file());
    let missing: Vec<&str> = names.iter().filter(|name| !there(name)).copied().collect();
    (!missing.is_empty()).then(|| format!("not installed: {}", missing.join(", ")))
}

fn namespaces() -> Option<String> {
    if let Err(error) = Network::up("probe") {
        return Some(format!("no network namespaces: {error:#}"));
    }
    let rules = Command::new("nft")
        .args(["list", "ruleset"])
        .stderr(Stdio::null())
        .output();
    match rules {
        Ok(output) if output.status.success() => None,
        _ => Some("nft does not work".to_owned()),
    }
}

/// An overlay whose upper layer is on a tmpfs, and a control group of one's own: what the edge stands on.
fn overlay() -> Option<String> {
    let dir = enclosure::work_dir().join("probe");
    let tried = (|| -> anyhow::Result<()> {
        for name in ["lower", "upper", "work", "merged"] {
            fs::create_dir_all(dir.join(name))?;
        }
        let data = format!(
            "lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work",
            dir.display()
        );
        enclosure::mount("overlay", &dir.join("merged"), "overlay", 0, &data)?;
        for group in enclosure::control_groups() {
            fs::create_dir_all(group.join("probe"))?;
            enclosure::remove_control_group(&group.join("probe"))?;
        }
        Ok(())
    })();
    super::unmount(&dir.join("merged"));
    let _ = fs::remove_dir_all(&dir);
    tried
        .err()
        .map(|error| format!("no overlay or no control groups: {error:#}"))
}
