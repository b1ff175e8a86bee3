//! The program as a tool of the node: it runs inside of the scratch root and asks the node for what it cannot do itself.

use super::protocol::{self, Answer, Question};
use super::{sftp, sudo};
use std::ffi::OsString;
use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;

/// `args`: the name by which the tool was called (its last part counts), and the tool's own arguments. The exit code.
pub fn run(args: &[OsString]) -> i32 {
    let mut words = args.iter().map(|arg| arg.to_string_lossy().into_owned());
    let called = words.next().unwrap_or_default();
    let name = called.rsplit('/').next().unwrap_or_default();
    let done = match name {
        "sudo" => sudo::run(args.get(1..).unwrap_or_default()),
        "sftp-server" => sftp::serve().map(|()| 0),
        _ => delegate(name, words.collect()),
    };
    done.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "{name}: {error}");
        1
    })
}

fn delegate(tool: &str, args: Vec<String>) -> io::Result<i32> {
    // SAFETY: geteuid has no preconditions.
    let uid = unsafe { libc::geteuid() };
    let mut answers = ask(&Question::Run {
        tool: tool.to_owned(),
        args,
        uid,
    })?;
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    loop {
        match answers.next()? {
            Answer::Out(text) => {
                out.write_all(text.as_bytes())?;
                out.flush()?;
            }
            Answer::Err(text) => err.write_all(text.as_bytes())?,
            Answer::Exit(code) => return Ok(code),
            other => return Err(io::Error::other(format!("the node answered {other:?}"))),
        }
    }
}

pub struct Conversation(BufReader<UnixStream>);

impl Conversation {
    pub fn next(&mut self) -> io::Result<Answer> {
        protocol::receive(&mut self.0)?
            .ok_or_else(|| io::Error::other("the sandbox's node did not answer to the end"))
    }
}

pub fn ask(question: &Question) -> io::Result<Conversation> {
    let mut stream = UnixStream::connect(protocol::SOCKET)
        .map_err(|e| io::Error::other(format!("the sandbox's node cannot be reached ({e})")))?;
    protocol::send(&mut stream, question)?;
    Ok(Conversation(BufReader::new(stream)))
}
