//! The connector jar: where it goes, and what speaks against it on this node.

use super::{Before, Into, Plan, Step, Wanted};
use crate::facts::Facts;
use crate::facts::places;

pub(super) fn plan(wanted: &Wanted, facts: &Facts, plan: &mut Plan) -> Option<Step> {
    warn(wanted, facts, plan);
    let to = wanted.jar_place();
    let there = facts.edge.sha256(&to);
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

fn warn(wanted: &Wanted, facts: &Facts, plan: &mut Plan) {
    let edge = &facts.edge;
    let jar = &wanted.jar;
    if wanted.into == Into::Libs && jar.has_scala {
        plan.warnings.push(format!(
            "in {}/libs the jar's own Scala library comes before Kafka's: kafka-topics, the console tools and any broker of {} break",
            wanted.kafka_home, edge.host
        ));
    }
    if let (Some(needs), Some(has)) = (jar.java, edge.java_major())
        && needs > has
    {
        plan.warnings.push(format!(
            "the jar needs Java {needs} and {} has Java {has}: the worker will not load it",
            edge.host
        ));
    }
    if !jar.receive_timeout {
        plan.warnings.push(
            "this jar (0.6) says a command was sent without looking whether it was, and knows no ReceiveTimeout".to_owned(),
        );
    }
    let to = wanted.jar_place();
    for other in edge
        .paths
        .keys()
        .filter(|path| path.ends_with(".jar") && **path != to)
    {
        let rival = if other.starts_with(places::PLUGIN_DIR) {
            "an older jar of ours"
        } else {
            "another connector jar"
        };
        plan.warnings.push(format!(
            "{other} is {rival}: Connect would see its classes too"
        ));
    }
}
