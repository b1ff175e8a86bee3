//! Addresses: loopback ones, and those of Unix sockets, whose paths are guest paths. Sockets of the host cannot be reached: behind them are the
//! host's services.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Argument, Context, Instead, NOTHING, Outcome};
use crate::sandbox::edge::scratch::traced::identity::WRITE;
use crate::sandbox::edge::scratch::traced::places::Place;
use crate::sandbox::edge::scratch::traced::sys::Answer;
use crate::sandbox::edge::scratch::traced::tracee;

/// `sun_path`.
const LONGEST: usize = 108;
const FAMILY: usize = 2;

/// A rehearsal never leaves the machine. The port does not matter; an unspecified address is the machine itself.
fn is_loopback(address: &[u8]) -> bool {
    let v4 = |ip: Ipv4Addr| ip.is_loopback() || ip.is_unspecified();
    let family = address
        .first_chunk()
        .map(|family| u16::from_ne_bytes(*family));
    if family.map(i32::from) == Some(libc::AF_INET6) {
        return address
            .get(8..)
            .and_then(|ip| ip.first_chunk::<16>())
            .is_some_and(|ip| {
                let ip = Ipv6Addr::from(*ip);
                ip.is_loopback() || ip.is_unspecified() || ip.to_ipv4_mapped().is_some_and(v4)
            });
    }
    let ip = address.get(4..).and_then(|ip| ip.first_chunk::<4>());
    ip.is_some_and(|ip| v4(Ipv4Addr::from(*ip)))
}

/// The most that the kernel takes in one `sendmmsg`.
const MESSAGES: u64 = 1024;

impl Context<'_> {
    /// A datagram with an address of its own, without which the socket's would be checked.
    pub fn send_to(&mut self, address: u64, length: u64) -> Answer<Outcome> {
        let mut bytes = [0_u8; FAMILY + LONGEST];
        let length = (length as usize).min(bytes.len());
        if address == 0 || length < FAMILY {
            return Ok(Outcome::Pass);
        }
        tracee::read(self.tid, address, &mut bytes[..length])?;
        match i32::from(u16::from_ne_bytes([bytes[0], bytes[1]])) {
            libc::AF_INET | libc::AF_INET6 if !is_loopback(&bytes[..length]) => {
                Err(libc::ENETUNREACH)
            }
            // A path or a name would be the host's. On the node nobody listens for such.
            libc::AF_UNIX if length > FAMILY => Err(libc::ECONNREFUSED),
            _ => Ok(Outcome::Pass),
        }
    }

    pub fn send_messages(&mut self, headers: u64, count: u64, stride: u64) -> Answer<Outcome> {
        for number in 0..count.min(MESSAGES) {
            let header = headers.wrapping_add(number * stride);
            // `msg_name` and `msg_namelen` stand at its beginning.
            let name = tracee::read_u64(self.tid, header)?;
            let mut length = [0; 4];
            tracee::read(self.tid, header.wrapping_add(8), &mut length)?;
            self.send_to(name, u64::from(u32::from_ne_bytes(length)))?;
        }
        Ok(Outcome::Pass)
    }

    pub fn address(&mut self, bind: bool, fd: i32, address: u64, length: u64) -> Answer<Outcome> {
        let mut bytes = [0_u8; FAMILY + LONGEST];
        let length = (length as usize).min(bytes.len());
        if length < FAMILY {
            return Ok(Outcome::Pass);
        }
        tracee::read(self.tid, address, &mut bytes[..length])?;
        match i32::from(u16::from_ne_bytes([bytes[0], bytes[1]])) {
            libc::AF_UNIX => {}
            libc::AF_INET | libc::AF_INET6 if !bind && !is_loopback(&bytes[..length]) => {
                return Err(libc::ENETUNREACH);
            }
            _ => return Ok(Outcome::Pass),
        }
        let path = &bytes[FAMILY..length];
        let path = match path.first() {
            // A name that the kernel gives.
            None => return Ok(Outcome::Pass),
            // The abstract names are the host's.
            Some(0) if bind => return Err(libc::EPERM),
            Some(0) => return Err(libc::ECONNREFUSED),
            Some(_) => path.split(|byte| *byte == 0).next().unwrap_or(path),
        };
        let found = self.find_text(self.who(), libc::AT_FDCWD, path, !bind)?;
        let mut makes = None;
        if bind {
            if found.meta.is_some() {
                return Err(libc::EADDRINUSE);
            }
            let parent = self.may_make(&found)?;
            let attributes = self.new_attributes(parent, libc::S_IFSOCK | 0o777);
            makes = Some((found.host.clone(), attributes));
        } else {
            let meta = found.existing()?;
            match found.place {
                place if place.is_virtual() => {
                    self.who().may(self.attributes_of(place, meta), WRITE)?;
                }
                Place::Descriptor => {}
                _ => return Err(libc::ECONNREFUSED),
            }
        }
        let host = self.scratch.short_path(&found.host, LONGEST - 1)?;
        let mut block = (libc::AF_UNIX as u16).to_ne_bytes().to_vec();
        block.extend_from_slice(&host);
        block.push(0);
        let length = block.len() as u64;
        Ok(Outcome::Instead(Instead {
            number: if bind {
                libc::SYS_bind
            } else {
                libc::SYS_connect
            },
            arguments: [
                Argument::Value(fd as u64),
                Argument::Block(0),
                Argument::Value(length),
                NOTHING,
                NOTHING,
                NOTHING,
            ],
            block,
            pointers: Vec::new(),
            makes,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(ip: [u8; 4]) -> Vec<u8> {
        let family = (libc::AF_INET as u16).to_ne_bytes();
        [&family[..], &[0, 9], &ip, &[0; 8]].concat()
    }

    fn v6(ip: &str) -> Vec<u8> {
        let family = (libc::AF_INET6 as u16).to_ne_bytes();
        let ip: Ipv6Addr = ip.parse().unwrap();
        [&family[..], &[0, 9], &[0; 4], &ip.octets(), &[0; 4]].concat()
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for inside in [
            v4([127, 0, 0, 1]),
            v4([127, 9, 8, 7]),
            v4([0, 0, 0, 0]),
            v6("::1"),
            v6("::"),
            v6("::ffff:127.0.0.1"),
        ] {
            assert!(is_loopback(&inside), "{inside:?}");
        }
        for outside in [
            v4([192, 0, 2, 1]),
            v4([10, 0, 0, 1]),
            v6("2001:db8::1"),
            v6("fe80::1"),
            v6("::ffff:192.0.2.1"),
            // Too short for an address: refused like a foreign one.
            v4([127, 0, 0, 1])[..6].to_vec(),
            v6("::1")[..20].to_vec(),
        ] {
            assert!(!is_loopback(&outside), "{outside:?}");
        }
    }
}
