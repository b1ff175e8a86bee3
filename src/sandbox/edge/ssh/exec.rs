//! A program on a channel: a command line, a shell or the sftp server, with pipes or on a terminal.

use super::super::accounts;
use super::super::scratch::{Child, Spawn, User};
use super::Shared;
use super::terminal::Terminal;
use russh::server::{Handle, Msg};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;

/// Of a pipe to or from a program, where the system allows it: few wake-ups for much data.
const PIPE: libc::c_int = 1 << 20;
const PIECE: usize = 64 << 10;

pub enum Program {
    Line(Vec<u8>),
    Shell,
    Sftp,
}

/// Whose login it is, and over which connection.
pub struct Login {
    pub shared: Arc<Shared>,
    pub variables: Vec<(String, String)>,
    pub local: SocketAddr,
    pub peer: SocketAddr,
}

/// What runs on a channel, as soon as it runs.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Option<Arc<Child>>>>);

impl Running {
    pub fn signal(&self, signal: &Sig) {
        let number = signal_number(signal);
        if let (Some(child), Some(number)) = (super::locked(&self.0).as_ref(), number) {
            // It may have ended meanwhile.
            let _ = child.signal(number);
        }
    }

    fn set(&self, child: &Arc<Child>) {
        *super::locked(&self.0) = Some(Arc::clone(child));
    }
}

/// From the start of a program to the end of its channel.
pub async fn run(
    login: Login,
    channel: Channel<Msg>,
    handle: Handle,
    program: Program,
    terminal: Option<Terminal>,
    running: Running,
) {
    let delay = login.shared.faults().exec_delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let id = channel.id();
    let (input, output) = channel.split();
    let ended = match terminal {
        Some(terminal) => on_terminal(login, program, terminal, &running, input, &output).await,
        None => on_pipes(login, program, &running, input, &output).await,
    };
    match ended {
        Ok(status) => match status.signal() {
            Some(number) => {
                let core = status.core_dumped();
                let _ = handle
                    .exit_signal_request(id, signal_of(number), core, String::new(), String::new())
                    .await;
            }
            None => {
                let code = status.code().and_then(|code| u32::try_from(code).ok());
                let _ = output.exit_status(code.unwrap_or(255)).await;
            }
        },
        Err(error) => {
            let words = format!("the sandbox could not start the program: {error}\n");
            let _ = output.extended_data_bytes(1, words.into_bytes()).await;
            let _ = output.exit_status(255).await;
        }
    }
    let _ = output.eof().await;
    let _ = output.close().await;
}

async fn on_pipes(
    login: Login,
    program: Program,
    running: &Running,
    mut input: ChannelReadHalf,
    output: &ChannelWriteHalf<Msg>,
) -> io::Result<ExitStatus> {
    let (stdin, to_child) = io::pipe()?;
    let (from_child, stdout) = io::pipe()?;
    let (errors, stderr) = io::pipe()?;
    for fd in [to_child.as_raw_fd(), from_child.as_raw_fd()] {
        // SAFETY: the descriptors are open. A refusal leaves the pipe as it is.
        unsafe { libc::fcntl(fd, libc::F_SETPIPE_SZ, PIPE) };
    }
    let spawn = login.spawn(&program, [stdin.into(), stdout.into(), stderr.into()], None)?;
    let child = login.start(spawn, running).await?;
    let to_child = pipe::Sender::from_owned_fd(OwnedFd::from(to_child))?;
    let feeding = tokio::spawn(async move {
        let mut to_child = Some(to_child);
        while let Some(message) = input.wait().await {
            match message {
                ChannelMsg::Data { data } => {
                    if let Some(pipe) = &mut to_child
                        && pipe.write_all(&data).await.is_err()
                    {
                        to_child = None;
                    }
                }
                ChannelMsg::Eof => to_child = None,
                ChannelMsg::Close => break,
                _ => {}
            }
        }
    });
    let mut from_child = pipe::Receiver::from_owned_fd(OwnedFd::from(from_child))?;
    let mut errors = pipe::Receiver::from_owned_fd(OwnedFd::from(errors))?;
    let errors = async {
        let mut buffer = vec![0; PIECE];
        while let Ok(count @ 1..) = errors.read(&mut buffer).await {
            if output
                .extended_data_bytes(1, buffer[..count].to_vec())
                .await
                .is_err()
            {
                break;
            }
        }
    };
    let out = async {
        let mut buffer = vec![0; PIECE];
        while let Ok(count @ 1..) = from_child.read(&mut buffer).await {
            if output.data_bytes(buffer[..count].to_vec()).await.is_err() {
                break;
            }
        }
    };
    // As sshd: the channel lives until nobody can write to it any more, a daemon that kept its streams included.
    both(out, errors).await;
    let status = wait(child).await;
    feeding.abort();
    status
}

async fn on_terminal(
    login: Login,
    program: Program,
    terminal: Terminal,
    running: &Running,
    mut input: ChannelReadHalf,
    output: &ChannelWriteHalf<Msg>,
) -> io::Result<ExitStatus> {
    let slave = terminal.take_slave().ok_or(io::ErrorKind::NotConnected)?;
    let streams = [slave.try_clone()?, slave.try_clone()?, slave];
    let spawn = login.spawn(&program, streams, Some(&terminal.name))?;
    let child = login.start(spawn, running).await?;
    let typed = terminal.clone();
    let typing = tokio::spawn(async move {
        while let Some(message) = input.wait().await {
            match message {
                // What is typed after the programs have gone is lost, as on every terminal.
                ChannelMsg::Data { data } => drop(typed.write_all(&data).await),
                // Ctrl-D, as sshd's terminal gives it for an end of input.
                ChannelMsg::Eof => drop(typed.write_all(&[4]).await),
                ChannelMsg::Close => break,
                _ => {}
            }
        }
    });
    let mut buffer = vec![0; PIECE];
    while let Ok(count @ 1..) = terminal.read(&mut buffer).await {
        if output.data_bytes(buffer[..count].to_vec()).await.is_err() {
            break;
        }
    }
    typing.abort();
    drop(terminal);
    wait(child).await
}

impl Login {
    async fn start(&self, spawn: Spawn, running: &Running) -> io::Result<Arc<Child>> {
        let scratch = Arc::clone(&self.shared.scratch);
        let started = tokio::task::spawn_blocking(move || scratch.spawn(spawn)).await;
        let child = Arc::new(started.map_err(io::Error::other)??);
        running.set(&child);
        Ok(child)
    }

    fn spawn(
        &self,
        program: &Program,
        streams: [OwnedFd; 3],
        tty: Option<&str>,
    ) -> io::Result<Spawn> {
        let name = &self.shared.account.user;
        let user = accounts::find(&self.shared.scratch, name)
            .ok_or_else(|| io::Error::other(format!("{name} is not in /etc/passwd")))?;
        let shell = accounts::shell();
        let argv: Vec<OsString> = match program {
            Program::Line(line) => {
                vec![shell.into(), "-c".into(), OsString::from_vec(line.clone())]
            }
            Program::Shell => vec![shell.into(), "-l".into()],
            Program::Sftp => self.shared.sftp.iter().map(OsString::from).collect(),
        };
        let [stdin, stdout, stderr] = streams;
        Ok(Spawn {
            argv,
            env: self.environment(&user, tty),
            cwd: user.home.clone(),
            user,
            stdin,
            stdout,
            stderr,
            new_session: true,
            controlling_terminal: tty.is_some(),
        })
    }

    fn environment(&self, user: &User, tty: Option<&str>) -> Vec<(String, String)> {
        let (peer, local) = (self.peer, self.local);
        let mut all = self.shared.environment.clone();
        let mut set = |key: &str, value: String| all.push((key.to_owned(), value));
        set("USER", user.name.clone());
        set("LOGNAME", user.name.clone());
        set("HOME", user.home.clone());
        set("SHELL", accounts::shell().into());
        set("MAIL", format!("/var/mail/{}", user.name));
        set(
            "SSH_CLIENT",
            format!("{} {} {}", peer.ip(), peer.port(), local.port()),
        );
        set(
            "SSH_CONNECTION",
            format!(
                "{} {} {} {}",
                peer.ip(),
                peer.port(),
                local.ip(),
                local.port()
            ),
        );
        if let Some(tty) = tty {
            set("SSH_TTY", tty.to_owned());
        }
        all.extend(self.variables.iter().cloned());
        all
    }
}

async fn wait(child: Arc<Child>) -> io::Result<ExitStatus> {
    tokio::task::spawn_blocking(move || child.wait())
        .await
        .map_err(io::Error::other)
}

/// Both to their ends, side by side.
async fn both(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (Box::pin(one), Box::pin(other));
    let (mut one_done, mut other_done) = (false, false);
    std::future::poll_fn(|cx| {
        one_done = one_done || one.as_mut().poll(cx).is_ready();
        other_done = other_done || other.as_mut().poll(cx).is_ready();
        if one_done && other_done {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

const SIGNALS: [(Sig, i32); 12] = [
    (Sig::ABRT, libc::SIGABRT),
    (Sig::ALRM, libc::SIGALRM),
    (Sig::FPE, libc::SIGFPE),
    (Sig::HUP, libc::SIGHUP),
    (Sig::ILL, libc::SIGILL),
    (Sig::INT, libc::SIGINT),
    (Sig::KILL, libc::SIGKILL),
    (Sig::PIPE, libc::SIGPIPE),
    (Sig::QUIT, libc::SIGQUIT),
    (Sig::SEGV, libc::SIGSEGV),
    (Sig::TERM, libc::SIGTERM),
    (Sig::USR1, libc::SIGUSR1),
];

fn signal_number(signal: &Sig) -> Option<i32> {
    SIGNALS
        .iter()
        .find(|(known, _)| std::mem::discriminant(known) == std::mem::discriminant(signal))
        .map(|(_, number)| *number)
}

fn signal_of(number: i32) -> Sig {
    SIGNALS
        .iter()
        .find(|(_, known)| *known == number)
        .map_or_else(
            || Sig::Custom(format!("SIG{number}@sandbox")),
            |(sig, _)| sig.clone(),
        )
}
