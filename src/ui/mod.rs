//! The terminal: the only place that prints or prompts. Knows nothing of the product.
//!
//! stdout is data: reports and streams. stderr is everything else: notes, progress, questions, errors. Text that others
//! wrote may be handed in as it is: nothing in here lets a control character through to a terminal.

mod progress;
mod prompt;
mod report;
mod streams;
mod style;
mod table;
mod terminal;
mod text;

#[cfg(test)]
mod pty;

pub use progress::Task;
pub use prompt::{Consent, Offer, Pose, PoseInput, PromptError, Question, Reply, Validate};
pub use report::{ErrorDocument, Report, json_line, yaml_document};
pub use streams::{Captured, Format, OutputError, Setup, Stream, Ui};
pub use style::{ColorChoice, Style, Tone};
pub use table::{Cell, Table};
pub use text::{escape_json, sanitise, sanitise_line};
