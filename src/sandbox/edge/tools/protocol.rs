//! What a tool and the node say to each other: one JSON document a line, a question and then pieces of the answer.

use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};

/// Guest path. Everybody on the node may ask.
pub const SOCKET: &str = "/run/hdikafka-sandbox/node.sock";

/// A question longer than this is none.
const LONGEST: u64 = 4 << 20;

/// Without `Debug`: it may hold a password.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// A tool whose whole work the node does.
    Run {
        tool: String,
        args: Vec<String>,
        uid: u32,
    },
    /// What sudo may do for a user.
    Sudo {
        user: String,
    },
    Password {
        user: String,
        password: String,
    },
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Out(String),
    Err(String),
    /// The last piece.
    Exit(i32),
    Sudo(Policy),
    Password(bool),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    Free,
    Password,
    Refused,
}

pub fn send<T: Serialize>(to: &mut impl Write, message: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)
}

/// `None`: the other side has nothing more to say.
pub fn receive<T: for<'a> Deserialize<'a>>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if from.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}
