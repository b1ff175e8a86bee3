//! The command line of sudo, parsed. Pure.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// `-n`: never ask.
    pub never_ask: bool,
    /// `-S`: the password comes on standard input, the prompt goes to standard error.
    pub from_stdin: bool,
    pub prompt: Option<String>,
    pub user: Option<String>,
    pub group: Option<String>,
    /// `-H`: HOME is the target's.
    pub set_home: bool,
    /// `-E`: the caller's environment is kept.
    pub keep_environment: bool,
    /// `-i`: a login shell of the target.
    pub login: bool,
    /// `-s`: the caller's shell.
    pub shell: bool,
    /// `-v`, `-k`, `-K`: nothing is run.
    pub nothing: bool,
    /// `-l`: what is allowed.
    pub list: bool,
    pub version: bool,
    /// `NAME=value` before the command.
    pub variables: Vec<(String, OsString)>,
    pub command: Vec<OsString>,
}

/// # Errors
/// sudo's complaint.
pub fn parse(args: &[OsString]) -> Result<Line, String> {
    let mut line = Line::default();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let text = arg.to_string_lossy();
        if text == "--" {
            break;
        }
        if let Some(long) = text.strip_prefix("--") {
            line.long(long)?;
        } else if let Some(letters) = text.strip_prefix('-').filter(|l| !l.is_empty()) {
            line.letters(letters, &mut rest)?;
        } else {
            line.command.push(arg.clone());
            break;
        }
    }
    line.command.extend(rest.cloned());
    line.take_variables();
    Ok(line)
}

impl Line {
    fn letters<'a>(
        &mut self,
        letters: &str,
        rest: &mut impl Iterator<Item = &'a OsString>,
    ) -> Result<(), String> {
        for (index, letter) in letters.char_indices() {
            match letter {
                'n' => self.never_ask = true,
                'S' => self.from_stdin = true,
                'H' => self.set_home = true,
                'E' => self.keep_environment = true,
                'i' => self.login = true,
                's' => self.shell = true,
                'v' => self.nothing = true,
                'K' => self.nothing = true,
                // Beside a command it only forgets the password, and nothing is remembered here.
                'k' => self.nothing = letters == "k" && self.command.is_empty(),
                'l' => self.list = true,
                'V' => self.version = true,
                'b' | 'P' => {}
                'u' | 'g' | 'p' | 'h' | 'C' | 'r' | 't' | 'U' | 'T' => {
                    let glued = &letters[index + 1..];
                    let value = if glued.is_empty() {
                        let next = rest.next().map(|next| next.to_string_lossy().into_owned());
                        next.ok_or_else(|| format!("option requires an argument -- '{letter}'"))?
                    } else {
                        glued.to_owned()
                    };
                    self.valued(letter, value)?;
                    return Ok(());
                }
                other => return Err(format!("invalid option -- '{other}'")),
            }
        }
        Ok(())
    }

    fn valued(&mut self, letter: char, value: String) -> Result<(), String> {
        match letter {
            'u' => self.user = Some(value),
            'g' => self.group = Some(value),
            'p' => self.prompt = Some(value),
            other => return Err(format!("the sandbox does not imitate -{other}")),
        }
        Ok(())
    }

    fn long(&mut self, long: &str) -> Result<(), String> {
        match long.split_once('=') {
            None => match long {
                "non-interactive" => self.never_ask = true,
                "stdin" => self.from_stdin = true,
                "set-home" => self.set_home = true,
                "preserve-env" => self.keep_environment = true,
                "login" => self.login = true,
                "shell" => self.shell = true,
                "validate" | "remove-timestamp" | "reset-timestamp" => self.nothing = true,
                "list" => self.list = true,
                "version" => self.version = true,
                other => return Err(format!("unrecognized option '--{other}'")),
            },
            Some(("user", value)) => self.user = Some(value.to_owned()),
            Some(("group", value)) => self.group = Some(value.to_owned()),
            Some(("prompt", value)) => self.prompt = Some(value.to_owned()),
            Some((other, _)) => return Err(format!("unrecognized option '--{other}'")),
        }
        Ok(())
    }

    fn take_variables(&mut self) {
        while let Some(first) = self.command.first() {
            let bytes = first.as_bytes();
            let Some(equals) = bytes.iter().position(|byte| *byte == b'=') else {
                return;
            };
            let name = String::from_utf8_lossy(&bytes[..equals]).into_owned();
            let is_name =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_name {
                return;
            }
            let value = std::ffi::OsStr::from_bytes(&bytes[equals + 1..]).to_owned();
            self.variables.push((name, value));
            self.command.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Result<Line, String> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        parse(&words)
    }

    #[test]
    fn the_lines_of_our_own_program() {
        let ours = line(&["-n", "--", "sh", "-c", "exit 3", "name", "--", "-n"]).unwrap();
        assert!(ours.never_ask && !ours.from_stdin);
        assert_eq!(ours.command, ["sh", "-c", "exit 3", "name", "--", "-n"]);
        let asked = line(&["-S", "-p", "NONCE", "sh", "-c", "x"]).unwrap();
        assert!(asked.from_stdin);
        assert_eq!(
            (asked.prompt.as_deref(), asked.command.len()),
            (Some("NONCE"), 3)
        );
    }

    #[test]
    fn what_people_type() {
        let one = line(&["-Hu", "kafka", "A=1 2", "B=", "env", "C=3"]).unwrap();
        assert!(one.set_home);
        assert_eq!(one.user.as_deref(), Some("kafka"));
        assert_eq!(one.variables.len(), 2);
        assert_eq!(one.command, ["env", "C=3"]);
        assert_eq!(
            line(&["-ukafka", "id"]).unwrap().user.as_deref(),
            Some("kafka")
        );
        assert!(line(&["-i"]).unwrap().login && line(&["-s"]).unwrap().shell);
        assert!(line(&["-v"]).unwrap().nothing && line(&["-l"]).unwrap().list);
        assert_eq!(
            line(&["--user=kafka", "id"]).unwrap().user.as_deref(),
            Some("kafka")
        );
        assert!(line(&["-Z"]).unwrap_err().contains("'Z'"));
        assert!(line(&["-u"]).unwrap_err().contains("requires an argument"));
    }
}
