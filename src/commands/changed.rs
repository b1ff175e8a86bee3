//! What somebody changed by hand since the last run: the flags that decide it beforehand, and the questions about it at a
//! terminal. What counts as such a change, the planner says.

use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::plan::{Changed, Decisions, Refusal, Refused, Which};
use crate::profile::keys;
use crate::ui::{PromptError, Question};

const ALL: &str = "all";

#[derive(Clone, Debug, Default, clap::Args)]
pub struct ChangedArgs {
    /// Keep what somebody changed by hand since the last run: all of it, or FILE:KEY, FILE or KEY alone
    #[arg(long, value_name = "NAME,…", num_args = 0..=1, require_equals = true, default_missing_value = ALL, value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Overwrite what somebody changed by hand since the last run: all of it, or FILE:KEY, FILE or KEY alone
    #[arg(long, value_name = "NAME,…", num_args = 0..=1, require_equals = true, default_missing_value = ALL, value_delimiter = ',')]
    pub overwrite: Vec<String>,
}

impl ChangedArgs {
    pub fn decisions(&self) -> Result<Decisions, Failure> {
        if let Some(name) = self.keep.iter().find(|name| self.overwrite.contains(name)) {
            let words = match name.as_str() {
                ALL => "--keep and --overwrite contradict each other: name what one of them is for"
                    .to_owned(),
                name => format!("--keep and --overwrite both name {name}"),
            };
            return Err(Failure::usage(words));
        }
        Ok(Decisions {
            keep: which(&self.keep),
            overwrite: which(&self.overwrite),
        })
    }
}

fn which(names: &[String]) -> Which {
    if names.iter().any(|name| name == ALL) {
        Which::All
    } else if names.is_empty() {
        Which::Nothing
    } else {
        Which::These(names.iter().cloned().collect())
    }
}

/// What the answers came to.
pub enum Answered {
    /// Each change stays or goes: plan again.
    Decided,
    /// A setting is another one now: ask for the facts again, too.
    Edited,
}

const CHOICES: &[&str] = &["keep", "ours", "edit", "all keep", "none keep"];
const QUESTION: &str =
    "[k]eep what is there / [o]urs / [e]dit the setting / keep [a]ll / keep [n]one";

/// Asks about each change. An error is the refusal itself, where nobody can be asked or something else forbids the plan.
pub fn ask(
    ctx: &mut Context,
    refused: Refused,
    decisions: &mut Decisions,
) -> anyhow::Result<Answered> {
    let by_hand = |refusal: &Refusal| matches!(refusal, Refusal::Changed(_));
    if !ctx.ui.interactive() || !refused.0.iter().all(by_hand) {
        return Err(refused.into());
    }
    let mut rest = refused.0.into_iter().filter_map(|refusal| match refusal {
        Refusal::Changed(changed) => Some(changed),
        _ => None,
    });
    while let Some(changed) = rest.next() {
        match CHOICES[choice(ctx, &changed)?] {
            "edit" => {
                edit(ctx, &changed)?;
                // where what was typed is not what is there, it was meant all the same
                decisions.decide(&changed, false);
                return Ok(Answered::Edited);
            }
            word @ ("all keep" | "none keep") => {
                let keep = word == "all keep";
                decisions.decide(&changed, keep);
                rest.by_ref()
                    .for_each(|changed| decisions.decide(&changed, keep));
            }
            word => decisions.decide(&changed, word == "keep"),
        }
    }
    Ok(Answered::Decided)
}

/// The index of a choice. A change behind which no setting stands can only stay or go.
fn choice(ctx: &Context, changed: &Changed) -> anyhow::Result<usize> {
    let why_not = match (&changed.key, changed.setting()) {
        (_, Some(_)) => None,
        (Some(key), None) => Some(format!(
            "No setting stands behind {key}: keep it, and change it in the file."
        )),
        (None, None) => Some(format!("The whole file is ours. {BELONGS}.")),
    };
    let above = format!("{changed}");
    ctx.ui
        .one_of(&above, QUESTION, CHOICES, ("edit", why_not.as_deref()))
        .map_err(ended)
}

/// Where a change of a file that is ours alone is not lost.
pub const BELONGS: &str =
    "Put the change where it belongs (profile, connect-standalone.properties, a systemd drop-in)";

/// Another value of the setting, for this run.
fn edit(ctx: &mut Context, changed: &Changed) -> anyhow::Result<()> {
    let Some(key) = changed.setting().and_then(keys::key) else {
        return Ok(());
    };
    let there = changed
        .theirs
        .split_once('=')
        .map(|(_, value)| value.to_owned());
    let there = there.filter(|value| key.check(value).is_ok());
    let check = |text: &str| key.check(text);
    let question = Question {
        label: key.name,
        default: there.as_deref(),
        help: Some(key.help),
        validate: Some(&check),
    };
    let text = ctx.ui.ask(&question).map_err(ended)?;
    ctx.profile.answer(key.name, &text)?;
    let place = match &ctx.profile.file {
        Some(file) => file.display().to_string(),
        None => "a profile".to_owned(),
    };
    ctx.ui.note(&format!(
        "{} is {text} in this run; put it into {place}, or the next run takes it back",
        key.name
    ));
    Ok(())
}

fn ended(error: PromptError) -> anyhow::Error {
    match error {
        PromptError::Closed(_) => {
            let words = "what was changed by hand is not decided: nothing was changed";
            Failure::new(Exit::Interrupted, words).into()
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_alone_mean_all_and_contradictions_are_refused() {
        let args = |keep: &[&str], overwrite: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            ChangedArgs {
                keep: owned(keep),
                overwrite: owned(overwrite),
            }
        };
        let decisions = args(&["a:b"], &["all"]).decisions().unwrap();
        assert_eq!(decisions.overwrite, Which::All);
        assert_eq!(decisions.keep, Which::These(["a:b".to_owned()].into()));
        assert!(args(&["all"], &["all"]).decisions().is_err());
        assert!(args(&["x", "a:b"], &["a:b"]).decisions().is_err());
    }

    #[test]
    fn every_setting_that_a_change_names_is_one() {
        for path in [
            "connect-standalone",
            "connect-iothub-source",
            "connect-iothub-sink",
        ] {
            for name in [
                "bootstrap.servers",
                "value.converter",
                "Kafka.Topic",
                "topics",
                "IotHub.AccessKeyName",
                "IotHub.ConsumerGroup",
                "IotHub.StartTime",
                "BatchSize",
                "ReceiveTimeout",
                "IotHub.MessageDeliveryAcknowledgement",
            ] {
                let changed = Changed {
                    path: format!("/k/config/{path}.properties"),
                    key: Some(name.to_owned()),
                    theirs: String::new(),
                    ours: String::new(),
                };
                let setting = changed.setting().unwrap();
                assert!(keys::key(setting).is_some(), "{setting}");
            }
        }
    }
}
