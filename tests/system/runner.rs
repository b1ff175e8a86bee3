//! Chooses the cases, runs them one after the other and reports in cargo's own form.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::cases;
use crate::enclosure;
use crate::figures;
use crate::lab::{self, Lab, Parts, probe::Abilities};
use crate::transcript;

pub type Outcome = anyhow::Result<()>;

/// One case. It fails by an error or by a panic.
pub struct Case {
    pub name: &'static str,
    pub needs: Parts,
    /// Why it cannot run here, beside what its parts need.
    pub lacking: fn() -> Option<String>,
    pub run: Run,
}

pub enum Run {
    /// Runs in the lab that all such cases share. It finds a fresh edge, no topics, a fresh hub and an empty home.
    Shared(fn(&Lab) -> Outcome),
    /// Brings up and takes down what it needs itself. These run first, before there is a shared lab.
    Own(fn() -> Outcome),
}

impl Case {
    pub const fn shared(name: &'static str, needs: Parts, run: fn(&Lab) -> Outcome) -> Case {
        Case {
            name,
            needs,
            lacking: || None,
            run: Run::Shared(run),
        }
    }

    pub const fn own(name: &'static str, needs: Parts, run: fn() -> Outcome) -> Case {
        Case {
            name,
            needs,
            lacking: || None,
            run: Run::Own(run),
        }
    }

    /// The case is skipped where `lacking` gives a reason.
    pub const fn unless(mut self, lacking: fn() -> Option<String>) -> Case {
        self.lacking = lacking;
        self
    }
}

/// A case that takes longer hangs. The whole run is ended then: a thread cannot be.
const LIMIT: Duration = Duration::from_secs(300);

#[derive(Default)]
pub struct Options {
    pub list: bool,
    /// Brings a lab up and opens a shell on the operator's machine, instead of running cases.
    shell: bool,
    /// Brings a small lab up and keeps it until standard input ends: what a test of a killed run kills.
    hold: bool,
    /// Measures, and prints a table. The filters are names of figures then.
    figures: bool,
    /// How often it measures; a try needs but one.
    rounds: Option<usize>,
    nocapture: bool,
    exact: bool,
    skip: Vec<String>,
    filters: Vec<String>,
}

impl Options {
    /// Reads libtest's own flags, as cargo hands them to every test target; those without a meaning here are tolerated.
    pub fn parse(args: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options::default();
        let mut args = args.peekable();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--list" => options.list = true,
                "--shell" => options.shell = true,
                "--hold" => options.hold = true,
                "--figures" => options.figures = true,
                "--rounds" => {
                    let count = args.next().and_then(|count| count.parse().ok());
                    options.rounds = Some(count.ok_or("--rounds wants a number")?);
                }
                "--nocapture" | "--no-capture" | "--show-output" => options.nocapture = true,
                "--exact" => options.exact = true,
                "--skip" => options.skip.push(args.next().ok_or("--skip wants a name")?),
                "--test-threads" | "--format" | "--color" | "-Z" | "--logfile" => drop(args.next()),
                "--quiet" | "-q" | "--include-ignored" | "--ignored" | "--test" | "--bench" => {}
                flag if flag.starts_with('-') && flag.contains('=') => {}
                flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
                _ => options.filters.push(arg),
            }
        }
        Ok(options)
    }

    fn selects(&self, case: &Case) -> bool {
        let hit = |filter: &String| {
            if self.exact {
                case.name == filter
            } else {
                case.name.contains(filter.as_str())
            }
        };
        (self.filters.is_empty() || self.filters.iter().any(hit)) && !self.skip.iter().any(hit)
    }
}

#[allow(clippy::print_stderr)]
pub fn usage(error: &str) -> ExitCode {
    eprintln!(
        "error: {error}\nusage: system [--list] [--shell] [--figures [--rounds N]] [--nocapture] [--exact] [--skip NAME] [NAME…]"
    );
    ExitCode::from(2)
}

#[allow(clippy::print_stdout)]
pub fn list(options: &Options) -> ExitCode {
    let names: Vec<_> = selected(options)
        .into_iter()
        .map(|case| case.name)
        .collect();
    for name in &names {
        println!("{name}: test");
    }
    println!("\n{} tests, 0 benchmarks", names.len());
    ExitCode::SUCCESS
}

pub fn run(options: &Options, impossible: Option<&str>) -> ExitCode {
    if options.nocapture || options.shell {
        transcript::go_live();
    }
    end_on_signals();
    panic::set_hook(Box::new(|info| transcript::note(info)));
    let abilities = Abilities::probe(impossible);
    if options.shell {
        return with_lab(&abilities, Parts::ALL, shell);
    }
    if options.hold {
        return with_lab(&abilities, Parts::EDGE, hold);
    }
    if options.figures {
        let wish = figures::Wish {
            names: options.filters.clone(),
            rounds: options.rounds,
        };
        if let Err(error) = wish.check() {
            return usage(&error);
        }
        return with_lab(&abilities, Parts::ALL, |lab| figures::run(lab, &wish));
    }
    Session::new(selected(options), abilities).run()
}

fn selected(options: &Options) -> Vec<Case> {
    let mut cases = cases::all();
    cases.retain(|case| options.selects(case));
    // Stable: within both kinds the order of the lists stays.
    cases.sort_by_key(|case| matches!(case.run, Run::Shared(_)));
    cases
}

/// One run over the selected cases.
struct Session {
    cases: Vec<Case>,
    abilities: Abilities,
    shared: Option<Lab>,
    /// What the shared lab has: all that any of its cases needs.
    shared_parts: Parts,
    /// Whether such a lab comes up.
    whole_lab: bool,
    passed: usize,
    failed: BTreeMap<&'static str, Vec<String>>,
    skipped: BTreeMap<&'static str, String>,
}

#[allow(clippy::print_stdout)]
impl Session {
    fn new(cases: Vec<Case>, abilities: Abilities) -> Session {
        let shared_parts = cases
            .iter()
            .filter(|case| {
                matches!(case.run, Run::Shared(_)) && abilities.lacking(case.needs).is_none()
            })
            .fold(Parts::NONE, |parts, case| parts.and(case.needs));
        Session {
            cases,
            abilities,
            shared: None,
            shared_parts,
            whole_lab: true,
            passed: 0,
            failed: BTreeMap::new(),
            skipped: BTreeMap::new(),
        }
    }

    fn run(mut self) -> ExitCode {
        let began = Instant::now();
        let cases = std::mem::take(&mut self.cases);
        println!("\nrunning {} tests", cases.len());
        for case in &cases {
            let reason = self.abilities.lacking(case.needs);
            if let Some(reason) = reason.or_else(case.lacking) {
                println!("test {} ... ignored, {reason}", case.name);
                self.skipped.insert(case.name, reason);
                continue;
            }
            let case_began = Instant::now();
            let ok = self.one(case);
            let verdict = if ok { "ok" } else { "FAILED" };
            println!(
                "test {} ... {verdict} ({:.1} s)",
                case.name,
                case_began.elapsed().as_secs_f64()
            );
        }
        self.close();
        self.report(began.elapsed())
    }

    fn one(&mut self, case: &Case) -> bool {
        transcript::take();
        let watch = Watch::over(case.name);
        let outcome = match case.run {
            Run::Own(run) => caught(run),
            Run::Shared(run) => self.in_shared_lab(case.needs, run),
        };
        drop(watch);
        match outcome {
            Ok(()) => {
                self.passed += 1;
                true
            }
            Err(error) => {
                if let Some(lab) = &self.shared {
                    lab.note_logs();
                }
                transcript::note(format!("error: {error:#}"));
                self.failed.insert(case.name, transcript::take());
                false
            }
        }
    }

    fn in_shared_lab(&mut self, needs: Parts, run: fn(&Lab) -> Outcome) -> Outcome {
        let reset = match self.shared.take() {
            Some(lab) if lab.has(needs) => caught(|| lab.reset()).map(|()| lab),
            _ => Err(anyhow::anyhow!("there is none with these parts")),
        };
        let lab = match reset {
            Ok(lab) => lab,
            // A lab that cannot be reset is replaced: the case that broke it must not fail the next one.
            Err(reason) => {
                transcript::note(format!("a new shared lab: {reason:#}"));
                let lab = self.new_lab(needs)?;
                // Fresh already; from now on it counts as used.
                lab.reset()?;
                lab
            }
        };
        let lab = self.shared.insert(lab);
        caught(|| run(lab))
    }

    /// A lab with all that any case needs. Once that fails, each case gets what it needs itself: a server that does not
    /// start must fail its own cases and no others.
    fn new_lab(&mut self, needs: Parts) -> anyhow::Result<Lab> {
        if self.whole_lab {
            match Lab::up(self.shared_parts) {
                Ok(lab) => return Ok(lab),
                Err(error) if needs == self.shared_parts => return Err(error),
                Err(error) => transcript::note(format!("no lab with all parts: {error:#}")),
            }
            self.whole_lab = false;
        }
        Lab::up(needs)
    }

    /// The shared lab goes down, and nothing of it may be left.
    fn close(&mut self) {
        transcript::take();
        if let Some(lab) = self.shared.take()
            && let Err(error) = caught(|| lab.down())
        {
            transcript::note(format!("error: {error:#}"));
            self.failed
                .insert("(taking the shared lab down)", transcript::take());
        }
    }

    fn report(&self, took: Duration) -> ExitCode {
        if !self.failed.is_empty() {
            println!("\nfailures:\n");
            for (name, lines) in &self.failed {
                println!("---- {name} ----\n{}\n", lines.join("\n"));
            }
            println!("failures:");
            for name in self.failed.keys() {
                println!("    {name}");
            }
        }
        println!();
        for (name, reason) in &self.skipped {
            println!("skipped: {name}: {reason}");
        }
        let verdict = if self.failed.is_empty() {
            "ok"
        } else {
            "FAILED"
        };
        println!(
            "test result: {verdict}. {} passed; {} failed; {} ignored; 0 measured; 0 filtered out; finished in {:.2}s\n",
            self.passed,
            self.failed.len(),
            self.skipped.len(),
            took.as_secs_f64()
        );
        if self.failed.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(101)
        }
    }
}

fn caught(work: impl FnOnce() -> Outcome) -> Outcome {
    panic::catch_unwind(AssertUnwindSafe(work))
        // The hook has put the panic's text into the transcript.
        .unwrap_or_else(|_| Err(anyhow::anyhow!("panicked")))
}

/// Ends the run when a case takes longer than it may. The enclosure takes everything down with us.
struct Watch {
    _done: mpsc::Sender<()>,
}

impl Watch {
    fn over(name: &'static str) -> Watch {
        let (done, waiting) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            if waiting.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
                give_up(name);
            }
        });
        Watch { _done: done }
    }
}

#[allow(clippy::print_stdout)]
fn give_up(name: &str) -> ! {
    println!(
        "test {name} ... FAILED (no end after {} s)\n",
        LIMIT.as_secs()
    );
    println!("---- {name} ----\n{}\n", transcript::take().join("\n"));
    println!("test result: FAILED. 0 passed; 1 failed; 0 ignored; the run was given up\n");
    std::process::exit(101)
}

/// A signal ends the runner at once; the enclosure ends everything else.
fn end_on_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) {
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                std::process::exit(128 + signal);
            }
        });
    }
}

#[allow(clippy::print_stderr)]
fn with_lab(abilities: &Abilities, parts: Parts, work: impl FnOnce(&Lab) -> Outcome) -> ExitCode {
    if let Some(reason) = abilities.lacking(parts) {
        eprintln!("error: no lab on this machine: {reason}");
        return ExitCode::FAILURE;
    }
    let over = Lab::up(parts).and_then(|lab| {
        work(&lab)?;
        lab.down()
    });
    match over {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A shell on the operator's laptop: a script from standard input, or interactive on a terminal. It finds the lab's CA
/// in $LAB_CA, Ambari's password in the file $LAB_PASSWORD_FILE, the device's key in $LAB_DEVICE_KEY and the connector's
/// jars in $LAB_JARS.
fn shell(lab: &Lab) -> Outcome {
    let mut command = lab.op_command("bash")?;
    if std::io::stdin().is_terminal() {
        command
            .args(["--norc", "-i"])
            .env("TERM", std::env::var_os("TERM").unwrap_or_default())
            .env("PS1", "operator$ ");
    } else {
        command.arg("-s");
    }
    let servers = lab.servers()?;
    let status = command
        .env("LAB_CA", servers.ca_file())
        .env("LAB_PASSWORD_FILE", servers.password_file())
        .env("LAB_DEVICE_KEY", servers.device_key()?)
        .env("LAB_JARS", lab::parts::connector()?)
        .status()
        .context("starting a shell")?;
    anyhow::ensure!(status.success(), "the shell ended with {status}");
    Ok(())
}

#[allow(clippy::print_stdout)]
fn hold(lab: &Lab) -> Outcome {
    println!("holding {}", enclosure::run_name());
    lab.edge_exec(&["true"])?.ok()?;
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}
