//! One line typed key by key, or what is pasted. Shown by this program, not by the terminal: what may be a key is hidden
//! from the moment in which it looks like one, lines that are pasted answer one question and not the next ones as well,
//! and arrow keys leave no rubbish behind.

use super::super::terminal::Guard;
use dialoguer::console::Term;
use std::io::{self, Write};
use std::time::Duration;

/// Whether a text is complete, so that Enter ends it even when it has several lines.
pub type Whole<'a> = &'a dyn Fn(&str) -> bool;

/// A paste arrives faster than this between two of its lines.
const PAUSE: Duration = Duration::from_millis(150);
/// More than anybody has to say about a hub.
const LIMIT: usize = 1 << 20;
/// From here on a run of letters and digits may be a key; names of hubs that are longer have a dash nearly always.
const KEY_LIKE: usize = 20;
const NOT_SHOWN: &str = "(not shown)";

/// Terminals that know bracketed paste say where one begins and ends; the others ignore the request.
const PASTES: &str = "\x1b[?2004h";
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Reads a line after `prompt`, which the caller has not printed. With `whole` several lines may be pasted, and nothing is
/// shown that may be a key. `None`: the input ended.
pub(super) fn read(
    term: &Term,
    guard: &Guard,
    prompt: &str,
    whole: Option<Whole<'_>>,
) -> io::Result<Option<String>> {
    guard.by_key();
    term.write_str(PASTES)?;
    term.write_str(prompt)?;
    let mut line = Line {
        term,
        prompt,
        whole,
        text: Vec::new(),
        drawn: Vec::new(),
        hidden: false,
        pasting: false,
        escape: Vec::new(),
    };
    let mut chunk = [0; 4096];
    loop {
        let length = guard.read(&mut chunk)?;
        if length == 0 {
            return line.end(false);
        }
        for (index, byte) in chunk[..length].iter().enumerate() {
            match line.key(*byte, index + 1 < length || guard.waits(Duration::ZERO)) {
                Key::More => {}
                Key::Enter if line.is_over(guard, index + 1 < length) => return line.end(true),
                Key::Enter => {}
                Key::End => return line.end(!line.text.is_empty()),
            }
        }
        line.draw()?;
        if line.text.len() > LIMIT {
            return Err(io::Error::other("more than 1 MiB was pasted"));
        }
    }
}

struct Line<'a> {
    term: &'a Term,
    prompt: &'a str,
    whole: Option<Whole<'a>>,
    text: Vec<u8>,
    /// The text as it was when the screen was drawn.
    drawn: Vec<u8>,
    hidden: bool,
    pasting: bool,
    /// The beginning of a key's escape sequence.
    escape: Vec<u8>,
}

enum Key {
    More,
    Enter,
    End,
}

impl Line<'_> {
    fn key(&mut self, byte: u8, more_waits: bool) -> Key {
        if !self.escape.is_empty() {
            self.escape.push(byte);
            self.end_escape();
            return Key::More;
        }
        match byte {
            // Alone it is the Esc key.
            0x1b if more_waits => self.escape.push(byte),
            b'\n' | b'\r' if self.pasting => self.text.push(b'\n'),
            b'\n' | b'\r' => return Key::Enter,
            0x04 if !self.pasting => return Key::End,
            0x08 | 0x7f => self.rub_out(),
            // Ctrl-U: all of it
            0x15 => self.text.clear(),
            // Ctrl-W: the last word
            0x17 => {
                while self.text.last().is_some_and(|last| *last == b' ') {
                    self.text.pop();
                }
                while self.text.last().is_some_and(|last| *last != b' ') {
                    self.text.pop();
                }
            }
            b'\t' => self.text.push(b' '),
            byte if byte >= b' ' => self.text.push(byte),
            _ => {}
        }
        Key::More
    }

    fn rub_out(&mut self) {
        let is_rest_of_char = |byte: u8| byte & 0xc0 == 0x80;
        while self.text.pop().is_some_and(is_rest_of_char) {}
    }

    fn end_escape(&mut self) {
        let over = match self.escape.as_slice() {
            [_, b'['] | [_, b'O'] => false,
            [_, b'[', .., last] => (0x40..=0x7e).contains(last),
            _ => true,
        };
        if over {
            match self.escape.as_slice() {
                PASTE_BEGINS => self.pasting = true,
                PASTE_ENDS => self.pasting = false,
                _ => {}
            }
            self.escape.clear();
        }
    }

    /// Whether Enter ends the text. One that is hidden may go on: in what is pasted lines end as if by Enter.
    fn is_over(&mut self, guard: &Guard, more: bool) -> bool {
        let Some(whole) = self.whole.filter(|_| !harmless(&self.text)) else {
            return true;
        };
        let empty_line = self.text.last().is_none_or(|last| *last == b'\n');
        self.text.push(b'\n');
        let over = empty_line || whole(&String::from_utf8_lossy(&self.text));
        over && !more && !guard.waits(PAUSE)
    }

    /// Brings the screen to what may be seen of the text.
    fn draw(&mut self) -> io::Result<()> {
        let hidden = self.pasting
            || match self.whole {
                Some(_) => !harmless(&self.text),
                None => out_of_place(&self.text),
            };
        if hidden == self.hidden && self.text.starts_with(&self.drawn) {
            if !hidden {
                let mut term = self.term;
                term.write_all(&self.text[self.drawn.len()..])?;
            }
        } else {
            let seen = match hidden {
                true => NOT_SHOWN.into(),
                false => String::from_utf8_lossy(&self.text),
            };
            // Where the text has wrapped, what is above stays: it was harmless.
            self.term
                .write_str(&format!("\r\x1b[K{}{seen}", self.prompt))?;
        }
        self.drawn.clone_from(&self.text);
        self.hidden = hidden;
        Ok(())
    }

    fn end(&mut self, answered: bool) -> io::Result<Option<String>> {
        self.pasting = false;
        self.draw()?;
        self.term.write_line("")?;
        Ok(answered.then(|| String::from_utf8_lossy(&self.text).trim().to_owned()))
    }
}

/// What was pasted at a question that it does not belong to: several lines, or something with a key in it.
fn out_of_place(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let of_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let run = text.split(|byte| !of_key(byte)).map(<[u8]>::len).max();
    let named = b"sharedaccess";
    text.contains(&b'\n')
        || run.unwrap_or(0) >= 40
        || text
            .windows(named.len())
            .any(|part| part.eq_ignore_ascii_case(named))
}

/// What can be no key and no part of one: a name or a path. Keys are base64, mostly of 44 characters.
fn harmless(text: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" -._~/?<".contains(byte);
    text.iter().all(plain)
        && (text.len() < KEY_LIKE || text.iter().any(|byte| b"-.~".contains(byte)))
}

#[cfg(test)]
mod tests {
    use super::{harmless, out_of_place};

    #[test]
    fn names_and_paths_are_shown_and_keys_are_not() {
        for name in [
            "",
            "?",
            "<",
            "myhub",
            "my-hub-in-western-europe-2",
            "~/Downloads/hub.json",
        ] {
            assert!(harmless(name.as_bytes()), "{name}");
        }
        for key in [
            "aHViLWNhbmFyeS0wMTIzNDU2Nzg5YWJjZGVmZ2hpamsh",
            "HostName=",
            "{",
            "\"key",
            "Endpoint=sb://",
            "abcdefghijklmnopqrst",
            "one\ntwo",
        ] {
            assert!(!harmless(key.as_bytes()), "{key}");
        }
        for (text, out) in [
            ("https://mykafka.azurehdinsight.net\n", false),
            ("new-edgenode.mykafka-ssh.azurehdinsight.net", false),
            ("{\n \"a\": 1}", true),
            ("aHViLWNhbmFyeS0wMTIzNDU2Nzg5YWJjZGVmZ2hpamsh", true),
            ("HostName=h;SharedAccessKeyName=x", true),
        ] {
            assert_eq!(out_of_place(text.as_bytes()), out, "{text}");
        }
    }
}
