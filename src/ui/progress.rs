//! Progress of long work: bars on a terminal, otherwise a line at the end; work of more than a second says that it has
//! begun, and every ten seconds how far it is.
//! Several tasks may run at once, each from its own thread.

use super::streams::{Stderr, Ui};
use super::text::sanitise_line;
use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// When a task that is not on a terminal says that it is still alive.
const USUAL: Pace = Pace {
    first: Duration::from_secs(1),
    then: Duration::from_secs(10),
};

#[derive(Clone, Copy)]
struct Pace {
    /// Work that is over before is told by its last line alone.
    first: Duration,
    then: Duration,
}

const BYTES: &str = "{spinner} {prefix} [{bar:24}] {bytes} of {total_bytes}, {eta} left";
const SPINNER: &str = "{spinner} {prefix} {wide_msg} {elapsed}";

/// One piece of work in progress. Ends by [`Task::done`] or [`Task::failed`]; dropped without either, it leaves the
/// screen as if it had not been there.
pub struct Task {
    label: String,
    started: Instant,
    voice: Voice,
}

enum Voice {
    Silent,
    Bar(ProgressBar, Arc<Stderr>),
    Lines(Lines),
}

/// The task off a terminal.
struct Lines {
    err: Arc<Stderr>,
    state: Arc<State>,
    /// Dropped to end the reminder.
    stop: Option<Sender<()>>,
    reminder: Option<JoinHandle<()>>,
}

struct State {
    done: AtomicU64,
    /// Bytes in all; 0 when it is not counted in bytes.
    total: u64,
    message: Mutex<String>,
}

impl Ui {
    /// Work whose length is not known.
    pub fn task(&self, label: &str) -> Task {
        self.start(label, 0, USUAL)
    }

    /// Work that is counted in bytes.
    pub fn bytes(&self, label: &str, total: u64) -> Task {
        self.start(label, total, USUAL)
    }

    fn start(&self, label: &str, total: u64, pace: Pace) -> Task {
        let label = sanitise_line(label).into_owned();
        let voice = match &self.err.bars {
            _ if self.setup.quiet => Voice::Silent,
            Some(bars) => Voice::Bar(bar(bars, &label, total), Arc::clone(&self.err)),
            None => Voice::Lines(Lines::start(Arc::clone(&self.err), &label, total, pace)),
        };
        Task {
            label,
            started: Instant::now(),
            voice,
        }
    }
}

impl Task {
    /// Bytes done so far.
    pub fn set(&self, done: u64) {
        match &self.voice {
            Voice::Silent => {}
            Voice::Bar(bar, _) => bar.set_position(done),
            Voice::Lines(lines) => lines.state.done.store(done, Ordering::Relaxed),
        }
    }

    /// What is being waited for.
    pub fn message(&self, text: &str) {
        let text = sanitise_line(text).into_owned();
        match &self.voice {
            Voice::Silent => {}
            Voice::Bar(bar, _) => bar.set_message(text),
            Voice::Lines(lines) => {
                *lines
                    .state
                    .message
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = text
            }
        }
    }

    /// Ends well; the line that stays has the time it took.
    pub fn done(mut self) {
        self.end(true);
    }

    /// Ends badly; why is told by the error.
    pub fn failed(mut self) {
        self.end(false);
    }

    fn end(&mut self, well: bool) {
        let seconds = self.started.elapsed().as_secs_f64();
        let (err, line) = match std::mem::replace(&mut self.voice, Voice::Silent) {
            Voice::Silent => return,
            Voice::Bar(bar, err) => {
                bar.finish_and_clear();
                (err, self.last_line(well, seconds))
            }
            Voice::Lines(mut lines) => {
                lines.stop();
                (Arc::clone(&lines.err), self.last_line(well, seconds))
            }
        };
        let style = err.style;
        let mark = if well {
            style.good("ok:")
        } else {
            style.bad("failed:")
        };
        err.line(&format!("{mark} {line}"));
    }

    fn last_line(&self, well: bool, seconds: f64) -> String {
        if well {
            format!("{} ({seconds:.1} s)", self.label)
        } else {
            format!("{} (after {seconds:.1} s)", self.label)
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        match &mut self.voice {
            Voice::Silent => {}
            Voice::Bar(bar, _) => bar.finish_and_clear(),
            Voice::Lines(lines) => lines.stop(),
        }
    }
}

impl Lines {
    fn start(err: Arc<Stderr>, label: &str, total: u64, pace: Pace) -> Self {
        let size = if total > 0 {
            format!(" ({})", HumanBytes(total))
        } else {
            String::new()
        };
        let state = Arc::new(State {
            done: AtomicU64::new(0),
            total,
            message: Mutex::default(),
        });
        let (stop, stopped) = mpsc::channel();
        let reminder = {
            let (err, state, label) = (Arc::clone(&err), Arc::clone(&state), label.to_owned());
            thread::spawn(move || {
                let over = |after| stopped.recv_timeout(after) != Err(RecvTimeoutError::Timeout);
                if over(pace.first) {
                    return;
                }
                err.line(&format!("{label}{size} …"));
                while !over(pace.then) {
                    err.line(&format!("{label}: {}", state.words()));
                }
            })
        };
        Self {
            err,
            state,
            stop: Some(stop),
            reminder: Some(reminder),
        }
    }

    /// After this no reminder comes any more.
    fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(reminder) = self.reminder.take() {
            // It cannot fail: it only writes lines, and their errors are not looked at.
            reminder.join().ok();
        }
    }
}

impl State {
    fn words(&self) -> String {
        let message = self
            .message
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let done = self.done.load(Ordering::Relaxed);
        let percent = done.saturating_mul(100).checked_div(self.total);
        match (percent, message.is_empty()) {
            (Some(percent), _) => format!(
                "{} of {} ({percent} %)",
                HumanBytes(done),
                HumanBytes(self.total)
            ),
            (None, true) => "still at it".into(),
            (None, false) => message,
        }
    }
}

fn bar(bars: &MultiProgress, label: &str, total: u64) -> ProgressBar {
    let (bar, template) = if total > 0 {
        (ProgressBar::new(total), BYTES)
    } else {
        (ProgressBar::new_spinner(), SPINNER)
    };
    // A template that did not parse would fall back to the plain bar; the test of this module keeps it from that.
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = bars.add(bar.with_style(style).with_prefix(label.to_owned()));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{Format, Setup};

    #[test]
    fn off_a_terminal_quick_work_is_one_line_at_its_end() {
        let (ui, captured) = Ui::captured(Format::Table);
        let never = Pace {
            first: Duration::from_secs(600),
            then: Duration::from_secs(600),
        };
        let (one, two) = (
            ui.start("waiting", 0, never),
            ui.start("uploading\x1b[2J", 50 * 1024 * 1024, never),
        );
        two.set(1);
        two.done();
        one.failed();
        drop(ui.start("forgotten", 0, never));
        let err = captured.err();
        let lines: Vec<_> = err.lines().collect();
        assert!(
            lines[0].starts_with("ok: uploading\\x1b[2J (") && lines[0].ends_with(" s)"),
            "{err}"
        );
        assert!(lines[1].starts_with("failed: waiting (after "), "{err}");
        assert_eq!(lines.len(), 2, "{err}");
    }

    #[test]
    fn a_long_task_says_how_far_it_is() {
        let (ui, captured) = Ui::captured(Format::Table);
        let quick = Pace {
            first: Duration::from_millis(1),
            then: Duration::from_millis(1),
        };
        let bytes = ui.start("uploading", 2048, quick);
        bytes.set(1024);
        let wait = ui.start("starting", 0, quick);
        wait.message("the source's port");
        let expected = [
            "uploading (2.00 KiB) …",
            "uploading: 1.00 KiB of 2.00 KiB (50 %)",
            "starting: the source's port",
        ];
        let deadline = Instant::now() + Duration::from_secs(20);
        while !expected
            .iter()
            .all(|line| captured.err().lines().any(|said| said == *line))
        {
            assert!(Instant::now() < deadline, "{}", captured.err());
            thread::yield_now();
        }
        bytes.done();
        wait.done();
        let after = captured.err();
        assert!(
            after
                .lines()
                .last()
                .is_some_and(|line| line.starts_with("ok: starting")),
            "{after}"
        );
    }

    #[test]
    fn quiet_is_quiet() {
        let setup = Setup {
            quiet: true,
            ..Setup::default()
        };
        let ui = Ui::with_streams(setup, Box::new(std::io::sink()), Box::new(std::io::sink()));
        assert!(matches!(ui.task("x").voice, Voice::Silent));
        assert!(matches!(ui.bytes("x", 1).voice, Voice::Silent));
    }

    #[test]
    fn the_templates_are_understood() {
        for template in [BYTES, SPINNER] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
