//! The lab itself: that its machines are what the other cases take them for, and that nothing of them stays.

use std::time::Duration;

use anyhow::ensure;

use crate::lab::net::Host;
use crate::lab::{Lab, Parts};
use crate::runner::{Case, Outcome};
use crate::transcript;

pub fn cases() -> Vec<Case> {
    vec![
        Case::shared("lab_comes_up", Parts::KAFKA.and(Parts::EDGE), lab_comes_up),
        Case::shared("no_way_out", Parts::NONE, no_way_out),
    ]
}

fn lab_comes_up(lab: &Lab) -> Outcome {
    let figures: Vec<String> = lab
        .took
        .iter()
        .map(|(name, time)| format!("{name} {:.1} s", time.as_secs_f64()))
        .collect();
    transcript::say(format!("lab: {}", figures.join(", ")));
    let whole = lab.took.last().map(|(_, time)| *time).unwrap_or_default();
    ensure!(whole < Duration::from_secs(60), "the lab took {whole:?}");
    let names = lab.op(&["getent", "hosts", "headnodehost"])?.ok()?.stdout;
    ensure!(names.contains(&Host::Head.address().to_string()), "{names}");
    lab.edge_exec(&["systemctl", "is-system-running", "--wait"])?
        .ok()?;
    Ok(())
}

fn no_way_out(lab: &Lab) -> Outcome {
    let routes = lab.op(&["ip", "route"])?.ok()?.stdout;
    ensure!(!routes.contains("default"), "{routes}");
    Ok(())
}
