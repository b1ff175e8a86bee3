//! Java exceptions as text: class, message, cause, and the stack trace that logs and REST statuses show. The frames
//! name the stand-in: there is no JVM whose frames could be told.

use std::fmt;

const FRAME: &str = "\tat hdikafka.sandbox.Worker(stand-in)";

/// What a JVM would have thrown. Its message may hold whatever Connect's would, keys among it: it goes where Connect
/// writes it and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    pub class: String,
    pub message: Option<String>,
    pub cause: Option<Box<Exception>>,
}

pub const CONNECT: &str = "org.apache.kafka.connect.errors.ConnectException";
pub const CONFIG: &str = "org.apache.kafka.common.config.ConfigException";
pub const BAD_REQUEST: &str = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException";
pub const DATA: &str = "org.apache.kafka.connect.errors.DataException";
pub const NULL_POINTER: &str = "java.lang.NullPointerException";
pub const ILLEGAL_ARGUMENT: &str = "java.lang.IllegalArgumentException";

impl Exception {
    pub fn new(class: &str, message: impl Into<String>) -> Self {
        Self {
            class: class.to_owned(),
            message: Some(message.into()),
            cause: None,
        }
    }

    /// `new X()`: no message, no colon.
    pub fn bare(class: &str) -> Self {
        Self {
            class: class.to_owned(),
            message: None,
            cause: None,
        }
    }

    pub fn connect(message: impl Into<String>) -> Self {
        Self::new(CONNECT, message)
    }

    pub fn config(message: impl Into<String>) -> Self {
        Self::new(CONFIG, message)
    }

    pub fn caused_by(mut self, cause: Exception) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// `new X(cause)`: Java makes the message of the cause.
    pub fn around(class: &str, cause: Exception) -> Self {
        Self::new(class, cause.to_string()).caused_by(cause)
    }

    /// What `cb.get()` throws when the callback got this.
    pub fn executed(self) -> Self {
        Self::around("java.util.concurrent.ExecutionException", self)
    }

    /// As `printStackTrace` has it, without a line feed at the end.
    pub fn trace(&self) -> String {
        let mut text = format!("{self}\n{FRAME}");
        let mut cause = self.cause.as_deref();
        while let Some(inner) = cause {
            text.push_str(&format!("\nCaused by: {inner}\n{FRAME}"));
            cause = inner.cause.as_deref();
        }
        text
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "{}: {message}", self.class),
            None => f.write_str(&self.class),
        }
    }
}

/// How Java words an error of the file system.
pub fn of_file(error: &std::io::Error, path: &str) -> Exception {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => Exception::new("java.nio.file.NoSuchFileException", path),
        ErrorKind::PermissionDenied => Exception::new("java.nio.file.AccessDeniedException", path),
        ErrorKind::IsADirectory => Exception::new("java.io.IOException", "Is a directory"),
        ErrorKind::StorageFull => Exception::new("java.io.IOException", "No space left on device"),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            Exception::new(
                "java.nio.file.FileSystemException",
                format!("{path}: {text}"),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_has_its_causes() {
        let inner = Exception::bare(NULL_POINTER);
        let trace = Exception::connect("Exiting").caused_by(inner).trace();
        let lines: Vec<&str> = trace
            .lines()
            .filter(|line| !line.starts_with('\t'))
            .collect();
        assert_eq!(
            lines,
            [
                "org.apache.kafka.connect.errors.ConnectException: Exiting",
                "Caused by: java.lang.NullPointerException",
            ]
        );
    }
}
