//! The planner, case by case: `tests/plans/base.json` is a fresh edge and an ordinary wish, `CASE/differs.json` what is
//! other in this case (a JSON merge patch), `CASE/plan.txt` what comes out. `HDIKAFKA_UPDATE=1` writes the last anew.

use hdikafka::facts::Facts;
use hdikafka::plan::{self, Refusal, Wanted};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

#[test]
fn every_case_gives_its_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let base = read(&folder.join("base.json"));
    let mut cases = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(&folder)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
    {
        let name = entry.file_name().into_string().unwrap();
        let mut case = base.clone();
        merge(&mut case, read(&entry.path().join("differs.json")));
        let wanted: Wanted =
            serde_json::from_value(case["wanted"].take()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let facts: Facts =
            serde_json::from_value(case["facts"].take()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let came = outcome(&wanted, &facts);
        let file = entry.path().join("plan.txt");
        if std::env::var_os("HDIKAFKA_UPDATE").is_some() {
            std::fs::write(&file, &came).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if came != expected {
            wrong.push(format!(
                "== {name}\n-- expected\n{expected}\n-- came\n{came}"
            ));
        }
        cases += 1;
    }
    assert!(cases >= 20, "only {cases} cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same facts and wish, twice: nothing in the planner may depend on anything else.
#[test]
fn the_planner_is_deterministic() {
    let mut base = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/base.json"));
    let wanted: Wanted = serde_json::from_value(base["wanted"].take()).unwrap();
    let facts: Facts = serde_json::from_value(base["facts"].take()).unwrap();
    assert_eq!(plan::plan(&wanted, &facts), plan::plan(&wanted, &facts));
}

fn outcome(wanted: &Wanted, facts: &Facts) -> String {
    let mut text = String::new();
    match plan::plan(wanted, facts) {
        Ok(plan) => {
            for stage in &plan.stages {
                writeln!(text, "{}", stage.title).unwrap();
                stage
                    .steps
                    .iter()
                    .for_each(|step| writeln!(text, "  {step}").unwrap());
            }
            plan.in_place
                .iter()
                .for_each(|what| writeln!(text, "in place: {what}").unwrap());
            plan.warnings
                .iter()
                .for_each(|words| writeln!(text, "warning: {words}").unwrap());
        }
        Err(refused) => {
            for refusal in &refused.0 {
                let kind = match refusal {
                    Refusal::Conflict { .. } => "conflict",
                    Refusal::Lacks { .. } => "lacks",
                    Refusal::Unsupported { .. } => "unsupported",
                };
                writeln!(text, "{kind}: {refusal}").unwrap();
            }
        }
    }
    text
}

fn read(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// RFC 7396, except that null is a value: facts have nulls.
fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch,
    }
}
