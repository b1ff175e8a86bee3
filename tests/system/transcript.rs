//! What a case did, kept until it is known whether anybody has to read it: printed when the case fails, or at once with
//! `--nocapture`. Cases run one after the other, so there is one transcript.

use std::fmt::Display;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LIVE: AtomicBool = AtomicBool::new(false);

/// From now on notes are printed as they come.
pub fn go_live() {
    LIVE.store(true, Ordering::Relaxed);
}

pub fn note(text: impl Display) {
    let text = text.to_string();
    if LIVE.load(Ordering::Relaxed) {
        eprint_line(&text);
    }
    if let Ok(mut lines) = LINES.lock() {
        lines.push(text);
    }
}

/// Says something that is worth reading when all is well, too: a figure.
#[allow(clippy::print_stdout)] // the runner's own terminal output
pub fn say(text: impl Display) {
    println!("    {text}");
}

/// Hands over what was noted and begins a new transcript.
pub fn take() -> Vec<String> {
    LINES
        .lock()
        .map(|mut lines| std::mem::take(&mut *lines))
        .unwrap_or_default()
}

#[allow(clippy::print_stderr)] // the runner's own terminal output
fn eprint_line(text: &str) {
    eprintln!("    {}", text.replace('\n', "\n    "));
}
