//! The end of a command: its report or its error, for a person or for a program.
//!
//! A program reads stdout alone and always finds one document there: the report, or the error where there is none.

use super::streams::{Format, OutputError, Ui};
use super::style::Style;
use super::text::{escape_json, is_harmless, sanitise, sanitise_styled};
use serde::Serialize;
use std::io;

/// What a command has to say. The serialised form is a contract: fields are added, never renamed or removed.
pub trait Report: Serialize {
    /// The form for a person. Colours only from `style`; text that others wrote needs no care: it is made harmless
    /// afterwards.
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()>;
}

/// An error for a program. The same four fields are in a report of something that went wrong half-way.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorDocument {
    /// The exit code.
    pub code: u8,
    /// What was being done.
    pub error: String,
    pub causes: Vec<String>,
    pub hints: Vec<String>,
}

impl ErrorDocument {
    /// Of an error chain: what was being done comes first.
    pub fn new(chain: &[String], hints: &[String], code: u8) -> Self {
        let (error, causes) = chain
            .split_first()
            .map_or((String::new(), chain), |(f, r)| (f.clone(), r));
        Self {
            code,
            error,
            causes: causes.to_vec(),
            hints: hints.to_vec(),
        }
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Document<'a, T>(&'a T);

impl<T: Serialize> Report for Document<'_, T> {
    fn human(&self, _: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        Ok(())
    }
}

impl Ui {
    /// Prints a report in the form that was asked for: one document. A reader that has left is no error here: what the
    /// command did stands.
    pub fn report(&self, report: &impl Report) -> Result<(), OutputError> {
        match self.data(self.render(report)?.as_bytes()) {
            Err(OutputError::ReaderLeft) => Ok(()),
            other => other,
        }
    }

    /// A small thing that was done: a person reads `text` on stderr, a program gets `document` on stdout.
    pub fn done(&self, text: &str, document: &impl Serialize) -> Result<(), OutputError> {
        self.success(text);
        self.report(&Document(document))
    }

    /// Prints one of many: a line for a person, a line of JSON, a document of YAML. That the reader has left is an error
    /// here: nobody wants the rest.
    pub fn line(&self, report: &impl Report) -> Result<(), OutputError> {
        self.line_in_block(report)?;
        self.flush()
    }

    /// The same of very many: it goes out with a whole block, or when it is asked for by [`Ui::flush`].
    pub fn line_in_block(&self, report: &impl Report) -> Result<(), OutputError> {
        let text = match self.format() {
            Format::Table => self.render(report)?,
            Format::Json => json_line(report)?,
            Format::Yaml => yaml_document(report)?,
        };
        self.stream().write(text.as_bytes())
    }

    /// Prints a report in the place of the one before: a terminal is cleared first. Elsewhere one follows the other: after
    /// an empty line, as a line of JSON, as a document of YAML.
    pub fn again(&self, report: &impl Report) -> Result<(), OutputError> {
        let text = match self.format() {
            // Bars are moved by the same sequences.
            Format::Table if self.is_terminal() && self.setup.bars => {
                format!("\x1b[H\x1b[2J{}", self.render(report)?)
            }
            Format::Table => self.render(report)? + "\n",
            Format::Json => json_line(report)?,
            Format::Yaml => yaml_document(report)?,
        };
        self.stream().write(text.as_bytes())?;
        self.flush()
    }

    pub fn flush(&self) -> Result<(), OutputError> {
        self.stream().flush()
    }

    /// Prints what went wrong: first what was being done, then its causes, then what may help. `code` is the exit code.
    ///
    /// For a program it is one line of JSON, the last one on stderr; and the document on stdout, unless a report or a part
    /// of a stream is there already.
    pub fn error(&self, chain: &[String], hints: &[String], code: u8) {
        let document = ErrorDocument::new(chain, hints, code);
        if self.format() != Format::Table {
            // whoever does not read stdout any more finds it on stderr
            self.render_document(&document)
                .and_then(|text| self.first_data(text.as_bytes()))
                .ok();
            // JSON is YAML, and on one line it can be told from whatever was noted before it.
            if let Ok(line) = serde_json::to_string(&document) {
                return self.err.line(&escape_json(line));
            }
        }
        let ErrorDocument { error, causes, .. } = &document;
        let style = self.err_style();
        self.err
            .line(&format!("{} {}", style.bad("error:"), indented(error)));
        for cause in causes {
            self.err
                .line(&format!("{} {}", style.dim("caused by:"), indented(cause)));
        }
        for hint in hints {
            self.err
                .line(&format!("{} {}", style.good("hint:"), indented(hint)));
        }
    }

    fn render(&self, report: &impl Report) -> Result<String, OutputError> {
        match self.format() {
            Format::Table => {
                let mut text = Vec::new();
                report
                    .human(&mut text, self.style())
                    .map_err(OutputError::Failed)?;
                Ok(sanitise_styled(&String::from_utf8_lossy(&text)).into_owned())
            }
            Format::Json | Format::Yaml => self.render_document(report),
        }
    }

    fn render_document(&self, document: &impl Serialize) -> Result<String, OutputError> {
        match self.format() {
            Format::Yaml => yaml_or_json(document),
            Format::Json | Format::Table => json(document),
        }
    }
}

/// A document of one line, with its end.
pub fn json_line(document: &impl Serialize) -> Result<String, OutputError> {
    Ok(escape_json(serde_json::to_string(document).map_err(failed)?) + "\n")
}

/// A document that begins with its mark, so that another may follow.
pub fn yaml_document(document: &impl Serialize) -> Result<String, OutputError> {
    Ok(format!("---\n{}\n", yaml_or_json(document)?.trim_end()))
}

/// YAML has styles in which nothing can be escaped; JSON is YAML and can.
fn yaml_or_json(document: &impl Serialize) -> Result<String, OutputError> {
    let text = yaml(document)?;
    if is_harmless(&text) {
        return Ok(text);
    }
    json(document)
}

fn json(report: &impl Serialize) -> Result<String, OutputError> {
    Ok(escape_json(serde_json::to_string_pretty(report).map_err(failed)?) + "\n")
}

/// The same document as JSON's: what is one of several kinds is a map of one key, not a tag that only Rust knows.
fn yaml(report: &impl Serialize) -> Result<String, OutputError> {
    let mut bytes = Vec::new();
    let mut serializer = serde_yaml_ng::Serializer::new(&mut bytes);
    serde_yaml_ng::with::singleton_map_recursive::serialize(report, &mut serializer)
        .map_err(failed)?;
    drop(serializer);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> OutputError {
    OutputError::Failed(io::Error::other(error))
}

/// Further lines of one message stand below its text.
fn indented(text: &str) -> String {
    sanitise(text.trim_end()).replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Greeting {
        text: String,
    }

    impl Report for Greeting {
        fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
            writeln!(out, "{}", style.good(&self.text))
        }
    }

    fn printed(format: Format) -> String {
        let (ui, captured) = Ui::captured(format);
        ui.report(&Greeting {
            text: "hi\x1b[2J".into(),
        })
        .unwrap();
        assert_eq!(captured.err(), "");
        captured.out()
    }

    #[test]
    fn a_report_is_one_document_in_each_form() {
        assert_eq!(printed(Format::Table), "hi\\x1b[2J\n");
        assert_eq!(
            printed(Format::Json),
            "{\n  \"text\": \"hi\\u001b[2J\"\n}\n"
        );
        let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(&printed(Format::Yaml)).unwrap();
        assert_eq!(yaml["text"].as_str(), Some("hi\x1b[2J"));
        assert!(!printed(Format::Yaml).contains('\x1b'));
    }

    #[test]
    fn no_form_lets_a_control_character_out_or_changes_the_value() {
        let text = "a\u{9b}2J\u{202e}b\u{7f}c\td\ne".to_owned();
        for format in [Format::Json, Format::Yaml] {
            let (ui, captured) = Ui::captured(format);
            ui.report(&Greeting { text: text.clone() }).unwrap();
            assert!(
                is_harmless(&captured.out()),
                "{format:?}: {:?}",
                captured.out()
            );
            let back: serde_yaml_ng::Value = serde_yaml_ng::from_str(&captured.out()).unwrap();
            assert_eq!(back["text"].as_str(), Some(text.as_str()), "{format:?}");
        }
    }

    #[test]
    fn an_error_is_a_chain_for_people_and_one_line_for_programs() {
        let chain = [
            "cannot read hosts".to_owned(),
            "refused\x1b[2J\nby name".to_owned(),
        ];
        let hints = ["check --cluster".to_owned()];
        let said = |format| {
            let (ui, captured) = Ui::captured(format);
            ui.note("before");
            ui.error(&chain, &hints, 8);
            (captured.out(), captured.err())
        };
        assert_eq!(
            said(Format::Table),
            (
                String::new(),
                "before\nerror: cannot read hosts\ncaused by: refused\\x1b[2J\n    by name\nhint: check --cluster\n"
                    .to_owned()
            )
        );
        let (out, err) = said(Format::Json);
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        let last: serde_json::Value = serde_json::from_str(err.lines().last().unwrap()).unwrap();
        assert_eq!(document, last);
        let (yaml, _) = said(Format::Yaml);
        assert_eq!(
            document,
            serde_yaml_ng::from_str::<serde_json::Value>(&yaml).unwrap()
        );
        assert_eq!(document["code"], 8);
        assert_eq!(document["error"], "cannot read hosts");
        assert_eq!(document["causes"][0], chain[1].as_str());
        assert_eq!(document["hints"][0], "check --cluster");
    }

    #[test]
    fn an_error_after_a_report_is_no_second_document() {
        let (ui, captured) = Ui::captured(Format::Json);
        ui.report(&Greeting { text: "hi".into() }).unwrap();
        ui.error(&["late".to_owned()], &[], 12);
        let document: serde_json::Value = serde_json::from_str(&captured.out()).unwrap();
        assert_eq!(document["text"], "hi");
        assert!(captured.err().contains("\"late\""), "{}", captured.err());
    }
}
