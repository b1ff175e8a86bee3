//! The worker's log: lines as log4j writes them, with the connector context that Connect puts before each. Which
//! words are logged where is said at each place; here is only how a line gets out.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, RwLock};

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::exception::Exception;
use super::log4j::{Appender, Config, Level};
use crate::sandbox::http::lock;

thread_local! {
    static CONTEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// `[AzureIotHubConnector|task-0] `, for all that this thread logs from now on; empty for none.
pub fn set_context(context: impl Into<String>) {
    CONTEXT.with(|own| *own.borrow_mut() = context.into());
}

/// Runs something under a context and restores the one before.
pub fn within<T>(context: String, work: impl FnOnce() -> T) -> T {
    let before = CONTEXT.with(|own| own.replace(context));
    let result = work();
    set_context(before);
    result
}

pub struct Log {
    config: RwLock<Config>,
    outputs: Mutex<Vec<Output>>,
    zone: TimeZone,
    skew: SignedDuration,
}

struct Output {
    appender: Appender,
    target: Target,
    written: u64,
}

enum Target {
    Console(Box<dyn Write + Send>),
    File(Option<File>),
}

impl Log {
    /// `console` gets the lines of console appenders. A file that cannot be opened is said on `errors` and left out,
    /// as log4j does.
    pub fn open(
        config: Config,
        mut console: impl FnMut() -> Box<dyn Write + Send>,
        errors: &mut dyn Write,
        skew: SignedDuration,
    ) -> Self {
        let mut outputs = Vec::new();
        for appender in &config.appenders {
            let (target, written) = match &appender.file {
                None => (Target::Console(console()), 0),
                Some(path) => match append(path) {
                    Ok(file) => {
                        let written = file.metadata().map_or(0, |metadata| metadata.len());
                        (Target::File(Some(file)), written)
                    }
                    Err(error) => {
                        // Nowhere else to say it: the log itself is what is missing.
                        let _ = writeln!(
                            errors,
                            "log4j:ERROR setFile(null,true) call failed.\n{}",
                            super::exception::of_file(&error, &path.display().to_string()).trace()
                        );
                        continue;
                    }
                },
            };
            outputs.push(Output {
                appender: appender.clone(),
                target,
                written,
            });
        }
        Self {
            config: RwLock::new(config),
            outputs: Mutex::new(outputs),
            zone: TimeZone::system(),
            skew,
        }
    }

    pub fn is_on(&self, level: Level, logger: &str) -> bool {
        level >= self.level(logger)
    }

    pub fn level(&self, logger: &str) -> Level {
        match self.config.read() {
            Ok(config) => config.level(logger),
            Err(poisoned) => poisoned.into_inner().level(logger),
        }
    }

    /// Changes a logger at run time, as `PUT /admin/loggers/NAME` does.
    pub fn set_level(&self, logger: &str, level: Level) {
        if let Ok(mut config) = self.config.write() {
            config.loggers.insert(logger.to_owned(), level);
        }
    }

    /// The loggers that have a level of their own, and `root`.
    pub fn levels(&self) -> Vec<(String, Level)> {
        let Ok(config) = self.config.read() else {
            return Vec::new();
        };
        let own = config
            .loggers
            .iter()
            .map(|(name, level)| (name.clone(), *level));
        own.chain([("root".to_owned(), config.root)]).collect()
    }

    #[track_caller]
    pub fn info(&self, logger: &str, message: impl AsRef<str>) {
        self.write(Level::Info, logger, message.as_ref(), None);
    }

    #[track_caller]
    pub fn debug(&self, logger: &str, message: impl AsRef<str>) {
        self.write(Level::Debug, logger, message.as_ref(), None);
    }

    #[track_caller]
    pub fn warn(&self, logger: &str, message: impl AsRef<str>) {
        self.write(Level::Warn, logger, message.as_ref(), None);
    }

    /// With the trace of what was thrown below the line.
    #[track_caller]
    pub fn error(&self, logger: &str, message: impl AsRef<str>, thrown: Option<&Exception>) {
        self.write(Level::Error, logger, message.as_ref(), thrown);
    }

    #[track_caller]
    fn write(&self, level: Level, logger: &str, message: &str, thrown: Option<&Exception>) {
        if !self.is_on(level, logger) {
            return;
        }
        let line = Location::caller().line();
        let now = jiff::Timestamp::now()
            .checked_add(self.skew)
            .unwrap_or_default()
            .to_zoned(self.zone.clone());
        let mut outputs = lock(&self.outputs);
        for output in outputs.iter_mut() {
            let mut text = String::new();
            CONTEXT.with(|context| {
                let parts = Parts {
                    level,
                    logger,
                    message,
                    line,
                    now: &now,
                    context: &context.borrow(),
                };
                parts.render(&output.appender.pattern, &mut text);
            });
            if let Some(thrown) = thrown {
                text.push_str(&thrown.trace());
                text.push('\n');
            }
            output.write(text.as_bytes());
        }
    }
}

impl Output {
    /// A log that cannot be written must not stop the worker: log4j's rule as well.
    fn write(&mut self, bytes: &[u8]) {
        let written = match &mut self.target {
            Target::Console(out) => out.write_all(bytes).and_then(|()| out.flush()),
            Target::File(Some(file)) => file.write_all(bytes),
            Target::File(None) => return,
        };
        if written.is_ok() {
            self.written += bytes.len() as u64;
        }
        if self
            .appender
            .max_bytes
            .is_some_and(|max| self.written >= max)
        {
            self.roll();
        }
    }

    /// `x.log` becomes `x.log.1`, that one `x.log.2`, …
    fn roll(&mut self) {
        let Some(path) = &self.appender.file else {
            return;
        };
        let numbered = |n: u32| PathBuf::from(format!("{}.{n}", path.display()));
        for n in (1..self.appender.backups).rev() {
            let _ = std::fs::rename(numbered(n), numbered(n + 1));
        }
        if self.appender.backups > 0 {
            let _ = std::fs::rename(path, numbered(1));
        } else {
            let _ = std::fs::remove_file(path);
        }
        self.target = Target::File(append(path).ok());
        self.written = 0;
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

struct Parts<'a> {
    level: Level,
    logger: &'a str,
    message: &'a str,
    line: u32,
    now: &'a jiff::Zoned,
    context: &'a str,
}

impl Parts<'_> {
    /// `%d`, `%p`, `%X{connector.context}`, `%m`, `%c`, `%L`, `%n`, `%t`, `%%`; widths are passed over.
    fn render(&self, pattern: &str, out: &mut String) {
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            let after = after.trim_start_matches(|c: char| c.is_ascii_digit() || "-.".contains(c));
            let mut chars = after.chars();
            match chars.next() {
                Some('d') => {
                    out.push_str(&self.now.strftime("%Y-%m-%d %H:%M:%S,").to_string());
                    out.push_str(&format!("{:03}", self.now.millisecond()));
                }
                Some('p') => out.push_str(self.level.word()),
                Some('X') => out.push_str(self.context),
                Some('m') => out.push_str(self.message),
                Some('c') => out.push_str(self.logger),
                Some('L') => out.push_str(&self.line.to_string()),
                Some('n') => out.push('\n'),
                Some('t') => out.push_str(std::thread::current().name().unwrap_or("main")),
                Some(other) => out.push(other),
                None => {}
            }
            rest = chars.as_str();
            if let Some(braces) = rest.strip_prefix('{') {
                rest = braces.split_once('}').map_or("", |(_, behind)| behind);
            }
        }
        out.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_connects_and_levels_count() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        let text =
            crate::template::fill(crate::template::LOG4J, &[("log", path.to_str().unwrap())]);
        let config = Config::parse(text.as_bytes(), &Default::default()).unwrap();
        let log = Log::open(
            config,
            || Box::new(std::io::sink()),
            &mut Vec::new(),
            SignedDuration::ZERO,
        );
        within("[A|task-0] ".to_owned(), || log.info("a.b.C", "hello"));
        log.debug("a.b.C", "not this");
        log.error("a.b.C", "bad", Some(&Exception::bare("x.Y")));
        let written = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert!(
            lines[0].starts_with("[20") && lines[0].contains("] INFO [A|task-0] hello (a.b.C:"),
            "{written}"
        );
        assert!(lines[1].contains("] ERROR bad (a.b.C:"), "{written}");
        assert_eq!(lines[2], "x.Y");
        assert_eq!(lines.len(), 4, "{written}");
        let stamp = lines[0].split(']').next().unwrap();
        assert_eq!(stamp.len(), "[2026-01-31 12:00:00,123".len());
    }

    #[test]
    fn a_file_is_rolled_by_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        let appender = Appender {
            file: Some(path.clone()),
            pattern: "%m%n".to_owned(),
            max_bytes: Some(10),
            backups: 2,
        };
        let config = Config {
            appenders: vec![appender],
            ..Config::default()
        };
        let log = Log::open(
            config,
            || Box::new(std::io::sink()),
            &mut Vec::new(),
            SignedDuration::ZERO,
        );
        for n in 0..4 {
            log.info("l", format!("line number {n}"));
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        assert_eq!(
            std::fs::read_to_string(dir.path().join("x.log.1")).unwrap(),
            "line number 3\n"
        );
        assert_eq!(
            std::fs::read_to_string(dir.path().join("x.log.2")).unwrap(),
            "line number 2\n"
        );
        assert!(!dir.path().join("x.log.3").exists());
    }
}
