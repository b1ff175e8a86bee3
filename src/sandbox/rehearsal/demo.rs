//! `sandbox demo`: the whole bridge in one go, by the commands that a person would type, each shown before it runs. It is
//! done only when every hop was seen; otherwise the hop that broke is named.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::files::DEVICE;
use super::process;

/// What has to be seen, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    Up,
    Setup,
    Telemetry,
    Command,
    Status,
    Down,
}

impl Hop {
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Setup => "setup",
            Self::Telemetry => "telemetry",
            Self::Command => "command",
            Self::Status => "status",
            Self::Down => "down",
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the hop `{}` was not seen", .0.word())]
pub struct Unseen(pub Hop);

/// The stage of a demo.
pub struct Demo<'a> {
    /// This program.
    pub program: &'a Path,
    /// Takes a line without its end.
    pub out: &'a mut dyn FnMut(&str) -> anyhow::Result<()>,
    /// Whether the commands print in colours.
    pub colors: bool,
    /// Shown before a command, in the reader's colours.
    pub prompt: &'a dyn Fn(&str) -> String,
    /// A comment between two commands, in the reader's colours.
    pub remark: &'a dyn Fn(&str) -> String,
    /// Called before each hop with the sandbox's directory: where tests break things.
    pub before: &'a mut dyn FnMut(Hop, &Path) -> anyhow::Result<()>,
    /// For a hop to be seen once its command was given.
    pub patience: Duration,
}

/// Lines of a command that goes on while others run.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

const TEXT: &str = "Turn On";

impl Demo<'_> {
    /// # Errors
    /// [`Unseen`] with what went wrong below it. What was started is ended in any case.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let home = tempfile::Builder::new()
            .prefix("hdikafka-demo-")
            .tempdir()
            .context("a directory for the demo")?;
        let stage = Stage {
            program: self.program.to_owned(),
            colors: if self.colors { "always" } else { "never" },
            home: home.path().to_owned(),
        };
        let interrupted = Arc::new(AtomicBool::new(false));
        let watch = stage.end_on_signals(&interrupted)?;
        let played = self.play(&stage);
        // What breaks once the sandbox is being ended says nothing of the hop; the thread that hears signals ends us.
        while interrupted.load(Ordering::SeqCst) {
            std::thread::park();
        }
        watch.close();
        // After `down` there is nothing; after a failure everything is still up.
        let ended = process::stop(&stage.sandbox());
        played.and(ended.map(drop))
    }

    fn play(&mut self, stage: &Stage) -> anyhow::Result<()> {
        self.hop(Hop::Up, stage, |demo| {
            demo.say("A cluster, an IoT Hub and an edge node, all imitated inside this program:")?;
            demo.command(stage, &["sandbox", "up"])
        })?;
        self.hop(Hop::Setup, stage, |demo| {
            demo.say("The bridge is made: facts, plan, consent, apply, proof. Over SSH and TLS.")?;
            demo.command(stage, &["-p", "sandbox", "setup", "--yes"])?;
            demo.say("A second run has to find nothing to do.")?;
            demo.nothing_to_do(stage)
        })?;
        let mut device = None;
        self.hop(Hop::Telemetry, stage, |demo| {
            demo.say("A device begins to send, and its telemetry arrives in Kafka:")?;
            let started = demo.device(stage)?;
            demo.line_with(&started, "temperature")?;
            device = Some(started);
            demo.telemetry(stage)
        })?;
        let device = device.context("there is no device")?;
        lent(device, |demo_device| {
            self.hop(Hop::Command, stage, |demo| {
                demo.say("A command goes the other way:")?;
                demo.command(stage, &["-p", "sandbox", "send", "--device", DEVICE, TEXT])?;
                demo.line_with(demo_device, &format!("Receive message: {TEXT}"))
            })?;
            self.hop(Hop::Status, stage, |demo| {
                demo.say("Both connectors, judged by what they do:")?;
                demo.command(stage, &["-p", "sandbox", "connector", "status"])
            })
        })?;
        self.hop(Hop::Down, stage, |demo| {
            demo.say("And nothing is left of it:")?;
            demo.command(stage, &["sandbox", "down"])?;
            let left = std::fs::read_dir(stage.sandbox()).is_ok();
            anyhow::ensure!(!left, "the sandbox's directory is still there");
            Ok(())
        })
    }

    fn hop(
        &mut self,
        hop: Hop,
        stage: &Stage,
        act: impl FnOnce(&mut Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        (self.before)(hop, &stage.sandbox())
            .and_then(|()| act(self))
            .map_err(|error| error.context(Unseen(hop)))
    }

    fn say(&mut self, text: &str) -> anyhow::Result<()> {
        let remark = (self.remark)(text);
        (self.out)("")?;
        (self.out)(&remark)
    }

    fn show(&mut self, arguments: &[&str]) -> anyhow::Result<()> {
        let line = shlex::try_join(std::iter::once("hdikafka").chain(arguments.iter().copied()))?;
        let prompt = (self.prompt)(&line);
        (self.out)(&prompt)
    }

    /// Runs a command to its end; what it prints is shown while it prints.
    fn command(&mut self, stage: &Stage, arguments: &[&str]) -> anyhow::Result<()> {
        self.spoken(stage, arguments).map(drop)
    }

    /// The same, with what it said on stdout and stderr.
    fn spoken(&mut self, stage: &Stage, arguments: &[&str]) -> anyhow::Result<String> {
        self.show(arguments)?;
        let mut running = stage.start(arguments)?;
        let mut said = String::new();
        for line in &running.lines {
            (self.out)(&line)?;
            said.push_str(&line);
            said.push('\n');
        }
        let status = running.child.wait()?;
        anyhow::ensure!(
            status.success(),
            "`{}` ended with {status}",
            arguments.join(" ")
        );
        Ok(said)
    }

    fn nothing_to_do(&mut self, stage: &Stage) -> anyhow::Result<()> {
        let said = self.spoken(stage, &["-p", "sandbox", "setup", "--yes"])?;
        anyhow::ensure!(
            said.contains("Nothing to do"),
            "the second run found something to do"
        );
        Ok(())
    }

    fn device(&mut self, stage: &Stage) -> anyhow::Result<Running> {
        let arguments = [
            "-p", "sandbox", "device", "simulate", DEVICE, "--every", "1s",
        ];
        self.show(&arguments)?;
        stage.start(&arguments)
    }

    /// Waits for a line of the device; what it prints on the way is shown.
    fn line_with(&mut self, running: &Running, words: &str) -> anyhow::Result<()> {
        let end = Instant::now() + self.patience;
        loop {
            match running
                .lines
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    (self.out)(&line)?;
                    if line.contains(words) {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => anyhow::bail!(
                    "the device printed no `{words}` within {} s",
                    self.patience.as_secs()
                ),
                Err(RecvTimeoutError::Disconnected) => {
                    anyhow::bail!("the device ended without `{words}`")
                }
            }
        }
    }

    /// Telemetry is there as soon as the source has polled: asked again until then, shown once.
    fn telemetry(&mut self, stage: &Stage) -> anyhow::Result<()> {
        let arguments = ["-p", "sandbox", "tail", "iotin", "--last", "1"];
        self.show(&arguments)?;
        let end = Instant::now() + self.patience;
        loop {
            let mut running = stage.start(&arguments)?;
            let lines: Vec<String> = running.lines.iter().collect();
            let status = running.child.wait()?;
            anyhow::ensure!(status.success(), "{}", lines.join("\n"));
            if lines.iter().any(|line| line.contains("temperature")) {
                for line in lines {
                    (self.out)(&line)?;
                }
                return Ok(());
            }
            anyhow::ensure!(
                Instant::now() < end,
                "no telemetry arrived in the topic within {} s",
                self.patience.as_secs()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Lets the commands that run end as on Ctrl-C, and waits for them; some other thread may be doing so, too.
fn end_children(patience: Duration) {
    let children = children();
    for child in &children {
        // SAFETY: kill has no preconditions; the number is of a child that was there a moment ago.
        unsafe {
            libc::kill(*child, SIGTERM);
        }
    }
    let end = Instant::now() + patience;
    while Instant::now() < end && children.iter().any(|child| is_running(*child)) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn children() -> Vec<libc::pid_t> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let lists = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let numbers = |list: String| -> Vec<libc::pid_t> {
        list.split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect()
    };
    lists.flat_map(numbers).collect()
}

/// One that has ended and was not waited for does nothing any more.
fn is_running(pid: libc::pid_t) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

/// Lends a running command to the acts that need it, and ends it afterwards whatever came of them.
fn lent<T>(mut running: Running, acts: impl FnOnce(&Running) -> T) -> T {
    let outcome = acts(&running);
    running.end();
    outcome
}

impl Running {
    fn end(&mut self) {
        // Ended already is ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The surroundings of the commands: a configuration, cache and state of their own, so that the operator's stay as they
/// are and the commands are the very ones that are shown.
struct Stage {
    program: PathBuf,
    /// The reader's terminal is not the commands'.
    colors: &'static str,
    home: PathBuf,
}

impl Stage {
    fn sandbox(&self) -> PathBuf {
        self.home.join("state").join("hdikafka").join("sandbox")
    }

    /// Ctrl-C, and whatever else a terminal or a supervisor says, ends the sandbox before it ends this program. Who cannot
    /// be asked is seen by the sandbox itself ([`process::OWNER`]).
    fn end_on_signals(
        &self,
        interrupted: &Arc<AtomicBool>,
    ) -> anyhow::Result<signal_hook::iterator::Handle> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let handle = signals.handle();
        let (sandbox, home) = (self.sandbox(), self.home.clone());
        let interrupted = Arc::clone(interrupted);
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                if signals.forever().next().is_some() {
                    interrupted.store(true, Ordering::SeqCst);
                    // They write into the directory that is removed below.
                    end_children(Duration::from_secs(10));
                    // There is nobody left to tell.
                    let _ = process::stop(&sandbox);
                    let _ = std::fs::remove_dir_all(home);
                    signal_hook::low_level::exit(130);
                }
            })?;
        Ok(handle)
    }

    fn start(&self, arguments: &[&str]) -> anyhow::Result<Running> {
        let mut command = Command::new(&self.program);
        // SAFETY: prctl with these two is async-signal-safe and concerns the child alone.
        unsafe {
            command.pre_exec(
                || match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) {
                    0 => Ok(()),
                    _ => Err(std::io::Error::last_os_error()),
                },
            );
        }
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HDIKAFKA_") {
                command.env_remove(name);
            }
        }
        let (reader, writer) = std::io::pipe()?;
        let child = command
            .args(["--color", self.colors])
            .args(arguments)
            .env(process::OWNER, std::process::id().to_string())
            .env("XDG_CONFIG_HOME", self.home.join("config"))
            .env("XDG_STATE_HOME", self.home.join("state"))
            .env("XDG_CACHE_HOME", self.home.join("cache"))
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // A reader of ours that has left ends this thread, not the command.
            for line in BufReader::new(reader.take(16 << 20)).lines() {
                if line.is_ok_and(|line| sender.send(line).is_err()) {
                    break;
                }
            }
        });
        Ok(Running { child, lines })
    }
}
