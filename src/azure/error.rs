//! Why Azure's side of the facts is not known.

pub(super) use crate::text::plain;
/// Texts of `az` are stripped of control characters. Nothing that may be a key is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AzError {
    #[error("`{program}` is not installed or not on PATH")]
    Missing { program: String },
    #[error("az is not logged in, or the login has expired")]
    NotLoggedIn,
    #[error(
        "there is no IoT Hub named {name} in this subscription{}",
        in_group(group)
    )]
    NoSuchHub { name: String, group: Option<String> },
    /// A hub that has just been created has no host name and no endpoint yet.
    #[error("the IoT Hub {name} is still being activated; try again in a minute")]
    Activating { name: String },
    /// No JSON, cut off, or JSON of something else.
    #[error("this is not the JSON of {what}: {why}")]
    Shape { what: &'static str, why: String },
    /// Text of which nothing is shown: any part of it may be a key.
    #[error("this is not what az or the portal tells about an IoT Hub: {why}")]
    Unclear { why: String },
    /// Several of them, and nothing says which. `known` are their names.
    #[error("there are several {what}, and nothing says which one is meant: {known}")]
    Several { what: &'static str, known: String },
    #[error("the one that is meant is not among the {what}: {known}")]
    NotAmong { what: &'static str, known: String },
    /// The hub is there. `known` are its policies' names.
    #[error("the IoT Hub {hub} has no policy {policy}{}", that_are_there(known))]
    NoSuchPolicy {
        hub: String,
        policy: String,
        known: Vec<String>,
    },
    /// The person who is logged in may not do it.
    #[error("`{command}` was denied: {message}")]
    Denied { command: String, message: String },
    /// az said that all is well and did not print what it should.
    #[error("`{command}` did not print what was asked for: {why}")]
    Answer { command: String, why: String },
    /// Two shapes that do not belong to one hub.
    #[error("what is known of the IoT Hub does not agree: two of its {what}: {values}")]
    Differ { what: &'static str, values: String },
    #[error("`{command}` did not end within {seconds} s")]
    TimedOut { command: String, seconds: u64 },
    #[error("`{command}` printed more than {limit} bytes")]
    TooMuchOutput { command: String, limit: u64 },
    /// `code` is the exit status; none if a signal ended it.
    #[error("`{command}` failed: {message}")]
    Failed {
        command: String,
        code: Option<i32>,
        message: String,
    },
}

fn in_group(group: &Option<String>) -> String {
    group
        .as_ref()
        .map(|group| format!(", resource group {group}"))
        .unwrap_or_default()
}

fn that_are_there(names: &[String]) -> String {
    match names.is_empty() {
        true => String::new(),
        false => format!("; it has {}", names.join(", ")),
    }
}
