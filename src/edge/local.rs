//! The program runs on the edge itself: commands are child processes, connections are sockets.

use super::{Command, Remote, RemoteError, Running, Status, Stdin};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::thread;

#[derive(Debug, Default)]
pub struct Local;

impl Remote for Local {
    fn start(&self, command: &Command) -> Result<Running, RemoteError> {
        command.check()?;
        let mut child = spawn(command).map_err(|error| RemoteError::Start {
            command: command.title(),
            cause: error.to_string(),
        })?;
        let mut stdin: Option<Box<dyn Write + Send>> = None;
        if let Some(mut pipe) = child.stdin.take() {
            let bytes = match &command.stdin {
                Stdin::Empty => Some(Vec::new()),
                Stdin::Bytes(bytes) => Some(bytes.clone()),
                Stdin::Secret(secret) => Some(secret.expose().as_bytes().to_vec()),
                Stdin::Open => None,
            };
            match bytes {
                // from a thread of its own: a child may write before it reads
                Some(bytes) => drop(thread::spawn(move || pipe.write_all(&bytes))),
                None => stdin = Some(Box::new(pipe)),
            }
        }
        let stream = |pipe: Option<Box<dyn Read + Send>>| pipe.unwrap_or_else(|| Box::new(std::io::empty()));
        let stdout = stream(child.stdout.take().map(|pipe| Box::new(pipe) as _));
        let stderr = stream(child.stderr.take().map(|pipe| Box::new(pipe) as _));
        Ok(Running { stdin, stdout, stderr, wait: Box::new(move || wait(child)) })
    }

    fn dial(&self, host: &str, port: u16) -> Result<UnixStream, RemoteError> {
        let failed = |cause: std::io::Error| RemoteError::Dial {
            node: self.name(),
            host: host.to_owned(),
            port,
            cause: cause.to_string(),
        };
        let remote = TcpStream::connect((host, port)).map_err(failed)?;
        let (near, far) = UnixStream::pair().map_err(failed)?;
        let (from, to) = (remote.try_clone().map_err(failed)?, far.try_clone().map_err(failed)?);
        thread::spawn(move || {
            let _ = std::io::copy(&mut &from, &mut &to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
        thread::spawn(move || {
            let _ = std::io::copy(&mut &far, &mut &remote);
            let _ = remote.shutdown(std::net::Shutdown::Write);
        });
        Ok(near)
    }

    fn name(&self) -> String {
        "this machine".to_owned()
    }
}

fn spawn(command: &Command) -> std::io::Result<Child> {
    // SAFETY: geteuid has no preconditions and cannot fail
    let root = unsafe { libc::geteuid() } == 0;
    let sudo = ["sudo", "-n", "--"].map(str::to_owned);
    let argv: Vec<&String> = match command.sudo && !root {
        true => sudo.iter().chain(&command.argv).collect(),
        false => command.argv.iter().collect(),
    };
    std::process::Command::new(argv[0])
        .args(&argv[1..])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn wait(mut child: Child) -> Result<Status, RemoteError> {
    let status = child.wait().map_err(|error| RemoteError::Start { command: "wait".into(), cause: error.to_string() })?;
    Ok(match (status.code(), status.signal()) {
        (Some(code), _) => Status::Code(code),
        (None, signal) => Status::Signal(signal.unwrap_or(0).to_string()),
    })
}
