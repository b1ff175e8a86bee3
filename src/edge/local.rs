//! The program runs on the edge itself: commands are its own children, connections its own sockets.

use super::{Command, Remote, RemoteError, Running, Status, Stdin};
use std::io::Write;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

#[derive(Clone, Copy, Debug, Default)]
pub struct Local;

impl Local {
    fn begin(&self, command: &Command) -> Result<Running, RemoteError> {
        command.check()?;
        let failed = |e: std::io::Error| RemoteError::Start {
            command: command.title(),
            cause: e.to_string(),
        };
        let mut process = process(command);
        process.stdout(Stdio::piped()).stderr(Stdio::piped());
        process.stdin(if matches!(command.stdin, Stdin::Empty) {
            Stdio::null()
        } else {
            Stdio::piped()
        });
        let mut child = process.spawn().map_err(failed)?;
        let group = Group(Arc::new(AtomicI32::new(child.id() as i32)));
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Reaper {
            child: Some(child),
            group: group.clone(),
        };
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(failed(std::io::ErrorKind::BrokenPipe.into()));
        };
        let stdin: Option<Box<dyn Write + Send>> = match (&command.stdin, stdin) {
            (Stdin::Open, Some(pipe)) => Some(Box::new(pipe)),
            (Stdin::Bytes(bytes), Some(pipe)) => feed(pipe, bytes.clone()),
            (Stdin::Secret(secret), Some(pipe)) => feed(pipe, secret.expose().as_bytes().to_vec()),
            _ => None,
        };
        Ok(Running {
            stdin,
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
            wait: Box::new(move || child.wait()),
            cancel: Box::new(move || group.signal(libc::SIGKILL)),
        })
    }
}

impl Remote for Local {
    fn start(&self, command: &Command) -> Result<Running, RemoteError> {
        self.begin(command)
    }

    fn dial(&self, host: &str, port: u16) -> Result<UnixStream, RemoteError> {
        let stream = TcpStream::connect((host, port)).and_then(|stream| {
            stream.set_nodelay(true)?;
            Ok(stream)
        });
        match stream {
            // A socket is a socket: reading, writing, shutting down and polling are the same calls. Only its addresses
            // would be of another family, and nobody who was given a stream asks for them.
            Ok(stream) => Ok(UnixStream::from(OwnedFd::from(stream))),
            Err(e) => Err(RemoteError::Dial {
                node: self.name(),
                host: super::printable(host),
                port,
                cause: e.to_string(),
            }),
        }
    }

    fn carry(&self, socket: UnixStream, host: &str, port: u16) -> Result<(), RemoteError> {
        let peer = self.dial(host, port)?;
        let failed = |e: std::io::Error| RemoteError::Dial {
            node: self.name(),
            host: super::printable(host),
            port,
            cause: e.to_string(),
        };
        for (from, to) in [(&socket, &peer), (&peer, &socket)] {
            let (mut from, mut to) = (
                from.try_clone().map_err(failed)?,
                to.try_clone().map_err(failed)?,
            );
            std::thread::spawn(move || {
                // However the copying ends, it is the end of this direction, and the other side shall see it.
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Write);
            });
        }
        Ok(())
    }

    fn name(&self) -> String {
        "this machine".into()
    }
}

/// The command in a process group of its own: Ctrl-C at our terminal ends a run between two steps, not in one.
fn process(command: &Command) -> std::process::Command {
    // SAFETY: geteuid has no preconditions.
    let root = unsafe { libc::geteuid() } == 0;
    let mut words = command.argv.iter();
    let mut process = if command.sudo && !root {
        let mut sudo = std::process::Command::new("sudo");
        sudo.args(["-n", "--"]).env("LC_ALL", "C");
        sudo
    } else {
        std::process::Command::new(words.next().map_or("", String::as_str))
    };
    process.args(words).process_group(0);
    // SAFETY: signal(2) is async-signal-safe and only this child's dispositions change.
    unsafe { process.pre_exec(hear_signals) };
    process
}

/// Under nohup or a CI runner this program may ignore signals, and a child inherits that; on a node that is reached over
/// SSH a hang-up always ends the command, so here, too.
fn hear_signals() -> std::io::Result<()> {
    for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
        // SAFETY: the default disposition is valid for each of them.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    Ok(())
}

/// The bytes go in from a thread: a pipe holds 64 KiB, and the command may answer before it has read them all.
fn feed(mut pipe: std::process::ChildStdin, bytes: Vec<u8>) -> Option<Box<dyn Write + Send>> {
    std::thread::spawn(move || {
        // A command that does not want all of its input is not an error.
        let _ = pipe.write_all(&bytes);
        secrecy::zeroize::Zeroize::zeroize(&mut { bytes });
    });
    None
}

/// The process group, 0 once it has been waited for: the number may belong to somebody else from then on.
#[derive(Clone)]
struct Group(Arc<AtomicI32>);

impl Group {
    fn signal(&self, signal: libc::c_int) {
        let group = self.0.load(Ordering::Acquire);
        if group > 0 {
            // SAFETY: killpg has no preconditions; the group is the child's, which has not been waited for.
            unsafe { libc::killpg(group, signal) };
        }
    }
}

struct Reaper {
    child: Option<Child>,
    group: Group,
}

impl Reaper {
    fn wait(mut self) -> Result<Status, RemoteError> {
        let Some(mut child) = self.child.take() else {
            return Ok(Status::Code(0));
        };
        let ended = child.wait();
        self.group.0.store(0, Ordering::Release);
        ended.map(status).map_err(|e| RemoteError::Lost {
            host: "this machine".into(),
            cause: e.to_string(),
        })
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            self.group.signal(libc::SIGHUP);
            let group = self.group.clone();
            std::thread::spawn(move || {
                let _ = child.wait();
                group.0.store(0, Ordering::Release);
            });
        }
    }
}

fn status(status: ExitStatus) -> Status {
    match status.signal() {
        Some(number) => Status::Signal(signal_name(number)),
        None => Status::Code(status.code().unwrap_or(-1)),
    }
}

/// As SSH names them.
fn signal_name(number: i32) -> String {
    let name = match number {
        libc::SIGABRT => "ABRT",
        libc::SIGALRM => "ALRM",
        libc::SIGBUS => "BUS",
        libc::SIGFPE => "FPE",
        libc::SIGHUP => "HUP",
        libc::SIGILL => "ILL",
        libc::SIGINT => "INT",
        libc::SIGKILL => "KILL",
        libc::SIGPIPE => "PIPE",
        libc::SIGQUIT => "QUIT",
        libc::SIGSEGV => "SEGV",
        libc::SIGTERM => "TERM",
        libc::SIGUSR1 => "USR1",
        libc::SIGUSR2 => "USR2",
        other => return other.to_string(),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use std::io::Read;
    use std::time::{Duration, Instant};

    fn sh(script: &str) -> Command {
        Command::program("test", script, [] as [&str; 0])
    }

    #[test]
    fn output_status_and_stdin() {
        let command = sh("cat; echo err >&2; exit 3").stdin(Stdin::Secret(Secret::from("hidden")));
        let output = Local.run(&command).unwrap();
        assert_eq!(output.status, Status::Code(3));
        assert_eq!(
            (output.stdout.as_slice(), output.stderr.as_slice()),
            (&b"hidden"[..], &b"err\n"[..])
        );
        assert_eq!(
            Local.run(&sh("kill -TERM $$")).unwrap().status,
            Status::Signal("TERM".into())
        );
        assert!(matches!(
            Local.run(&Command::new(["/nonexistent"])),
            Err(RemoteError::Start { .. })
        ));
    }

    #[test]
    fn much_on_all_streams_at_once() {
        let input: Vec<u8> = (0..8u32 << 20).map(|i| (i / 7) as u8).collect();
        let script = "head -c 3000000 /dev/zero >&2; cat";
        let output = Local
            .run(&sh(script).stdin(Stdin::Bytes(input.clone())))
            .unwrap();
        assert_eq!(output.stderr.len(), 3_000_000);
        assert!(output.stdout == input);
        assert!(matches!(
            Local.run(&sh("cat /dev/zero")),
            Err(RemoteError::TooMuchOutput { .. })
        ));
    }

    #[test]
    fn the_deadline_ends_the_command_with_its_children() {
        let started = Instant::now();
        let result = Local.run(&sh("echo $$; sleep 60; :").timeout(Duration::from_millis(200)));
        assert!(
            matches!(result, Err(RemoteError::TimedOut { seconds: 1, .. })),
            "{result:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn dropping_it_hangs_up() {
        let mut running = Local
            .start(&sh(
                "sleep 60 & trap 'kill $! 2>/dev/null; echo gone >&2; exit' HUP; echo up; wait",
            ))
            .unwrap();
        let mut byte = [0; 3];
        running.stdout.read_exact(&mut byte).unwrap();
        let mut stderr = running.stderr;
        drop((running.stdin, running.stdout, running.wait));
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        assert_eq!(text, "gone\n");
    }

    #[test]
    fn a_dialled_connection_carries_bytes_both_ways() {
        // An address that nobody else takes: its port must be closed afterwards.
        let address = "127.93.17.5";
        let listener = std::net::TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let echo = std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut text = String::new();
            peer.read_to_string(&mut text).unwrap();
            peer.write_all(text.to_uppercase().as_bytes()).unwrap();
        });
        let mut stream = Local.dial(address, port).unwrap();
        stream.write_all(b"hello").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!(text, "HELLO");
        echo.join().unwrap();
        // A process that another test is starting has a copy of the listener until its program runs.
        let end = Instant::now() + Duration::from_secs(20);
        let refused = loop {
            match Local.dial(address, port) {
                Err(refused) => break refused,
                Ok(_) => assert!(Instant::now() < end, "somebody listens there"),
            }
        };
        assert!(
            matches!(&refused, RemoteError::Dial { .. }) && refused.to_string().contains("refused"),
            "{refused}"
        );
    }
}
