//! Why Azure's answer could not be had or read.

/// Texts of `az` are stripped of control characters and keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AzError {
    #[error("the Azure CLI ({program}) is not installed, or not on the PATH")]
    Missing { program: String },
    #[error("the Azure CLI is not logged in")]
    NotLoggedIn { words: String },
    #[error("{words}")]
    NotFound { words: String },
    #[error("the IoT Hub {name} is still being made (state {state}): it has no endpoint yet")]
    Activating { name: String, state: String },
    #[error("`{command}` did not end within {seconds} s")]
    TimedOut { command: String, seconds: u64 },
    #[error("`{command}` ended with {code}: {words}")]
    Failed { command: String, code: i32, words: String },
    #[error("this is not what `{command}` prints: {cause}")]
    Unreadable { command: &'static str, cause: String },
}
