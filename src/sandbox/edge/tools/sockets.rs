//! `ss`, for the question that is asked on a node: who listens on a TCP port? Only the sandbox's own processes are shown.

use crate::sandbox::edge::systemd::Call;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// TCP_LISTEN of the kernel's tables.
const LISTEN: &str = "0A";

struct Listener {
    address: IpAddr,
    port: u16,
    inode: String,
}

struct Options {
    header: bool,
    processes: bool,
    /// None: all of them.
    ports: Vec<u16>,
}

pub fn run(pids: &[u32], call: &mut Call) -> io::Result<i32> {
    let options = match parse(call.args) {
        Ok(options) => options,
        Err(words) => {
            writeln!(call.err, "ss: {words}")?;
            return Ok(1);
        }
    };
    let holders = holders(pids);
    if options.header {
        writeln!(
            call.out,
            "State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process"
        )?;
    }
    let tables = [("/proc/net/tcp", false), ("/proc/net/tcp6", true)];
    for (table, six) in tables {
        for listener in listeners(table, six) {
            let Some(users) = holders.get(&listener.inode) else {
                continue;
            };
            if !(options.ports.is_empty() || options.ports.contains(&listener.port)) {
                continue;
            }
            let any = if six { "[::]" } else { "0.0.0.0" };
            let address = match listener.address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            };
            let users = match options.processes {
                true => format!(" users:(({users}))"),
                false => String::new(),
            };
            writeln!(
                call.out,
                "LISTEN 0      50     {address}:{} {any}:*{users}",
                listener.port
            )?;
        }
    }
    Ok(0)
}

/// `"java",pid=12,fd=3` by the inode of a socket.
fn holders(pids: &[u32]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for pid in pids {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else {
            continue;
        };
        for entry in entries.flatten() {
            let target = fs::read_link(entry.path()).unwrap_or_default();
            let target = target.to_string_lossy();
            let inode = target
                .strip_prefix("socket:[")
                .and_then(|rest| rest.strip_suffix(']'));
            if let Some(inode) = inode {
                let fd = entry.file_name();
                let user = format!("\"{}\",pid={pid},fd={}", name.trim(), fd.to_string_lossy());
                found.insert(inode.to_owned(), user);
            }
        }
    }
    found
}

/// The listeners of a table. The kernel puts them first, and is asked for no more of it: what follows may be thousands of
/// connections, for which it searches a large table.
fn listeners(table: &str, six: bool) -> Vec<Listener> {
    let Ok(table) = File::open(table) else {
        return Vec::new();
    };
    let lines = BufReader::new(table).lines().map_while(Result::ok).skip(1);
    lines.map_while(|line| listener(&line, six)).collect()
}

/// None for a connection.
fn listener(line: &str, six: bool) -> Option<Listener> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    if *fields.get(3)? != LISTEN {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    Some(Listener {
        address: address_of(address, six)?,
        port: u16::from_str_radix(port, 16).ok()?,
        inode: (*fields.get(9)?).to_owned(),
    })
}

/// Words of four bytes, each in the machine's own order.
fn address_of(hex: &str, six: bool) -> Option<IpAddr> {
    let words: Vec<[u8; 4]> = (0..hex.len() / 8)
        .map(|i| {
            Some(
                u32::from_str_radix(hex.get(i * 8..i * 8 + 8)?, 16)
                    .ok()?
                    .to_ne_bytes(),
            )
        })
        .collect::<Option<_>>()?;
    if !six {
        return Some(Ipv4Addr::from(*words.first()?).into());
    }
    let bytes: [u8; 16] = words.concat().try_into().ok()?;
    Some(Ipv6Addr::from(bytes).into())
}

fn parse(args: &[String]) -> Result<Options, String> {
    let mut options = Options {
        header: true,
        processes: false,
        ports: Vec::new(),
    };
    let mut filter = Vec::new();
    for arg in args {
        match arg.strip_prefix('-').filter(|rest| !rest.starts_with('-')) {
            Some(letters) => {
                for letter in letters.chars() {
                    match letter {
                        'H' => options.header = false,
                        'p' => options.processes = true,
                        'l' | 't' | 'n' | '4' | 'O' => {}
                        other => return Err(format!("the sandbox does not imitate -{other}")),
                    }
                }
            }
            None => filter.push(arg.as_str()),
        }
    }
    let filter = filter.join(" ").replace([':', '(', ')'], " ");
    let words: Vec<&str> = filter.split_whitespace().collect();
    if words.is_empty() {
        return Ok(options);
    }
    for term in words.split(|word| *word == "or") {
        let ["sport", "=" | "eq" | "==", port] = term else {
            return Err(
                "the sandbox imitates the filter `sport = :PORT`, and several with `or`, only"
                    .into(),
            );
        };
        let port = port.parse().map_err(|_| format!("{port} is no port"))?;
        options.ports.push(port);
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn ss(pids: &[u32], args: &[&str]) -> (i32, String) {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut call = Call {
            args: &args,
            uid: 0,
            out: &mut out,
            err: &mut err,
        };
        let code = run(pids, &mut call).unwrap();
        (code, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_listener_is_shown_with_its_process_and_to_its_owners_only() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let filter = format!("sport = :{port}");
        let own = std::process::id();
        let (code, text) = ss(&[own], &["-Hltnp", &filter]);
        assert_eq!(code, 0);
        assert!(text.contains(&format!(" 127.0.0.1:{port} ")), "{text}");
        assert!(text.contains(&format!("pid={own},fd=")), "{text}");
        let either = format!("( sport = :1 or sport = :{port} )");
        assert_eq!(ss(&[own], &["-Hltnp", &either]), (0, text));
        assert_eq!(ss(&[own], &["-Hltn", "( dport = :1 )"]).0, 1);
        assert_eq!(ss(&[], &["-Hltnp", &filter]), (0, String::new()));
        assert_eq!(ss(&[], &["-x"]).0, 1);
    }
}
