//! What is missing for `setup` is asked for, in the order in which a person knows it, and each answer is held against the
//! real system before the next question. Here: the order, the way back, and what all questions share. An answer becomes a
//! setting of the profile as if a flag had given it; nothing is written but what the last question is told to write.
//!
//! With a profile file only what it lacks is asked. Without a terminal nothing is asked: all that is missing is named.

mod cluster;
mod edge;
mod hub;
mod jar;
mod keep;
mod login;
mod offers;
mod topics;

use crate::azure::Pieces;
use crate::context::Context;
use crate::error::{Exit, Failure, diagnose};
use crate::facts::cluster::Cluster;
use crate::secret::Secret;
use crate::ui::{Pose, PromptError, Reply};
use offers::Offers;

/// Asks for what is missing of `needed`, or names all of it at once.
pub fn complete(ctx: &mut Context, needed: &[&str]) -> anyhow::Result<()> {
    let missing = ctx.profile.missing(needed);
    if missing.is_empty() {
        return Ok(());
    }
    if !ctx.ui.interactive() {
        return Err(Failure::missing(&missing).into());
    }
    Wizard::new(ctx).run(needed)
}

/// Where a question leads.
enum Move {
    Next,
    Back,
    /// The settings are others now: what is asked is looked at anew.
    Anew,
}

/// One question: whether it has to be asked, and how.
struct Question {
    title: &'static str,
    lacks: fn(&Wizard) -> bool,
    ask: fn(&mut Wizard) -> anyhow::Result<Move>,
}

const QUESTIONS: [Question; 7] = [
    Question {
        title: "Cluster",
        lacks: cluster::lacks,
        ask: cluster::ask,
    },
    Question {
        title: "Login",
        lacks: login::lacks,
        ask: login::ask,
    },
    Question {
        title: "Edge node",
        lacks: edge::lacks,
        ask: edge::ask,
    },
    Question {
        title: "IoT Hub",
        lacks: hub::lacks,
        ask: hub::ask,
    },
    Question {
        title: "Topics",
        lacks: topics::lacks,
        ask: topics::ask,
    },
    Question {
        title: "Connector",
        lacks: jar::lacks,
        ask: jar::ask,
    },
    Question {
        title: "Profile",
        lacks: keep::lacks,
        ask: keep::ask,
    },
];

struct Wizard<'a> {
    ctx: &'a mut Context,
    offers: Offers,
    /// There is no profile file: also what has a default is asked for, and the answers can be kept.
    whole: bool,
    /// `2/6 Login`, of the question that is asked now.
    title: String,
    cluster: Option<Cluster>,
    /// Users and passwords that Ambari refused in this run.
    refused: Vec<(String, Secret)>,
    /// What was pasted of the hub so far.
    pieces: Pieces,
    /// Why the question before this one is asked again.
    error: Option<String>,
}

const HINT: &str = "A few questions first; each answer is checked at once. ? explains, < goes back, Ctrl-C ends. Nothing is \
     changed before you have seen the plan and agreed to it.";

impl<'a> Wizard<'a> {
    fn new(ctx: &'a mut Context) -> Self {
        Self {
            offers: Offers::begin(ctx),
            whole: ctx.profile.file.is_none(),
            title: String::new(),
            cluster: None,
            refused: Vec::new(),
            pieces: Pieces::default(),
            error: None,
            ctx,
        }
    }

    fn run(mut self, needed: &[&str]) -> anyhow::Result<()> {
        self.ctx.ui.preface(HINT);
        let mut asked = self.list();
        let mut at = 0;
        while let Some(question) = asked.get(at) {
            self.title = format!("{}/{} {}", at + 1, asked.len(), question.title);
            match (question.ask)(&mut self)? {
                Move::Next => at += 1,
                Move::Back if at == 0 => {
                    self.error = Some("this is the first question".to_owned());
                }
                Move::Back => at -= 1,
                Move::Anew => {
                    self.whole = self.ctx.profile.file.is_none();
                    (asked, at) = (self.list(), 0);
                }
            }
        }
        // What no question was asked for, because something else was given in its place.
        match self.ctx.profile.missing(needed) {
            missing if missing.is_empty() => Ok(()),
            missing => Err(Failure::missing(&missing).into()),
        }
    }

    /// Fixed for the whole run, so that the way back leads over the same questions.
    fn list(&self) -> Vec<&'static Question> {
        let lacks = |question: &&Question| (question.lacks)(self);
        QUESTIONS.iter().filter(lacks).collect()
    }

    /// Asks, with why the answer before was not taken.
    fn pose(&mut self, pose: Pose<'_>) -> anyhow::Result<Reply> {
        let error = self.error.take();
        let pose = Pose {
            title: &self.title,
            error: error.as_deref(),
            ..pose
        };
        self.ctx.ui.pose(&pose).map_err(ended)
    }

    /// The answer before is not taken: why stands beside the question when it is asked again.
    fn refuse(&mut self, error: &anyhow::Error) {
        self.error = Some(words(error));
    }
}

/// The end of input is an interruption like Ctrl-C.
fn ended(error: PromptError) -> anyhow::Error {
    match error {
        PromptError::Closed(_) => {
            let words = "the input ended before all questions were answered: nothing was changed";
            Failure::new(Exit::Interrupted, words).into()
        }
        error => error.into(),
    }
}

/// An error beside a question: its causes, and the first hint below.
fn words(error: &anyhow::Error) -> String {
    let diagnosis = diagnose(error);
    let mut text = diagnosis.chain.join(": ");
    if let Some(hint) = diagnosis.hints.first() {
        text = format!("{text}\nhint: {hint}");
    }
    text
}
