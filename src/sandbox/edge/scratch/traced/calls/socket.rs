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
    if let Some(ip) = address.get(8..24) {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(ip);
        if i32::from(u16::from_ne_bytes([address[0], address[1]])) == libc::AF_INET6 {
            let ip = Ipv6Addr::from(bytes);
            return ip.is_loopback() || ip.is_unspecified() || ip.to_ipv4_mapped().is_some_and(v4);
        }
    }
    match address.get(4..8) {
        Some(&[a, b, c, d]) => v4(Ipv4Addr::new(a, b, c, d)),
        _ => false,
    }
}

impl Context<'_> {
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
