//! What is other than it was when a plan was saved, one line each. Words only: what they mean for the run is said above.

use super::Target;
use crate::plan::{Plan, Step};
use crate::text::printable_start;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Of one line: some of it comes from a file that anybody may have written.
const LONGEST: usize = 400;

pub(super) fn of_settings(
    saved: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> Vec<String> {
    let keys: BTreeSet<&String> = saved.keys().chain(now.keys()).collect();
    let or = |value: Option<&String>| value.map_or("not set".to_owned(), ToString::to_string);
    keys.into_iter()
        .filter(|key| saved.get(*key) != now.get(*key))
        .map(|key| said(key, &or(saved.get(key)), &or(now.get(key))))
        .collect()
}

pub(super) fn of_targets(saved: &Target, now: &Target) -> Vec<String> {
    let fields = [
        ("cluster", &saved.cluster, &now.cluster),
        (
            "Kafka's cluster id",
            &saved.kafka_cluster_id,
            &now.kafka_cluster_id,
        ),
        ("edge node", &saved.node, &now.node),
        ("hub", &saved.hub, &now.hub),
    ];
    fields
        .into_iter()
        .filter(|(_, saved, now)| saved != now)
        .map(|(what, saved, now)| said(what, saved, now))
        .collect()
}

/// Empty only if both would do the same, in the same order, with the same warnings. Where the jar lies on this machine
/// is no difference: it is the same jar, by its digest.
pub(super) fn of_plans(saved: &Plan, now: &Plan) -> serde_json::Result<Vec<String>> {
    let (saved_steps, now_steps) = (steps(saved)?, steps(now)?);
    let mut lines = Vec::new();
    for (target, (text, fields)) in &saved_steps {
        match now_steps.get(target) {
            None => lines.push(format!("not needed any more: {text}")),
            Some((again, other)) if other != fields => {
                let names = differing(fields, other).join(", ");
                lines.push(format!("{text}: now {again} (other in: {names})"));
            }
            Some(_) => {}
        }
    }
    let new = now_steps
        .iter()
        .filter(|(target, _)| !saved_steps.contains_key(*target));
    lines.extend(new.map(|(_, (text, _))| format!("not in the plan: {text}")));
    let gone = saved
        .warnings
        .iter()
        .filter(|words| !now.warnings.contains(words));
    lines.extend(gone.map(|words| format!("the plan warned: {words}")));
    let came = now
        .warnings
        .iter()
        .filter(|words| !saved.warnings.contains(words));
    lines.extend(came.map(|words| format!("a warning that was not there: {words}")));
    if lines.is_empty() && order(saved) != order(now) {
        lines.push("the steps are the same, in another order".to_owned());
    }
    Ok(lines
        .iter()
        .map(|line| printable_start(line, LONGEST))
        .collect())
}

fn said(what: &str, saved: &str, now: &str) -> String {
    printable_start(&format!("{what}: {saved} in the plan, {now} here"), LONGEST)
}

type Fields = Map<String, Value>;

/// Each step by what it is done to: its words and its fields.
fn steps(plan: &Plan) -> serde_json::Result<BTreeMap<String, (String, Fields)>> {
    let mut all = BTreeMap::new();
    for (number, step) in plan.steps().enumerate() {
        let mut fields = match serde_json::to_value(step)? {
            Value::Object(fields) => fields,
            _ => Fields::new(),
        };
        fields.remove("from");
        let mut target = target(&fields);
        if all.contains_key(&target) {
            target.push_str(&format!(" {number}"));
        }
        all.insert(target, (step.to_string(), fields));
    }
    Ok(all)
}

fn target(fields: &Fields) -> String {
    let names = ["step", "path", "to", "topic", "connector", "group"];
    let words = names
        .into_iter()
        .filter_map(|name| fields.get(name)?.as_str());
    words.collect::<Vec<_>>().join(" ")
}

fn differing<'a>(one: &'a Fields, other: &'a Fields) -> Vec<&'a str> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differ = names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name));
    differ.map(String::as_str).collect()
}

/// Stage by stage, what is done to what.
fn order(plan: &Plan) -> Vec<(&str, Vec<String>)> {
    let steps = |steps: &[Step]| steps.iter().map(ToString::to_string).collect();
    plan.stages
        .iter()
        .map(|stage| (stage.title.as_str(), steps(&stage.steps)))
        .collect()
}
