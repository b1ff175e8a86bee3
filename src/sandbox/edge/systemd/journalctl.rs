//! The command line of journalctl, as far as it is imitated.

use super::journal::Line;
use super::manager::Manager;
use super::{Call, clock};
use std::io;
use std::time::Duration;

struct Options {
    units: Vec<String>,
    lines: Option<usize>,
    follow: bool,
    cat: bool,
    reverse: bool,
    quiet: bool,
}

pub fn run(manager: &Manager, call: &mut Call) -> io::Result<i32> {
    let options = match parse(call.args) {
        Ok(options) => options,
        Err(words) => {
            writeln!(call.err, "journalctl: {words}")?;
            return Ok(1);
        }
    };
    if call.uid != 0 {
        // A plain sshuser of the node is in none of the groups that may read it.
        if !options.quiet {
            writeln!(
                call.err,
                "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups 'adm', \
                 'systemd-journal' can see all messages.\n      Pass -q to turn off this notice."
            )?;
            writeln!(
                call.err,
                "No journal files were opened due to insufficient permissions."
            )?;
        }
        return Ok(1);
    }
    let journal = &manager.shared.journal;
    let host = &manager.shared.setup.host_name;
    let mut lines = journal.after(0, &options.units);
    let mut seen = lines.last().map_or(0, |line| line.number);
    let shown = options
        .lines
        .or(options.follow.then_some(10))
        .unwrap_or(usize::MAX);
    lines.drain(..lines.len().saturating_sub(shown));
    if options.reverse {
        lines.reverse();
    }
    if lines.is_empty() && !options.quiet && !options.follow {
        writeln!(call.out, "-- No entries --")?;
    }
    print(call, &options, host, &lines)?;
    if !options.follow {
        return Ok(0);
    }
    loop {
        journal.wait(Duration::from_secs(1));
        let news = journal.after(seen, &options.units);
        seen = news.last().map_or(seen, |line| line.number);
        print(call, &options, host, &news)?;
        // Finds out that the reader has left.
        call.out.write_all(&[])?;
    }
}

/// `Nov 21 06:53:13 HOST sh[123]: text`
pub fn short(line: &Line, host: &str) -> String {
    format!(
        "{} {host} {}[{}]: {}",
        clock::short(line.real),
        line.identifier,
        line.pid,
        line.text
    )
}

fn print(call: &mut Call, options: &Options, host: &str, lines: &[Line]) -> io::Result<()> {
    for line in lines {
        if options.cat {
            writeln!(call.out, "{}", line.text)?;
        } else {
            writeln!(call.out, "{}", short(line, host))?;
        }
    }
    call.out.flush()
}

fn parse(args: &[String]) -> Result<Options, String> {
    let mut options = Options {
        units: Vec::new(),
        lines: None,
        follow: false,
        cat: false,
        reverse: false,
        quiet: false,
    };
    let args = apart(args);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, glued) = match arg.split_once('=') {
            Some((name, value)) if arg.starts_with("--") => (name, Some(value.to_owned())),
            _ if arg.len() > 2
                && !arg.starts_with("--")
                && ["-u", "-n", "-o"].contains(&&arg[..2]) =>
            {
                (&arg[..2], Some(arg[2..].to_owned()))
            }
            _ => (arg.as_str(), None),
        };
        let mut value = || {
            glued
                .clone()
                .or_else(|| args.next().cloned())
                .ok_or_else(|| format!("option requires an argument -- '{name}'"))
        };
        match name {
            "-u" | "--unit" => {
                let unit = value()?;
                options.units.push(if unit.contains('.') {
                    unit
                } else {
                    format!("{unit}.service")
                });
            }
            "-n" | "--lines" => {
                let count = value()?;
                if count != "all" {
                    let wrong = || format!("Failed to parse lines '{count}'");
                    options.lines = Some(count.parse().map_err(|_| wrong())?);
                }
            }
            "-o" | "--output" => match value()?.as_str() {
                "cat" => options.cat = true,
                "short" => options.cat = false,
                other => {
                    return Err(format!(
                        "the sandbox imitates -o short and -o cat, not {other}"
                    ));
                }
            },
            "-f" | "--follow" => options.follow = true,
            "-r" | "--reverse" => options.reverse = true,
            "-q" | "--quiet" => options.quiet = true,
            "-e" | "-x" | "-b" | "--boot" | "--no-pager" | "-a" | "--all" | "--pager-end" => {}
            other => return Err(format!("the sandbox does not imitate '{other}'")),
        }
    }
    Ok(options)
}

/// Short options that were written together, as in `-fu UNIT`, one by one. The last one may want a value.
fn apart(args: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for arg in args {
        let letters = arg.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        let Some(letters) = letters else {
            all.push(arg.clone());
            continue;
        };
        let flags = letters.find(|letter| !"frqxea".contains(letter));
        let (flags, last) = letters.split_at(flags.unwrap_or(letters.len()));
        all.extend(flags.chars().map(|flag| format!("-{flag}")));
        if flags.is_empty() || !last.is_empty() {
            all.push(format!("-{last}"));
        }
    }
    all
}
