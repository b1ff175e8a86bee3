//! Secrets that a person may be asked for while a node is being reached: a passphrase, a login, sudo. Here: what is asked
//! and what was answered; not the asking itself, which only a terminal can do.

use crate::secret::Secret;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What is asked for. `Display` is the question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    Passphrase { key: PathBuf },
    Password { user: String, host: String },
    Sudo { node: String },
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passphrase { key } => write!(f, "Passphrase of the key {}", key.display()),
            Self::Password { user, host } => write!(f, "Password of {user}@{host}"),
            Self::Sudo { node } => write!(f, "Password for sudo on {node}"),
        }
    }
}

/// `None`: the person does not answer.
pub type Ask = Arc<dyn Fn(&str) -> Option<Secret> + Send + Sync>;

/// Somebody to ask, or nobody, and the answers that turned out to be right.
#[derive(Clone, Default)]
pub struct Questions {
    ask: Option<Ask>,
    /// Somebody else asks for logins.
    no_passwords: bool,
    answers: Arc<Mutex<BTreeMap<Wanted, Secret>>>,
}

impl Questions {
    pub fn to(ask: Ask) -> Self {
        Self {
            ask: Some(ask),
            ..Self::default()
        }
    }

    /// Nobody is asked for the password of a login; a login that needs one is refused.
    pub fn without_passwords(self) -> Self {
        Self {
            no_passwords: true,
            ..self
        }
    }

    /// The same answers, and nobody to ask any more.
    pub fn silenced(&self) -> Self {
        Self {
            ask: None,
            no_passwords: self.no_passwords,
            answers: Arc::clone(&self.answers),
        }
    }

    pub fn answered(&self, wanted: &Wanted) -> Option<Secret> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(wanted).cloned()
    }

    /// Asks, and once more after a wrong answer; what is right is remembered. `attempt` tells whether it was.
    ///
    /// `None`: nobody answered.
    pub(super) fn try_answers(
        &self,
        wanted: &Wanted,
        mut attempt: impl FnMut(&Secret) -> Verdict,
    ) -> Option<Verdict> {
        let ask = self.asks(wanted)?;
        let mut last = None;
        for question in [wanted.to_string(), format!("{wanted} (that was not it)")] {
            let Some(answer) = ask(&question) else { break };
            let verdict = attempt(&answer);
            last = Some(verdict);
            match verdict {
                Verdict::Right => self.remember(wanted, answer),
                Verdict::Wrong => continue,
                Verdict::Over => {}
            }
            break;
        }
        last
    }

    /// Asks once; what was answered is for the caller to judge.
    pub(super) fn once(&self, wanted: &Wanted) -> Option<Secret> {
        (self.asks(wanted)?)(&wanted.to_string())
    }

    fn asks(&self, wanted: &Wanted) -> Option<&Ask> {
        let passed_over = self.no_passwords && matches!(wanted, Wanted::Password { .. });
        self.ask.as_ref().filter(|_| !passed_over)
    }

    pub(super) fn remember(&self, wanted: &Wanted, answer: Secret) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(wanted.clone(), answer);
    }
}

/// What came of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// May be asked again.
    Wrong,
    /// It makes no sense to ask again.
    Over,
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions")
            .field("asks", &self.ask.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_asked_twice_at_most_and_a_right_answer_is_kept() {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let questions = Questions::to(Arc::new(move |text: &str| {
            log.lock().unwrap().push(text.to_owned());
            Some(Secret::from("hunter2"))
        }));
        let wanted = Wanted::Sudo {
            node: "ann@edge".into(),
        };
        assert_eq!(
            questions.try_answers(&wanted, |_| Verdict::Wrong),
            Some(Verdict::Wrong)
        );
        assert_eq!(
            *asked.lock().unwrap(),
            [
                "Password for sudo on ann@edge",
                "Password for sudo on ann@edge (that was not it)"
            ]
        );
        assert!(questions.answered(&wanted).is_none());
        questions.try_answers(&wanted, |_| Verdict::Right);
        let silenced = questions.silenced();
        assert_eq!(silenced.answered(&wanted).unwrap().expose(), "hunter2");
        assert_eq!(silenced.try_answers(&wanted, |_| Verdict::Right), None);
        assert_eq!(asked.lock().unwrap().len(), 3);
        assert!(!format!("{questions:?}").contains("hunter2"));
    }
}
