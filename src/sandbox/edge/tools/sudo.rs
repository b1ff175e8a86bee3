//! sudo, in the words and with the exit codes of sudo 1.8.21 (Ubuntu 18.04). It is set-user-id root on the node; who may do
//! what, and the password, are the node's to know.

use super::client::ask;
use super::protocol::{Answer, Policy, Question};
use super::sudo_line::{self, Line};
use crate::sandbox::edge::accounts;
use crate::sandbox::edge::scratch::User;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

const SECURE_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const TRIES: usize = 3;

/// Runs the command in this process's place; what comes back is why it did not.
pub fn run(args: &[OsString]) -> io::Result<i32> {
    let line = match sudo_line::parse(args) {
        Ok(line) => line,
        Err(words) => return say(&format!("sudo: {words}\nusage: sudo -h | -K | -k | -V")),
    };
    if line.version {
        io::stdout().write_all(b"Sudo version 1.8.21p2\n")?;
        return Ok(0);
    }
    // SAFETY: getuid and geteuid have no preconditions.
    let (uid, effective) = unsafe { (libc::getuid(), libc::geteuid()) };
    if effective != 0 {
        return say("sudo: effective uid is not 0, is sudo installed setuid root?");
    }
    let Some(caller) = account(&uid.to_string()) else {
        return say(&format!(
            "sudo: you do not exist in the passwd database: {uid}"
        ));
    };
    let target = line.user.as_deref().unwrap_or("root");
    let Some(mut user) = account(target.trim_start_matches('#')) else {
        return say(&format!(
            "sudo: unknown user: {target}\nsudo: unable to initialize policy plugin"
        ));
    };
    if let Some(name) = &line.group {
        let groups = fs::read_to_string("/etc/group").unwrap_or_default();
        match accounts::group_in(&groups, name.trim_start_matches('#')) {
            Some(gid) => user.gid = gid,
            None => return say(&format!("sudo: unknown group: {name}")),
        }
    }
    if let Some(code) = refusal(&line, &caller)? {
        return Ok(code);
    }
    if line.list {
        let words = format!(
            "User {} may run the following commands on {}:\n    (ALL) ALL\n",
            caller.name,
            host()
        );
        io::stdout().write_all(words.as_bytes())?;
        return Ok(0);
    }
    if line.nothing {
        return Ok(0);
    }
    become_command(&line, &caller, &user)
}

/// Whether the policy stands in the way, and the exit code if it does. Asks for the password where one is wanted.
fn refusal(line: &Line, caller: &User) -> io::Result<Option<i32>> {
    let question = Question::Sudo {
        user: caller.name.clone(),
    };
    let Answer::Sudo(policy) = ask(&question)?.next()? else {
        return Err(io::Error::other("the node does not know about sudo"));
    };
    match policy {
        Policy::Free => Ok(None),
        Policy::Refused if line.never_ask => say("sudo: a password is required").map(Some),
        Policy::Password if line.never_ask => say("sudo: a password is required").map(Some),
        Policy::Refused => {
            // As sudo: first who it is, then that it is not enough.
            if let Some(code) = authenticate(line, caller)? {
                return Ok(Some(code));
            }
            let words = format!(
                "{} is not in the sudoers file.  This incident will be reported.",
                caller.name
            );
            say(&words).map(Some)
        }
        Policy::Password => authenticate(line, caller),
    }
}

fn authenticate(line: &Line, caller: &User) -> io::Result<Option<i32>> {
    let prompt = prompt(line, caller);
    let mut terminal = match line.from_stdin {
        true => None,
        false => match OpenOptions::new().read(true).write(true).open("/dev/tty") {
            Ok(terminal) => Some(terminal),
            Err(_) => {
                return say("sudo: no tty present and no askpass program specified").map(Some);
            }
        },
    };
    for attempt in 1..=TRIES {
        let password = match &mut terminal {
            Some(terminal) => ask_terminal(terminal, &prompt)?,
            None => {
                io::stderr().write_all(prompt.as_bytes())?;
                read_line(&mut StdinBytes)?
            }
        };
        let Some(password) = password else {
            let words = match attempt {
                1 => "sudo: no password was provided".to_owned(),
                _ => format!("sudo: {} incorrect password attempts", attempt - 1),
            };
            return say(&words).map(Some);
        };
        let question = Question::Password {
            user: caller.name.clone(),
            password,
        };
        if ask(&question)?.next()? == Answer::Password(true) {
            return Ok(None);
        }
        if attempt < TRIES {
            say("Sorry, try again.")?;
        }
    }
    say(&format!("sudo: {TRIES} incorrect password attempts")).map(Some)
}

fn prompt(line: &Line, caller: &User) -> String {
    let Some(given) = &line.prompt else {
        return format!("[sudo] password for {}: ", caller.name);
    };
    let mut out = String::new();
    let mut chars = given.chars();
    while let Some(c) = chars.next() {
        match (c, c == '%') {
            (_, true) => match chars.next() {
                Some('u' | 'p') => out.push_str(&caller.name),
                Some('U') => out.push_str("root"),
                Some('h' | 'H') => out.push_str(&host()),
                Some('%') => out.push('%'),
                other => {
                    out.push('%');
                    out.extend(other);
                }
            },
            (c, false) => out.push(c),
        }
    }
    out
}

fn ask_terminal(terminal: &mut File, prompt: &str) -> io::Result<Option<String>> {
    let fd = terminal.as_raw_fd();
    // SAFETY: termios is plain data, filled by tcgetattr before it is used; the descriptor lives through the calls.
    let before = unsafe {
        let mut termios: libc::termios = std::mem::zeroed();
        (libc::tcgetattr(fd, &mut termios) == 0).then_some(termios)
    };
    if let Some(before) = before {
        let mut quiet = before;
        quiet.c_lflag &= !libc::ECHO;
        // SAFETY: as above.
        unsafe { libc::tcsetattr(fd, libc::TCSAFLUSH, &quiet) };
    }
    terminal.write_all(prompt.as_bytes())?;
    let password = read_line(terminal);
    if let Some(before) = before {
        // SAFETY: as above.
        unsafe { libc::tcsetattr(fd, libc::TCSAFLUSH, &before) };
    }
    terminal.write_all(b"\n")?;
    password
}

/// Byte by byte: what follows the line belongs to the command. `None`: the end came first.
fn read_line(from: &mut impl Read) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < 1024 {
        match from.read(&mut byte)? {
            0 if line.is_empty() => return Ok(None),
            0 => break,
            _ if byte[0] == b'\n' => break,
            _ => line.push(byte[0]),
        }
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

/// Standard input without the buffer that would take more than the line.
struct StdinBytes;

impl Read for StdinBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the buffer has the length that is said.
        let count = unsafe { libc::read(0, buffer.as_mut_ptr().cast(), buffer.len()) };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }
}

fn become_command(line: &Line, caller: &User, user: &User) -> io::Result<i32> {
    let shell = || std::env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
    let mut argv = line.command.clone();
    if line.login || line.shell {
        let shell: OsString = if line.login { login_shell() } else { shell() };
        let mut whole = vec![shell];
        if line.login {
            whole.push("-l".into());
        }
        if !argv.is_empty() {
            whole.extend(["-c".into(), joined(&argv)]);
        }
        argv = whole;
    }
    let Some(name) = argv.first().cloned() else {
        return say("usage: sudo -h | -K | -k | -V\nusage: sudo [-n] [-S] [-u user] command");
    };
    let Some(program) = find(&name) else {
        return say(&format!(
            "sudo: {}: command not found",
            name.to_string_lossy()
        ));
    };
    let mut command = Command::new(program);
    command.arg0(&name).args(&argv[1..]);
    set_environment(&mut command, line, caller, user, &argv);
    if line.login {
        command.current_dir(&user.home);
    }
    if let Err(error) = take_identity(user) {
        return say(&format!("sudo: unable to change to {}: {error}", user.name));
    }
    let error = command.exec();
    say(&format!(
        "sudo: unable to execute {}: {error}",
        name.to_string_lossy()
    ))
}

fn set_environment(
    command: &mut Command,
    line: &Line,
    caller: &User,
    user: &User,
    argv: &[OsString],
) {
    if !line.keep_environment {
        command.env_clear();
        for (name, value) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let kept = [
                "TERM",
                "LANG",
                "LANGUAGE",
                "DISPLAY",
                "COLORS",
                "HOSTNAME",
                "TZ",
                "XAUTHORITY",
            ];
            if kept.contains(&text.as_ref()) || text.starts_with("LC_") {
                command.env(&name, value);
            }
        }
    }
    // Ubuntu's sudo of that time leaves HOME as it is.
    let home = match line.set_home || line.login || user.uid != 0 {
        true => user.home.clone(),
        false => std::env::var("HOME").unwrap_or_else(|_| user.home.clone()),
    };
    command
        .env("PATH", SECURE_PATH)
        .env("HOME", home)
        .env("USER", &user.name)
        .env("LOGNAME", &user.name)
        .env("USERNAME", &user.name)
        .env("SHELL", login_shell())
        .env("MAIL", format!("/var/mail/{}", user.name))
        .env("SUDO_COMMAND", joined(argv))
        .env("SUDO_USER", &caller.name)
        .env("SUDO_UID", caller.uid.to_string())
        .env("SUDO_GID", caller.gid.to_string())
        .envs(line.variables.iter().map(|(name, value)| (name, value)));
}

fn take_identity(user: &User) -> io::Result<()> {
    // SAFETY: the list has the length that is said; the others take numbers.
    let done = unsafe {
        libc::setgroups(user.groups.len(), user.groups.as_ptr()) == 0
            && libc::setresgid(user.gid, user.gid, user.gid) == 0
            && libc::setresuid(user.uid, user.uid, user.uid) == 0
    };
    if done {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// By sudo's own path, not the caller's.
fn find(name: &OsStr) -> Option<OsString> {
    if name.as_bytes().contains(&b'/') {
        return fs::metadata(name).is_ok().then(|| name.to_owned());
    }
    SECURE_PATH.split(':').find_map(|directory| {
        let path = std::path::Path::new(directory).join(name);
        let found = fs::metadata(&path).ok()?;
        (found.is_file() && found.permissions().mode() & 0o111 != 0).then(|| path.into_os_string())
    })
}

fn login_shell() -> OsString {
    let bash = "/bin/bash";
    if fs::metadata(bash).is_ok() {
        bash
    } else {
        "/bin/sh"
    }
    .into()
}

fn joined(argv: &[OsString]) -> OsString {
    argv.join(OsStr::new(" "))
}

fn account(name: &str) -> Option<User> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    accounts::find_in(&passwd, &groups, name)
}

fn host() -> String {
    let name = fs::read_to_string("/etc/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// To standard error; sudo's exit code for its own refusals.
fn say(words: &str) -> io::Result<i32> {
    writeln!(io::stderr(), "{words}")?;
    Ok(1)
}
