//! `execve`: where the program is, whether it may be run, who the process is then, and what `#!` means on the node
//! (the kernel would look for the interpreter on the host and show the script by its place there).

use super::{Argument, Context, Instead, NOTHING, Outcome};
use crate::sandbox::edge::scratch::traced::call::At;
use crate::sandbox::edge::scratch::traced::identity::{Attributes, EXECUTE};
use crate::sandbox::edge::scratch::traced::places::Place;
use crate::sandbox::edge::scratch::traced::sys::{self, Answer};
use crate::sandbox::edge::scratch::traced::tracee;
use crate::sandbox::edge::scratch::traced::walk::{Found, kind};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;

/// As the kernel's: what of the first line counts, and how many scripts may interpret each other.
const FIRST_LINE: u64 = 256;
const MOST_SCRIPTS: usize = 5;

/// Arguments of a script that fit the memory that the tracer has in the process.
const MOST_ARGUMENTS: usize = 6000;

impl Context<'_> {
    pub fn execute(&mut self, at: At, argv: u64, envp: u64, flags: i32) -> Answer<Outcome> {
        let path = match at.path {
            0 => return Err(libc::EFAULT),
            path => tracee::text(self.tid, path)?,
        };
        let mut found = if path.is_empty() && flags & libc::AT_EMPTY_PATH != 0 {
            self.by_descriptor(at.dir)?
        } else {
            let follow = flags & libc::AT_SYMLINK_NOFOLLOW == 0;
            self.find_text(self.who(), at.dir, &path, follow)?
        };
        let script = if path.is_empty() || at.dir != libc::AT_FDCWD && path[0] != b'/' {
            found.guest.clone()
        } else {
            path
        };
        let attributes = self.may_execute(&found)?;
        let next = self.who().after_exec(attributes);
        // What stands before the caller's own arguments, without argv[0].
        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut scripts = 0;
        while let Some((interpreter, argument)) = first_line(&found)? {
            scripts += 1;
            if scripts >= MOST_SCRIPTS {
                return Err(libc::ELOOP);
            }
            let name = words.first().cloned().unwrap_or_else(|| script.clone());
            if words.is_empty() {
                words.push(name);
            }
            words.splice(0..0, argument);
            words.insert(0, interpreter.clone());
            found = self.find_text(self.who(), libc::AT_FDCWD, &interpreter, true)?;
            self.may_execute(&found)?;
        }
        *self.next_identity = Some(next);
        if words.is_empty() {
            if found.direct || found.place == Place::Descriptor {
                return Ok(Outcome::Pass);
            }
            let mut instead = program(&found.host, envp);
            instead.arguments[1] = Argument::Value(argv);
            return Ok(Outcome::Instead(instead));
        }
        let own = tracee::pointers(self.tid, argv, MOST_ARGUMENTS)?;
        let mut instead = program(&found.host, envp);
        arguments(&mut instead, &words, own.get(1..).unwrap_or_default());
        Ok(Outcome::Instead(instead))
    }

    /// The attributes, where they are virtual.
    fn may_execute(&self, found: &Found) -> Answer<Option<Attributes>> {
        let meta = found.existing()?;
        if kind(meta) != libc::S_IFREG {
            return Err(libc::EACCES);
        }
        if !found.place.is_virtual() {
            sys::access(&found.host, libc::X_OK)?;
            return Ok(None);
        }
        let attributes = self.attributes_of(found.place, meta);
        self.who().may(attributes, EXECUTE)?;
        self.open_on_disk(found, meta)?;
        Ok(Some(attributes))
    }
}

fn program(host: &[u8], envp: u64) -> Instead {
    Instead::with_path(
        libc::SYS_execve,
        host,
        [
            Argument::Block(0),
            NOTHING,
            Argument::Value(envp),
            NOTHING,
            NOTHING,
            NOTHING,
        ],
    )
}

/// Puts a row of argument pointers into the block: to the words in the block, then the process's own.
fn arguments(instead: &mut Instead, words: &[Vec<u8>], own: &[u64]) {
    let block = &mut instead.block;
    let mut places = Vec::new();
    for word in words {
        places.push(block.len());
        block.extend_from_slice(word);
        block.push(0);
    }
    block.resize(block.len().next_multiple_of(8), 0);
    instead.arguments[1] = Argument::Block(block.len());
    for place in places {
        instead.pointers.push((block.len(), place));
        block.extend_from_slice(&[0; 8]);
    }
    for pointer in own.iter().chain([&0]) {
        block.extend_from_slice(&pointer.to_ne_bytes());
    }
}

type FirstLine = (Vec<u8>, Option<Vec<u8>>);

/// The interpreter of a script and its one argument; `None` for anything else.
fn first_line(found: &Found) -> Answer<Option<FirstLine>> {
    let Ok(file) = File::open(OsStr::from_bytes(&found.host)) else {
        // A program that may be run and not read is no script.
        return Ok(None);
    };
    let mut head = Vec::new();
    if file.take(FIRST_LINE).read_to_end(&mut head).is_err() {
        return Ok(None);
    }
    parse_first_line(&head)
}

fn parse_first_line(head: &[u8]) -> Answer<Option<FirstLine>> {
    let Some(line) = head.strip_prefix(b"#!") else {
        return Ok(None);
    };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or(line);
    let line = line.trim_ascii();
    if line.is_empty() {
        return Err(libc::ENOEXEC);
    }
    let end = line
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t'))
        .unwrap_or(line.len());
    let argument = line[end..].trim_ascii();
    let argument = (!argument.is_empty()).then(|| argument.to_vec());
    Ok(Some((line[..end].to_vec(), argument)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_has_an_interpreter_and_at_most_one_argument() {
        let parse = |text: &str| parse_first_line(text.as_bytes());
        let line = |interpreter: &str, argument: Option<&str>| {
            let argument = argument.map(|argument| argument.as_bytes().to_vec());
            Ok(Some((interpreter.as_bytes().to_vec(), argument)))
        };
        assert_eq!(parse("#!/bin/sh\necho"), line("/bin/sh", None));
        assert_eq!(parse("#! /bin/sh -p  x \n"), line("/bin/sh", Some("-p  x")));
        assert_eq!(parse("\x7fELF"), Ok(None));
        assert_eq!(parse("#!\n/bin/sh"), Err(libc::ENOEXEC));
    }
}
