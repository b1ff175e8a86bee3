//! The two output streams and what is known about them. Everything that is printed goes through a [`Ui`].

use super::style::{ColorChoice, Style};
use super::text::{sanitise, sanitise_styled};
use indicatif::{MultiProgress, ProgressDrawTarget};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// `--output`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Json,
    Yaml,
}

/// What a [`Ui`] needs to know. [`Ui::new`] finds it out from the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    pub format: Format,
    /// Only data, warnings and errors.
    pub quiet: bool,
    /// How often `-v` was given.
    pub verbose: u8,
    /// Questions may be asked: stdin and stderr are a terminal, and nobody said `--no-input`.
    pub interactive: bool,
    pub out: Style,
    pub err: Style,
    /// stderr is a terminal that bars may move on.
    pub bars: bool,
    /// stdout is a terminal.
    pub terminal: bool,
}

/// Why data could not be written to stdout.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The reader has closed the pipe (`… | head`): not a failure, the program ends in silence with 0.
    #[error("nobody reads the output any more")]
    ReaderLeft,
    #[error("cannot write the output: {0}")]
    Failed(io::Error),
}

/// The program's voice. Shared by reference, also between threads.
pub struct Ui {
    pub(super) setup: Setup,
    out: Mutex<BufWriter<Box<dyn Write + Send>>>,
    /// stdout has data: an error document there would be a second one.
    answered: AtomicBool,
    pub(super) err: Arc<Stderr>,
}

/// stderr: lines, and the bars that move below them.
pub(super) struct Stderr {
    writer: Mutex<Box<dyn Write + Send>>,
    pub bars: Option<MultiProgress>,
    pub style: Style,
}

impl Ui {
    /// The real streams.
    pub fn new(
        color: ColorChoice,
        format: Format,
        quiet: bool,
        verbose: u8,
        no_input: bool,
    ) -> Self {
        let env = |name: &str| std::env::var(name).ok();
        let (out, err) = (io::stdout(), io::stderr());
        let capable = env("TERM").as_deref() != Some("dumb");
        let bars = err.is_terminal() && capable;
        let style = |terminal: bool, width| Style {
            color: color.on(terminal, &env),
            width,
        };
        let setup = Setup {
            format,
            quiet,
            verbose,
            interactive: !no_input && bars && io::stdin().is_terminal(),
            out: style(out.is_terminal(), super::terminal::width(&out)),
            err: style(err.is_terminal(), super::terminal::width(&err)),
            bars,
            terminal: out.is_terminal(),
        };
        Self::with_streams(setup, Box::new(out), Box::new(err))
    }

    /// Streams of the caller's own.
    pub fn with_streams(
        setup: Setup,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
    ) -> Self {
        let err = Stderr {
            writer: Mutex::new(err),
            bars: setup.bars.then(MultiProgress::new),
            style: setup.err,
        };
        Self {
            setup,
            out: Mutex::new(BufWriter::with_capacity(64 * 1024, out)),
            answered: AtomicBool::new(false),
            err: Arc::new(err),
        }
    }

    /// A [`Ui`] that writes into memory, without a terminal, and what it wrote.
    pub fn captured(format: Format) -> (Self, Captured) {
        let captured = Captured::default();
        let setup = Setup {
            format,
            ..Setup::default()
        };
        let (out, err) = (
            Box::new(captured.out.clone()),
            Box::new(captured.err.clone()),
        );
        (Self::with_streams(setup, out, err), captured)
    }

    pub fn format(&self) -> Format {
        self.setup.format
    }

    /// Whether questions may be asked.
    pub fn interactive(&self) -> bool {
        self.setup.interactive
    }

    /// Whether stdout is a terminal, on which control characters would act.
    pub fn is_terminal(&self) -> bool {
        self.setup.terminal
    }

    /// How often `-v` was given.
    pub fn verbose(&self) -> u8 {
        self.setup.verbose
    }

    /// The style of stdout.
    pub fn style(&self) -> &Style {
        &self.setup.out
    }

    /// The style of stderr, for the text of a plan that is consented to.
    pub fn err_style(&self) -> &Style {
        &self.setup.err
    }

    /// A line about what happens.
    pub fn note(&self, text: &str) {
        if !self.setup.quiet {
            self.err.line(&sanitise(text));
        }
    }

    /// A line that is shown with `-v` only.
    pub fn detail(&self, text: &str) {
        if self.setup.verbose > 0 {
            self.err
                .line(&self.setup.err.dim(sanitise(text)).to_string());
        }
    }

    pub fn success(&self, text: &str) {
        if !self.setup.quiet {
            self.err.line(&format!(
                "{} {}",
                self.setup.err.good("ok:"),
                sanitise(text)
            ));
        }
    }

    /// Shown in any case.
    pub fn warn(&self, text: &str) {
        self.err.line(&format!(
            "{} {}",
            self.setup.err.warn("warning:"),
            sanitise(text)
        ));
    }

    /// Text with colours from [`Ui::err_style`], to stderr: a plan, the text before a question.
    pub fn show(&self, styled: &str) {
        self.err
            .line(&sanitise_styled(styled.trim_end_matches('\n')));
    }

    /// Opens stdout for a stream of data: written in blocks, so whoever waits for more data flushes first.
    pub fn stream(&self) -> Stream<'_> {
        Stream {
            out: self.lock(),
            answered: &self.answered,
        }
    }

    /// One piece of data, at once.
    pub(super) fn data(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let write = || {
            let mut stream = self.stream();
            stream.write(bytes)?;
            stream.flush()
        };
        match &self.err.bars {
            // Both may be one screen.
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    /// The same, unless there is data on stdout already.
    pub(super) fn first_data(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let mut stream = self.stream();
        if self.answered.load(Ordering::SeqCst) {
            return Ok(());
        }
        stream.write(bytes)?;
        stream.flush()
    }

    fn lock(&self) -> MutexGuard<'_, BufWriter<Box<dyn Write + Send>>> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// stdout, held for a while: reports of the same [`Ui`] wait until it is dropped. Bytes go out as they are: what others wrote is sanitised by the caller where it is meant
/// for a person.
pub struct Stream<'a> {
    out: MutexGuard<'a, BufWriter<Box<dyn Write + Send>>>,
    answered: &'a AtomicBool,
}

impl Stream<'_> {
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.answered.fetch_or(!bytes.is_empty(), Ordering::SeqCst);
        self.out.write_all(bytes).map_err(OutputError::from)
    }

    pub fn flush(&mut self) -> Result<(), OutputError> {
        self.out.flush().map_err(OutputError::from)
    }
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderLeft,
            _ => Self::Failed(error),
        }
    }
}

impl Stderr {
    /// One or more whole lines in one write, above the bars. There is nowhere to tell that it failed.
    pub fn line(&self, text: &str) {
        let text = format!("{text}\n");
        let write = || {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer
                .write_all(text.as_bytes())
                .and_then(|()| writer.flush())
                .ok();
        };
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}

impl Stderr {
    /// No bar is drawn as long as this is held: it would stand where an answer is being typed. Other threads go on, which
    /// a suspended bar would not let them.
    pub(super) fn still(&self) -> Still {
        if let Some(bars) = &self.bars {
            // What cannot be drawn is no reason to ask nothing.
            let _ = bars.clear();
            bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        Still(self.bars.clone())
    }
}

pub(super) struct Still(Option<MultiProgress>);

impl Drop for Still {
    fn drop(&mut self) {
        if let Some(bars) = &self.0 {
            bars.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

/// What was written to both streams of a [`Ui::captured`].
#[derive(Clone, Default)]
pub struct Captured {
    out: Buffer,
    err: Buffer,
}

impl Captured {
    pub fn out(&self) -> String {
        self.out.text()
    }

    pub fn err(&self) -> String {
        self.err.text()
    }
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Threads share it.
    const _: fn() = || {
        fn shared<T: Send + Sync>() {}
        shared::<Ui>();
        shared::<crate::ui::Task>();
    };

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_left_is_told_apart_from_a_full_disk() {
        let data = |kind| {
            Ui::with_streams(
                Setup::default(),
                Box::new(Broken(kind)),
                Box::new(io::sink()),
            )
            .data(b"x")
        };
        assert!(matches!(
            data(io::ErrorKind::BrokenPipe),
            Err(OutputError::ReaderLeft)
        ));
        assert!(matches!(
            data(io::ErrorKind::StorageFull),
            Err(OutputError::Failed(_))
        ));
    }

    #[test]
    fn quiet_leaves_warnings_and_verbose_adds_details() {
        let said = |quiet, verbose| {
            let captured = Captured::default();
            let setup = Setup {
                quiet,
                verbose,
                ..Setup::default()
            };
            let ui = Ui::with_streams(setup, Box::new(io::sink()), Box::new(captured.err.clone()));
            ui.note("note");
            ui.success("success");
            ui.detail("detail");
            ui.warn("warn\x1b[2J");
            captured.err()
        };
        assert_eq!(said(true, 0), "warning: warn\\x1b[2J\n");
        assert_eq!(
            said(false, 1),
            "note\nok: success\ndetail\nwarning: warn\\x1b[2J\n"
        );
    }

    #[test]
    fn a_stream_goes_out_when_it_is_flushed() {
        let (ui, captured) = Ui::captured(Format::Table);
        let mut stream = ui.stream();
        stream.write(b"one\n").unwrap();
        assert_eq!(captured.out(), "");
        stream.flush().unwrap();
        assert_eq!(
            (captured.out().as_str(), captured.err().as_str()),
            ("one\n", "")
        );
    }
}
