//! The questions of a series: each with a heading, one line of why, what can be found, `?` for more and `<` for the way
//! back. Drawn line by line, so that it is right on any terminal and in any width, also after a resize.

use super::super::streams::Ui;
use super::super::terminal;
use super::super::text::{sanitise, sanitise_line};
use super::line::{self, Whole};
use super::{PromptError, Validate};
use std::io;

/// One question of a series.
#[derive(Clone, Copy)]
pub struct Pose<'a> {
    /// `2/6 Login`
    pub title: &'a str,
    /// One line.
    pub why: &'a str,
    /// A file as it would be, between why and what is offered; mostly empty.
    pub block: &'a str,
    /// What `?` shows.
    pub explain: &'a str,
    /// Chosen by their numbers.
    pub offers: &'a [Offer],
    /// In front of the cursor.
    pub label: &'a str,
    /// What Enter alone means; `None`: Enter alone is no answer.
    pub default: Option<&'a str>,
    pub input: Input<'a>,
    /// What is wrong with a typed answer, before anything is asked of anybody.
    pub check: Option<Validate<'a>>,
    /// Why the answer before was not taken. The heading is not repeated then.
    pub error: Option<&'a str>,
}

impl Default for Pose<'_> {
    fn default() -> Self {
        Self {
            title: "",
            why: "",
            block: "",
            explain: "",
            offers: &[],
            label: "",
            default: None,
            input: Input::Shown,
            check: None,
            error: None,
        }
    }
}

/// What is seen of an answer while it is typed.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    Shown,
    Hidden,
    /// A line, or a paste of several; hidden as soon as it may hold a key. Tells whether what is there is complete.
    Guarded(Whole<'a>),
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub text: String,
    /// Where it is from, or what is known of it.
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Text(String),
    /// The index of an offer.
    Offer(usize),
    Back,
}

/// Nobody reads longer lines with pleasure.
const WIDEST: usize = 100;
const NARROWEST: usize = 20;

impl Ui {
    /// Asks until there is an answer of the right form. `?` and `<` alone are no answers, also where nothing is shown.
    pub fn pose(&self, pose: &Pose<'_>) -> Result<Reply, PromptError> {
        match pose.error {
            None => self.heading(pose),
            Some(error) => self.refusal(error),
        }
        loop {
            let text = self.answer(pose)?;
            match text.as_str() {
                "?" => self.explain(pose),
                "<" => return Ok(Reply::Back),
                "" => match pose.default {
                    Some(default) => return Ok(Reply::Text(default.to_owned())),
                    None => self.refusal("an answer is needed; ? explains"),
                },
                text => match chosen(text, pose.offers) {
                    Some(index) => return Ok(Reply::Offer(index)),
                    None => match pose.check.map_or(Ok(()), |check| check(text)) {
                        Ok(()) => return Ok(Reply::Text(text.to_owned())),
                        Err(why) => self.refusal(&why),
                    },
                },
            }
        }
    }

    /// What stands before a series, or between its questions, in whole words on any width.
    pub fn preface(&self, text: &str) {
        self.show("");
        for line in wrap(&sanitise_line(text), width()) {
            self.show(&line);
        }
    }

    /// A file as it is, indented and apart.
    fn block(&self, text: &str) {
        let lines = sanitise(text);
        let lines = lines.lines().map(|line| match line {
            "" => String::new(),
            line => format!("    {}", self.err_style().dim(line)),
        });
        self.show(&format!(
            "\n{}\n\u{20}",
            lines.collect::<Vec<_>>().join("\n")
        ));
    }

    fn answer(&self, pose: &Pose<'_>) -> Result<String, PromptError> {
        let style = self.err_style();
        let default = match pose.default {
            Some(default) if !default.is_empty() => format!(" [{}]", sanitise_line(default)),
            _ => String::new(),
        };
        let label = format!("{}{default}:", sanitise_line(pose.label));
        let prompt = format!("{} ", style.strong(label));
        self.asking(pose.label, |_, term, guard| {
            let read = match pose.input {
                Input::Shown => line::read(term, guard, &prompt, None)?,
                Input::Guarded(whole) => line::read(term, guard, &prompt, Some(whole))?,
                Input::Hidden => super::hidden_line(term, guard, &prompt)?,
            };
            read.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        })
    }

    fn heading(&self, pose: &Pose<'_>) {
        let style = self.err_style();
        let mut text = format!("\n{}", style.strong(sanitise_line(pose.title)));
        for line in wrap(&sanitise_line(pose.why), width()) {
            text.push_str(&format!("\n{line}"));
        }
        self.show(&text);
        if !pose.block.is_empty() {
            self.block(pose.block);
        }
        self.offers(pose.offers);
    }

    fn offers(&self, offers: &[Offer]) {
        let style = self.err_style();
        let widest = offers.iter().map(|offer| offer.text.chars().count()).max();
        for (index, offer) in offers.iter().enumerate() {
            let number = index + 1;
            let text = sanitise_line(&offer.text);
            let note = sanitise_line(&offer.note);
            let whole = format!("  {number}  {text:<0$}  {note}", widest.unwrap_or(0));
            if whole.trim_end().chars().count() <= width() {
                let text = format!("{text:<0$}", widest.unwrap_or(0));
                self.show(&format!("  {number}  {text}  {}", style.dim(note)));
                continue;
            }
            // Each on lines of its own where there is no room for columns.
            for (at, line) in wrap(&text, width() - 5).iter().enumerate() {
                let lead = if at == 0 {
                    format!("  {number}  ")
                } else {
                    "     ".into()
                };
                self.show(&format!("{lead}{line}"));
            }
            for line in wrap(&note, width() - 5) {
                self.show(&format!("     {}", style.dim(line)));
            }
        }
    }

    /// Next to the question: nothing stands between it and the prompt that follows.
    fn refusal(&self, error: &str) {
        // An empty one only leaves out the heading.
        let style = self.err_style();
        for (index, line) in error.lines().enumerate() {
            let line = sanitise_line(line);
            for (at, part) in wrap(&line, width() - 2).iter().enumerate() {
                match (index, at) {
                    (0, 0) => self.show(&format!("{} {part}", style.bad("!"))),
                    _ => self.show(&format!("  {part}")),
                }
            }
        }
    }

    fn explain(&self, pose: &Pose<'_>) {
        for paragraph in sanitise(pose.explain).lines() {
            for line in wrap(paragraph, width() - 2) {
                self.show(&format!("  {}", self.err_style().dim(line)));
            }
        }
        self.offers(pose.offers);
    }
}

fn chosen(text: &str, offers: &[Offer]) -> Option<usize> {
    let number: usize = text.parse().ok()?;
    (1..=offers.len()).contains(&number).then(|| number - 1)
}

/// Columns at this moment.
fn width() -> usize {
    let columns = terminal::width(&io::stderr()).map_or(80, usize::from);
    columns.clamp(NARROWEST, WIDEST)
}

/// Lines of at most `width` characters, broken between words; a longer word stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a 0123456789 b", 5), ["a", "0123456789", "b"]);
        assert!(wrap("", 5).is_empty());
    }

    #[test]
    fn numbers_choose_only_what_was_offered() {
        let offers = [Offer {
            text: "one".into(),
            note: String::new(),
        }];
        assert_eq!(chosen("1", &offers), Some(0));
        for text in ["0", "2", "one", "+1x", ""] {
            assert_eq!(chosen(text, &offers), None, "{text}");
        }
    }
}
