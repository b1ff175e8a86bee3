//! Questions to the person at the terminal. Each has a flag that answers it, so without a terminal nothing is asked and
//! standard input is not touched.

mod line;
mod series;

pub use series::{Input as PoseInput, Offer, Pose, Reply};

use super::streams::Ui;
use super::terminal::Guard;
use super::text::{sanitise, sanitise_line};
use dialoguer::console::Term;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Input, Select};
use std::io;

/// What is wrong with an answer, in words that finish "LABEL: …".
pub type Validate<'a> = &'a dyn Fn(&str) -> Result<(), String>;

/// A question for a text.
#[derive(Clone, Copy, Default)]
pub struct Question<'a> {
    pub label: &'a str,
    /// What Enter alone means.
    pub default: Option<&'a str>,
    /// A line above the question.
    pub help: Option<&'a str>,
    /// Says what is wrong with an answer; then it is asked for again.
    pub validate: Option<Validate<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    Yes,
    No,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// There is no terminal, or `--no-input` was given.
    #[error("{0:?} cannot be asked here: there is no terminal, or --no-input was given")]
    NotInteractive(String),
    /// The terminal went away, or input ended.
    #[error("{0:?} was not answered: the input ended")]
    Closed(String),
    #[error("cannot ask {question:?}: {cause}")]
    Failed { question: String, cause: io::Error },
}

const ATTEMPTS: usize = 3;

impl Ui {
    /// Asks for a text.
    pub fn ask(&self, question: &Question<'_>) -> Result<String, PromptError> {
        self.asking(question.label, |theme, term, _| {
            if let Some(help) = question.help {
                self.show(&self.err_style().dim(sanitise(help)).to_string());
            }
            let validate = |text: &String| {
                question
                    .validate
                    .map_or(Ok(()), |validate| validate(text.trim()))
            };
            let mut input = Input::<String>::with_theme(theme)
                .with_prompt(sanitise_line(question.label))
                .validate_with(validate);
            if let Some(default) = question.default {
                input = input.default(default.to_owned());
            }
            input
                .interact_text_on(term)
                .map(|text| text.trim().to_owned())
                .map_err(io_error)
        })
    }

    /// Asks for a text that is not shown. Never empty.
    pub fn secret(&self, label: &str) -> Result<String, PromptError> {
        self.asking(label, |theme, term, guard| {
            let mut prompt = String::new();
            theme
                .format_password_prompt(&mut prompt, &sanitise_line(label))
                .map_err(io::Error::other)?;
            for _ in 0..ATTEMPTS {
                match hidden_line(term, guard, &format!("{prompt} "))? {
                    Some(secret) if secret.is_empty() => {}
                    Some(secret) => return Ok(secret),
                    None => break,
                }
            }
            Err(io::ErrorKind::UnexpectedEof.into())
        })
    }

    /// A line of what somebody types one after the other; nothing when the input ends. Unlike an answer, what was typed
    /// or pasted ahead counts.
    pub fn typed(&self, prompt: &str) -> Result<Option<String>, PromptError> {
        let label = || sanitise_line(prompt.trim()).into_owned();
        let guard = self.interactive().then(Guard::new).flatten();
        let Some(_guard) = guard else {
            return Err(PromptError::NotInteractive(label()));
        };
        let failed = |cause| PromptError::Failed {
            question: label(),
            cause,
        };
        let term = Term::stderr();
        term.write_str(&sanitise_line(prompt)).map_err(failed)?;
        let mut line = String::new();
        if io::stdin().read_line(&mut line).map_err(failed)? == 0 {
            term.write_line("").map_err(failed)?;
            return Ok(None);
        }
        line.truncate(line.trim_end_matches(['\r', '\n']).len());
        Ok(Some(line))
    }

    /// Asks for one of some items; the index of the chosen one. The first is preselected.
    pub fn choose(&self, label: &str, items: &[String]) -> Result<usize, PromptError> {
        self.asking(label, |theme, term, _| {
            let items: Vec<_> = items.iter().map(|item| sanitise_line(item)).collect();
            Select::with_theme(theme)
                .with_prompt(sanitise_line(label))
                .items(&items)
                .default(0)
                .interact_on(term)
                .map_err(io_error)
        })
    }

    /// Shows what is going to happen and asks Yes / No / Explain. Explain shows the longer text and asks again. Enter
    /// alone and anything that is not yes three times are No; the end of input is no answer. What was typed before does
    /// not count.
    ///
    /// Both texts may have colours from [`Ui::err_style`].
    pub fn consent(&self, plan: &str, explain: &str) -> Result<Consent, PromptError> {
        const QUESTION: &str = "Go ahead? [y]es / [N]o / [e]xplain";
        self.line_question(QUESTION, plan, |answer| match answer {
            "y" | "yes" => Answer::Final(Consent::Yes),
            "" | "n" | "no" => Answer::Final(Consent::No),
            "e" | "explain" => Answer::Show(explain.to_owned()),
            _ => Answer::Again("Answer y, n or e."),
        })
        .and_then(|answer| match answer {
            Judged::Final(answer) => Ok(answer),
            Judged::Unfit => Ok(Consent::No),
            Judged::Ended => Err(PromptError::Closed(QUESTION.to_owned())),
        })
    }

    /// A question whose Yes must be written out, as ssh asks about an unknown host key. `details` stand above it.
    pub fn confirm(&self, details: &str, question: &str) -> Result<bool, PromptError> {
        let question = format!("{} (yes/no)", sanitise_line(question));
        self.line_question(&question, details, |answer| match answer {
            "yes" => Answer::Final(true),
            "" | "n" | "no" => Answer::Final(false),
            _ => Answer::Again("Answer yes or no."),
        })
        .and_then(|answer| match answer {
            Judged::Ended => Err(PromptError::Closed(question.clone())),
            answer => Ok(matches!(answer, Judged::Final(true))),
        })
    }

    /// Asks for one of some words, by itself or its first letter; the index of it. `without` names a word that cannot be
    /// had, and why. No answer that fits is none.
    pub fn one_of(
        &self,
        above: &str,
        question: &str,
        words: &[&str],
        without: (&str, Option<&str>),
    ) -> Result<usize, PromptError> {
        let fits = |word: &str, answer: &str| {
            word == answer || !answer.is_empty() && word.get(..1) == Some(answer)
        };
        let judged = self.line_question(question, above, |answer| {
            match words.iter().position(|word| fits(word, answer)) {
                Some(at) => match without {
                    (word, Some(why)) if word == words[at] => Answer::Show(why.to_owned()),
                    _ => Answer::Final(at),
                },
                None => Answer::Again("Answer by one of the letters in brackets."),
            }
        })?;
        match judged {
            Judged::Final(at) => Ok(at),
            Judged::Unfit | Judged::Ended => Err(PromptError::Closed(question.to_owned())),
        }
    }

    /// A question that is answered by a line. The terminal's own line editing reads it: an answer counts only with Enter.
    fn line_question<T>(
        &self,
        question: &str,
        above: &str,
        judge: impl Fn(&str) -> Answer<T>,
    ) -> Result<Judged<T>, PromptError> {
        self.asking(question, |_, term, _| {
            self.show(above);
            let mut attempts = 0;
            while attempts < ATTEMPTS {
                term.write_str(&format!(
                    "{} ",
                    self.err_style().strong(format_args!("{question}:"))
                ))?;
                let mut line = String::new();
                if io::stdin().read_line(&mut line)? == 0 {
                    term.write_line("")?;
                    return Ok(Judged::Ended);
                }
                match judge(line.trim().to_ascii_lowercase().as_str()) {
                    Answer::Final(answer) => return Ok(Judged::Final(answer)),
                    Answer::Show(text) => self.show(&text),
                    Answer::Again(hint) => {
                        attempts += 1;
                        term.write_line(hint)?;
                    }
                }
            }
            Ok(Judged::Unfit)
        })
    }

    fn asking<T>(
        &self,
        question: &str,
        ask: impl FnOnce(&dyn Theme, &Term, &Guard) -> io::Result<T>,
    ) -> Result<T, PromptError> {
        let question = || sanitise_line(question).into_owned();
        if !self.interactive() {
            return Err(PromptError::NotInteractive(question()));
        }
        let Some(guard) = Guard::new() else {
            return Err(PromptError::NotInteractive(question()));
        };
        let _still = self.err.still();
        guard.drop_typed_ahead();
        let colorful = ColorfulTheme::default();
        let theme: &dyn Theme = if self.err_style().color {
            &colorful
        } else {
            &SimpleTheme
        };
        ask(theme, &Term::stderr(), &guard).map_err(|cause| match cause.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected => {
                PromptError::Closed(question())
            }
            _ => PromptError::Failed {
                question: question(),
                cause,
            },
        })
    }
}

/// A line that is not shown; `None` when the input ended.
///
/// Not dialoguer's Password: it shows its question before it stops the echo and then throws away what was typed in
/// between, and it asks for ever once input has ended.
fn hidden_line(term: &Term, guard: &Guard, prompt: &str) -> io::Result<Option<String>> {
    guard.hide_keys();
    term.write_str(prompt)?;
    let mut secret = String::new();
    let length = io::stdin().read_line(&mut secret)?;
    term.write_line("")?;
    secret.truncate(secret.trim_end_matches(['\r', '\n']).len());
    Ok((length > 0).then_some(secret))
}

enum Answer<T> {
    Final(T),
    Show(String),
    Again(&'static str),
}

/// What a question came to.
enum Judged<T> {
    Final(T),
    /// No answer was one of those that were asked for.
    Unfit,
    /// The input ended.
    Ended,
}

fn io_error(error: dialoguer::Error) -> io::Error {
    let dialoguer::Error::IO(error) = error;
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Format;

    #[test]
    fn without_a_terminal_every_question_is_refused_by_its_name() {
        let (ui, captured) = Ui::captured(Format::Table);
        let question = Question {
            label: "Cluster",
            ..Question::default()
        };
        for error in [
            ui.ask(&question).unwrap_err(),
            ui.secret("Cluster").unwrap_err(),
            ui.choose("Cluster", &["a".into()]).unwrap_err(),
            ui.confirm("details", "Cluster").unwrap_err(),
            ui.consent("plan", "explain").unwrap_err(),
            ui.one_of("above", "Cluster", &["a"], ("", None))
                .unwrap_err(),
        ] {
            assert!(matches!(error, PromptError::NotInteractive(_)), "{error:?}");
        }
        assert_eq!(captured.err(), "");
    }
}
