//! One process of a service: its environment, its user, its output into the journal, and signals to all of its session.

use super::clock;
use super::manager::Shared;
use super::service::{Ended, Service};
use super::unit::Exec;
use super::words;
use crate::sandbox::edge::accounts;
use crate::sandbox::edge::rootfs::Root;
use crate::sandbox::edge::scratch::{Child, Scratch, Spawn, User};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What systemd itself ends with when it cannot run a program, or does not find the user.
const EXIT_EXEC: i32 = 203;
const EXIT_USER: i32 = 217;
const EXIT_GROUP: i32 = 216;

/// How long the end of a process waits for its last lines: one that it left behind may hold its streams for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);

pub struct Process {
    child: Child,
    /// Ends when nobody can write to the journal any more.
    output: Mutex<Receiver<()>>,
    scratch: Arc<Scratch>,
}

/// Why there is no process: the exit code that stands for it, and systemd's words.
pub struct Failure {
    pub code: i32,
    pub words: String,
}

impl Process {
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Until it has ended and what it said is in the journal.
    pub fn wait(&self) -> Ended {
        let status = self.child.wait();
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = output.recv_timeout(LAST_WORDS);
        match status.signal() {
            Some(number) => Ended::Signal {
                number,
                core: status.core_dumped(),
            },
            None => Ended::Code(status.code().unwrap_or(-1)),
        }
    }

    /// To every process of the service: those of its session. One that made a session of its own has left the service,
    /// which a control group would not allow.
    pub fn signal(&self, signal: i32) {
        let session = self.child.pid() as libc::pid_t;
        for pid in self.scratch.processes() {
            let pid = pid as libc::pid_t;
            // SAFETY: getsid and kill have no preconditions; the list holds processes of this scratch root only.
            unsafe {
                if libc::getsid(pid) == session {
                    libc::kill(pid, signal);
                }
            }
        }
    }
}

/// Runs one `Exec…=` of a service. The first process makes a session, by which the others are found.
pub fn start(shared: &Arc<Shared>, service: &Service, exec: &Exec) -> Result<Process, Failure> {
    let scratch = &shared.setup.scratch;
    let user = user(scratch, service)?;
    runtime_directory(scratch, service, &user);
    let environment = environment(shared, service, &user);
    let argv = words::substitute(&exec.argv, &environment);
    let program = argv.first().cloned().unwrap_or_default();
    let failed = |code: i32, cause: &str| Failure {
        code,
        words: format!(
            "{}: Failed at step EXEC spawning {program}: {cause}",
            service.name
        ),
    };
    check_program(scratch, &program).map_err(|cause| failed(EXIT_EXEC, cause))?;
    // The mask is set by a shell that becomes the program: the process keeps its number.
    let mut line: Vec<String> = ["/bin/sh", "-c"].map(str::to_owned).into();
    line.push(format!("umask {:04o}; exec \"$@\"", service.unit.umask));
    line.push("sh".into());
    line.extend(argv);
    let run = || -> io::Result<(Child, io::PipeReader)> {
        let (output, sink) = io::pipe()?;
        let spawn = Spawn {
            argv: line.into_iter().map(Into::into).collect(),
            env: environment.into_iter().collect(),
            cwd: service
                .unit
                .working_directory
                .clone()
                .unwrap_or_else(|| "/".into()),
            user,
            stdin: File::open("/dev/null")?.into(),
            stdout: OwnedFd::from(sink.try_clone()?),
            stderr: OwnedFd::from(sink),
            new_session: true,
            controlling_terminal: false,
        };
        let group = super::properties::control_group(&service.name);
        Ok((scratch.spawn_in(spawn, &group)?, output))
    };
    let (child, output) = run().map_err(|e| failed(EXIT_EXEC, &e.to_string()))?;
    let identifier = program.rsplit('/').next().unwrap_or_default().to_owned();
    let (shared, unit, pid) = (Arc::clone(shared), service.name.clone(), child.pid());
    let (open, closed) = channel::<()>();
    let read = move || {
        read_output(output, &shared, &unit, &identifier, pid);
        drop(open);
    };
    std::thread::Builder::new()
        .name("journal".into())
        .spawn(read)
        .map_err(|e| failed(EXIT_EXEC, &e.to_string()))?;
    Ok(Process {
        child,
        output: Mutex::new(closed),
        scratch: Arc::clone(scratch),
    })
}

fn user(scratch: &Scratch, service: &Service) -> Result<User, Failure> {
    let failed = |code: i32, step: &str, cause: &str| Failure {
        code,
        words: format!("{}: Failed at step {step}: {cause}", service.name),
    };
    let name = service.unit.user.as_deref().unwrap_or("root");
    let mut user = accounts::find(scratch, name)
        .ok_or_else(|| failed(EXIT_USER, "USER", &format!("no user {name}")))?;
    if let Some(group) = &service.unit.group {
        user.gid = accounts::group(scratch, group)
            .ok_or_else(|| failed(EXIT_GROUP, "GROUP", &format!("no group {group}")))?;
        if !user.groups.contains(&user.gid) {
            user.groups.push(user.gid);
        }
    }
    Ok(user)
}

fn runtime_path(service: &Service) -> Option<String> {
    let name = service.unit.runtime_directory.as_deref()?;
    Some(format!("/run/{name}"))
}

/// Whatever needs it and does not find it will say so.
fn runtime_directory(scratch: &Scratch, service: &Service, user: &User) {
    if let Some(path) = runtime_path(service) {
        let (mode, owner) = (service.unit.runtime_directory_mode, (user.uid, user.gid));
        let _ = Root(scratch).directory(&path, mode, owner);
    }
}

/// What a service leaves below /run goes when the service does.
pub fn remove_runtime_directory(scratch: &Scratch, service: &Service) {
    if let Some(path) = runtime_path(service) {
        let _ = std::fs::remove_dir_all(scratch.host_path(&path));
    }
}

fn environment(shared: &Shared, service: &Service, user: &User) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = shared.setup.environment.iter().cloned().collect();
    let mut set = |key: &str, value: &str| all.insert(key.to_owned(), value.to_owned());
    set("INVOCATION_ID", &service.invocation);
    if service.unit.user.is_some() {
        set("HOME", &user.home);
        set("USER", &user.name);
        set("LOGNAME", &user.name);
        set("SHELL", "/bin/sh");
    }
    all.extend(service.unit.environment.iter().cloned());
    all
}

fn check_program(scratch: &Scratch, program: &str) -> Result<(), &'static str> {
    match std::fs::metadata(scratch.host_path(program)) {
        Err(_) => Err("No such file or directory"),
        Ok(found) if found.is_dir() || found.permissions().mode() & 0o111 == 0 => {
            Err("Permission denied")
        }
        Ok(_) => Ok(()),
    }
}

/// Lines of any length: the journal cuts them.
fn read_output(output: impl Read, shared: &Shared, unit: &str, identifier: &str, pid: u32) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while matches!(
        reader.by_ref().take(48 << 10).read_until(b'\n', &mut line),
        Ok(1..)
    ) {
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        let text = String::from_utf8_lossy(&line);
        shared
            .journal
            .add(unit, clock::now().real, identifier, pid, &text);
        line.clear();
    }
}
