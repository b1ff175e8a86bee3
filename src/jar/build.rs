//! Building a connector from its source by the source's own sbt build: what it needs is looked at before anything of it
//! runs. Nothing is patched: what is wrong in the source is named with file and line.

use super::choose::{Chosen, of_several};
use super::{JarError, plain};
use serde::Serialize;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// How long a build that was told to end may take to do so.
const GRACE: Duration = Duration::from_secs(10);
/// No line of a build file that counts is behind that.
const MOST_BYTES: u64 = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("{} has no sbt build: {why}", directory.display())]
    NoBuild { directory: PathBuf, why: String },
    #[error("the build ended with {status}: {}", last.join("; "))]
    Failed { status: String, last: Vec<String> },
    #[error("interrupted: the build and what it had started were ended")]
    Interrupted,
    #[error("{program} cannot be run: {cause}")]
    Unrunnable { program: String, cause: io::Error },
}

/// What would run, and what it will meet.
#[derive(Debug, Serialize)]
pub struct Preflight {
    pub source: PathBuf,
    /// `None`: there is no sbt, neither on PATH nor in the source.
    pub command: Option<Vec<String>>,
    pub sbt_version: Option<String>,
    pub scala_version: Option<String>,
    /// As it is found in JAVA_HOME or on PATH.
    pub java: Option<PathBuf>,
    pub java_version: Option<String>,
    /// Without these it cannot begin.
    pub missing: Vec<String>,
    /// With these it will probably fail.
    pub warnings: Vec<String>,
}

/// Reads the build's own files and asks java for its version. Runs nothing of the source.
pub fn preflight(source: &Path) -> Result<Preflight, BuildError> {
    let no_build = |why: &str| BuildError::NoBuild {
        directory: source.to_owned(),
        why: why.to_owned(),
    };
    if !source.is_dir() {
        return Err(no_build("it is no directory"));
    }
    let source = &std::path::absolute(source).map_err(|error| no_build(&error.to_string()))?;
    if !source.join("build.sbt").is_file() {
        return Err(no_build("there is no build.sbt"));
    }
    let value = |file: &str, key: &str| {
        let text = read(&source.join(file));
        text.lines().find_map(|line| assigned(line, key))
    };
    let sbt_version = value("project/build.properties", "sbt.version");
    let scala_version = value("build.sbt", "scalaVersion");
    let sbt = on_path("sbt").or_else(|| Some(source.join("sbt")).filter(|path| runnable(path)));
    let home = std::env::var_os("JAVA_HOME").map(|home| PathBuf::from(home).join("bin/java"));
    let java = home
        .filter(|java| runnable(java))
        .or_else(|| on_path("java"));
    let java_version = java.as_deref().and_then(java_version);
    let mut missing = Vec::new();
    if sbt.is_none() {
        missing.push("sbt: neither on PATH nor as the file sbt in the source".to_owned());
    }
    match (&java, &java_version) {
        (None, _) => missing.push("a JDK: neither in JAVA_HOME nor on PATH".to_owned()),
        (Some(java), None) => missing.push(format!("{} does not tell its version", java.display())),
        (Some(java), Some(version)) => {
            if let Some(words) = unfit(version, sbt_version.as_deref(), scala_version.as_deref()) {
                missing.push(format!(
                    "another JDK: {words}; {} is {version}",
                    java.display()
                ));
            }
        }
    }
    Ok(Preflight {
        command: sbt.map(|sbt| vec![sbt.display().to_string(), "assembly".to_owned()]),
        warnings: gone(source),
        source: source.clone(),
        sbt_version,
        scala_version,
        java,
        java_version,
        missing,
    })
}

/// Lines that need Bintray, which was shut down in 2021.
fn gone(source: &Path) -> Vec<String> {
    let mut files = vec![source.join("build.sbt")];
    let project = std::fs::read_dir(source.join("project"))
        .into_iter()
        .flatten();
    let mut plugins: Vec<PathBuf> = project
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "sbt" || e == "scala"))
        .collect();
    plugins.sort();
    files.append(&mut plugins);
    let mut found = Vec::new();
    for file in files {
        let name = file
            .strip_prefix(source)
            .unwrap_or(&file)
            .display()
            .to_string();
        for (index, line) in read(&file).lines().enumerate() {
            let code = line.trim();
            let lower = code.to_ascii_lowercase();
            if !code.starts_with("//") && (lower.contains("bintray") || lower.contains("jcenter")) {
                let line = index + 1;
                found.push(format!(
                    "{name}:{line}: {}: Bintray was shut down in 2021 and answers no more; take the line out unless a copy of yours has it",
                    plain(code)
                ));
            }
        }
    }
    found
}

/// Why this Java cannot run this build.
fn unfit(java: &str, sbt: Option<&str>, scala: Option<&str>) -> Option<String> {
    let has = match numbers(java) {
        (1, minor, _) => minor,
        (major, ..) => major,
    };
    let scala = scala.filter(|scala| numbers(scala) < (2, 11, 12) && has > 8);
    if let Some(scala) = scala {
        return Some(format!("Scala {scala} of the build needs Java 8"));
    }
    let sbt = sbt.filter(|sbt| numbers(sbt) < (1, 0, 0) && has > 8)?;
    Some(format!("sbt {sbt} of the build needs Java 8"))
}

fn numbers(version: &str) -> (u32, u32, u32) {
    let parts = version.split(|c: char| !c.is_ascii_digit());
    let mut parts = parts.map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

/// `key := "value"`, `key = value`.
fn assigned(line: &str, key: &str) -> Option<String> {
    let line = line.trim();
    let line = line
        .strip_prefix("ThisBuild /")
        .unwrap_or(line)
        .trim_start();
    let rest = line
        .strip_prefix(key)?
        .trim_start_matches(" in ThisBuild")
        .trim_start();
    let value = rest
        .strip_prefix(":=")
        .or_else(|| rest.strip_prefix('='))?
        .trim();
    let value = value.trim_end_matches(',').trim_matches('"');
    Some(plain(value)).filter(|value| !value.is_empty())
}

fn read(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = std::fs::File::open(path) {
        let _ = file.take(MOST_BYTES).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| runnable(file))
}

fn runnable(path: &Path) -> bool {
    let metadata = path.metadata();
    metadata.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// From the words that java prints: `openjdk version "1.8.0_345"`.
fn java_version(java: &Path) -> Option<String> {
    let output = Command::new(java)
        .arg("-version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = words.lines().find(|line| line.contains(" version \""))?;
    line.split('"').nth(1).map(plain)
}

/// Runs the build to its end in a process group of its own, which is ended as a whole once `stop` is set. It gets none of
/// our own variables: they may hold passwords.
pub fn run(
    preflight: &Preflight,
    on_line: &mut dyn FnMut(&str),
    stop: &AtomicBool,
) -> Result<(), BuildError> {
    let [program, arguments @ ..] = preflight.command.as_deref().unwrap_or_default() else {
        let (directory, why) = (preflight.source.clone(), "there is no sbt".to_owned());
        return Err(BuildError::NoBuild { directory, why });
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(&preflight.source)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HDIKAFKA_") {
            command.env_remove(name);
        }
    }
    let mut child = command.spawn().map_err(|cause| BuildError::Unrunnable {
        program: plain(program),
        cause,
    })?;
    let (sender, lines) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        forward(out, sender.clone());
    }
    if let Some(err) = child.stderr.take() {
        forward(err, sender);
    }
    let mut last: Vec<String> = Vec::new();
    let mut ended = None;
    let status = loop {
        match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(line) => {
                on_line(&line);
                last.push(line);
                last.drain(..last.len().saturating_sub(8));
            }
            Err(RecvTimeoutError::Disconnected) if ended.is_none() => {
                std::thread::sleep(Duration::from_millis(20));
            }
            // what it left in the background may hold its output open for ever
            Err(_) if ended.is_some() => break ended,
            Err(_) => {}
        }
        if stop.load(Ordering::Relaxed) {
            end(&mut child);
            return Err(BuildError::Interrupted);
        }
        if ended.is_none() {
            ended = child.try_wait().unwrap_or(None);
        }
    };
    match status {
        Some(status) if status.success() => Ok(()),
        status => Err(BuildError::Failed {
            status: status
                .as_ref()
                .map(ExitStatus::to_string)
                .unwrap_or_default(),
            last,
        }),
    }
}

fn forward(stream: impl Read + Send + 'static, lines: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            if lines.send(plain(&String::from_utf8_lossy(&line))).is_err() {
                return;
            }
        }
    });
}

/// The whole group: sbt starts java, and java may start more.
fn end(child: &mut Child) {
    let group = -child.id().cast_signed();
    let send = |signal| {
        // SAFETY: kill(2) has no memory effects; the leader has not been waited for, so the group is still its own.
        unsafe { libc::kill(group, signal) }
    };
    send(libc::SIGTERM);
    let until = Instant::now() + GRACE;
    // the leader stays unwaited until all are told: its id names the group
    while Instant::now() < until && send(0) == 0 && !leader_ended(child) {
        std::thread::sleep(Duration::from_millis(20));
    }
    send(libc::SIGKILL);
    let _ = child.wait();
}

/// Without taking its status, which would give its id free.
fn leader_ended(child: &Child) -> bool {
    let mut info = std::mem::MaybeUninit::<libc::siginfo_t>::zeroed();
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: `info` is writable for the call, and zeroed is a value of it.
    let asked = unsafe { libc::waitid(libc::P_PID, child.id(), info.as_mut_ptr(), options) };
    // SAFETY: zeroed, or filled by the call.
    asked != 0 || unsafe { info.assume_init().si_pid() } != 0
}

/// The jar that the build has made: below `target`, the newest that is a connector; assemblies before others, which lack
/// their libraries.
pub fn made(source: &Path) -> Result<Chosen, JarError> {
    let target = source.join("target");
    let mut found = Vec::new();
    collect(&target, 4, &mut found);
    let assembly = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.contains("assembly")
    };
    if !found.iter().any(assembly) {
        return of_several(&target, found);
    }
    let (assemblies, thin): (Vec<_>, Vec<_>) = found.into_iter().partition(assembly);
    let mut chosen = of_several(&target, assemblies)?;
    let why = || "no assembly: without its libraries".to_owned();
    chosen
        .others
        .extend(thin.into_iter().map(|file| (file, why())));
    Ok(chosen)
}

fn collect(directory: &Path, depth: u32, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type());
        match kind {
            // no links: they lead anywhere
            Ok(kind) if kind.is_dir() && depth > 0 => collect(&path, depth - 1, found),
            Ok(kind) if kind.is_file() && path.extension().is_some_and(|e| e == "jar") => {
                found.push(path)
            }
            _ => {}
        }
    }
}
