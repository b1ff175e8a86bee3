//! Processes on the lab's machines: those that stay (daemons) and those that are run once (output).

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::transcript;

/// How long a process is given to end by itself before it is killed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that runs until it is stopped. Killed when dropped.
pub struct Daemon {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts `command` with its output in the file `log`.
    pub fn start(name: &str, mut command: Command, log: &Path) -> Result<Daemon> {
        let out = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        Ok(Daemon {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// An error when the process has ended, with the end of its log.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!(
                "{} ended ({status}):\n{}",
                self.name,
                last_lines(&self.log(), 30)
            ),
        }
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) -> Result<()> {
        // A stopped process does not see SIGTERM.
        self.signal(libc::SIGCONT)?;
        self.signal(libc::SIGTERM)?;
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                self.kill()?;
                bail!(
                    "{} did not end within {PATIENCE:?} and was killed",
                    self.name
                );
            }
            std::thread::sleep(super::POLL);
        }
        Ok(())
    }

    /// SIGKILL, and waits for the end.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(libc::SIGKILL)?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends a signal to the process and its children; nothing happens when it has ended.
    pub fn signal(&mut self, signal: libc::c_int) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            let group = libc::pid_t::try_from(self.child.id())?;
            // SAFETY: the process was not waited for, so its id, which is its group's, is still its own.
            unsafe { libc::killpg(group, signal) };
        }
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// What a command that ended has left.
#[derive(Clone, Debug)]
pub struct Output {
    /// None when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Output {
    /// An error, with all that was printed, unless the command ended with 0.
    pub fn ok(self) -> Result<Output> {
        self.code_is(0)
    }

    /// An error, with all that was printed, unless the command ended with this code.
    pub fn code_is(self, code: i32) -> Result<Output> {
        if self.code != Some(code) {
            bail!(
                "ended with {:?} where {code} was expected\n--- stdout\n{}\n--- stderr\n{}",
                self.code,
                self.stdout,
                self.stderr
            );
        }
        Ok(self)
    }
}

/// Runs a command to its end, with `stdin` as its whole input, and notes it in the transcript as `shown`.
pub fn run(shown: &str, command: Command, stdin: &[u8]) -> Result<Output> {
    let output = run_quietly(shown, command, stdin)?;
    transcript::note(format!(
        "$ {shown}\n{}{}[{} in {:.2} s]",
        clipped(&output.stdout),
        clipped(&output.stderr),
        output
            .code
            .map_or_else(|| "signal".to_owned(), |code| code.to_string()),
        output.took.as_secs_f64()
    ));
    Ok(output)
}

/// The same, without a word in the transcript.
pub fn run_quietly(shown: &str, mut command: Command, stdin: &[u8]) -> Result<Output> {
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {shown}"))?;
    let pipe = child.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || feed(pipe, stdin));
        child.wait_with_output()
    })
    .with_context(|| format!("running {shown}"))?;
    Ok(Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: began.elapsed(),
    })
}

/// The last `count` lines of a text.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn feed(pipe: Option<impl Write>, input: &[u8]) {
    if let Some(mut pipe) = pipe {
        match pipe.write_all(input) {
            // A command need not read what it is given.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => transcript::note(format!("writing to a command: {error}")),
            Ok(()) => {}
        }
    }
}

/// What goes into the transcript of one stream.
fn clipped(text: &str) -> String {
    const MOST: usize = 6000;
    let mut shown = if text.len() > MOST {
        let from = (text.len() - MOST..text.len())
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0);
        format!("[{from} bytes left out]{}", &text[from..])
    } else {
        text.to_owned()
    };
    if !shown.is_empty() && !shown.ends_with('\n') {
        shown.push('\n');
    }
    shown
}
