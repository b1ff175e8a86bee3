//! The connector jar: where it goes, what it would shadow there, and which other jars have to go because they have the
//! same classes.

use super::{Before, Into, Plan, Step, Wanted};
use crate::facts::Facts;
use crate::facts::places;
use crate::jar;

pub(super) fn plan(wanted: &Wanted, facts: &Facts, plan: &mut Plan) -> Option<Step> {
    warn(wanted, facts, plan);
    let to = wanted.jar_place();
    let there = there(facts, &to);
    if there == Some(wanted.jar.sha256.as_str()) {
        plan.in_place.push(format!("connector jar {to}"));
        return None;
    }
    let jar = &wanted.jar;
    let before = Before::of(there);
    Some(Step::UploadJar {
        from: jar.path.clone(),
        to,
        size: jar.size,
        sha256: jar.sha256.clone(),
        before,
    })
}

/// Every other jar with the same classes where Connect looks. Which of two a worker loads depends on their versions and is
/// said nowhere but in its log. They are no warning but steps: agreed to with the plan, and kept in the backups.
pub(super) fn rivals(wanted: &Wanted, facts: &Facts) -> Vec<Step> {
    let place = wanted.jar_place();
    let others = facts
        .jars
        .connectors
        .iter()
        .filter(|(path, _)| **path != place);
    others
        .filter_map(|(path, there)| {
            Some(Step::MoveAway {
                path: path.clone(),
                sha256: there.sha256.clone()?,
                size: there.size,
                what: what(wanted, facts, path),
            })
        })
        .collect()
}

fn what(wanted: &Wanted, facts: &Facts, path: &str) -> String {
    let ours = path.starts_with(places::PLUGIN_DIR)
        || facts
            .edge
            .manifest
            .as_ref()
            .is_some_and(|manifest| manifest.files.contains_key(path));
    let same = facts.jars.sha256(path) == Some(wanted.jar.sha256.as_str());
    let words = match (ours, same) {
        (_, true) => "the same jar in another place",
        (true, false) => "another jar of ours",
        (false, false) => "another jar of this connector",
    };
    words.to_owned()
}

fn there<'a>(facts: &'a Facts, path: &str) -> Option<&'a str> {
    facts.jars.sha256(path).or_else(|| facts.edge.sha256(path))
}

fn warn(wanted: &Wanted, facts: &Facts, plan: &mut Plan) {
    let edge = &facts.edge;
    let jar = &wanted.jar;
    if wanted.into == Into::Libs && jar.has_scala {
        plan.warnings.push(format!(
            "in {}/libs the jar's own Scala library comes before Kafka's: kafka-topics, the console tools and any broker of {} break",
            wanted.kafka_home, edge.host
        ));
    }
    if wanted.into == Into::Libs {
        plan.warnings.extend(shadowed(wanted, facts));
    }
    if let Some(has) = edge.java_major() {
        let scala = jar.libraries.iter().find(|l| l.name == "scala-library");
        let scala = scala.and_then(|library| library.version.as_deref());
        let release06 = !jar.source_class.contains(".source.");
        let words = jar::against_java(jar.java, scala, release06, has);
        plan.warnings.extend(words);
    }
    if !jar.receive_timeout {
        plan.warnings.push(
            "this jar (0.6) says a command was sent without looking whether it was, and knows no ReceiveTimeout".to_owned(),
        );
    }
}

/// In `libs`: which of Kafka's own jars every program of that node would no longer get.
fn shadowed(wanted: &Wanted, facts: &Facts) -> Option<String> {
    let jar = &wanted.jar;
    let clashes = jar::clashes(&jar.file_name, &jar.libraries, &facts.jars.libs);
    let list: Vec<String> = clashes
        .iter()
        .filter(|clash| clash.shadowed)
        .map(|clash| format!("{} (by {})", clash.file, clash.inside))
        .collect();
    (!list.is_empty()).then(|| {
        format!(
            "in {}/libs this jar shadows for everything that runs on {}: {}; --into plugins shadows nothing",
            wanted.kafka_home,
            facts.edge.host,
            list.join(", ")
        )
    })
}
