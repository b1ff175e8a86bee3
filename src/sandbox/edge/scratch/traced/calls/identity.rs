//! Who a process is and becomes: the id calls, groups, capabilities and the part of `prctl` that `setpriv` and programs
//! like sudo need. A virtual root has all capabilities, everybody else none.

use super::{Context, Outcome};
use crate::sandbox::edge::scratch::traced::call::{IdentityCall, Kind};
use crate::sandbox::edge::scratch::traced::identity::{ALL_CAPABILITIES, Ids};
use crate::sandbox::edge::scratch::traced::sys::Answer;
use crate::sandbox::edge::scratch::traced::tracee;

/// As the kernel's.
const MOST_GROUPS: i32 = 65536;

const CAPABILITY_VERSION_1: u32 = 0x1998_0330;
const CAPABILITY_VERSION_2: u32 = 0x2007_1026;
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

impl Context<'_> {
    pub fn identity(&mut self, call: IdentityCall) -> Answer<Outcome> {
        let answer = match call {
            IdentityCall::Real(kind) => i64::from(self.ids(kind).real),
            IdentityCall::Effective(kind) => i64::from(self.ids(kind).effective),
            IdentityCall::All(kind, buffers) => {
                let ids = *self.ids(kind);
                for (buffer, id) in buffers
                    .into_iter()
                    .zip([ids.real, ids.effective, ids.saved])
                {
                    tracee::write(self.tid, buffer, &id.to_ne_bytes())?;
                }
                0
            }
            IdentityCall::Set(kind, id) => {
                self.change(kind, |ids, privileged| ids.set(id, privileged))?
            }
            IdentityCall::SetRe(kind, real, effective) => self
                .change(kind, |ids, privileged| {
                    ids.set_re(real, effective, privileged)
                })?,
            IdentityCall::SetRes(kind, [real, effective, saved]) => self
                .change(kind, |ids, privileged| {
                    ids.set_res(real, effective, saved, privileged)
                })?,
            IdentityCall::SetFiles(kind, id) => {
                let mut before = 0;
                self.change(kind, |ids, privileged| {
                    before = ids.set_files(id, privileged);
                    Ok(())
                })?;
                i64::from(before)
            }
            IdentityCall::Supplementary { size, list } => self.groups(size, list)?,
            IdentityCall::SetSupplementary { size, list } => self.set_groups(size, list)?,
            IdentityCall::Capabilities { header, data } => self.capabilities(header, data)?,
            IdentityCall::SetCapabilities { header, data } => {
                self.set_capabilities(header, data)?
            }
            IdentityCall::Control { option, args } => return self.control(option, args),
        };
        Ok(Outcome::Answer(answer))
    }

    fn ids(&self, kind: Kind) -> &Ids {
        match kind {
            Kind::Users => &self.person.identity.users,
            Kind::Groups => &self.person.identity.groups,
        }
    }

    /// A change that others see, if it was allowed.
    fn change(
        &mut self,
        kind: Kind,
        change: impl FnOnce(&mut Ids, bool) -> Answer<()>,
    ) -> Answer<i64> {
        let person = &mut self.person.identity;
        match kind {
            Kind::Users => person.change_users(change)?,
            Kind::Groups => person.change_groups(change)?,
        }
        self.publish();
        Ok(0)
    }

    fn groups(&self, size: i32, list: u64) -> Answer<i64> {
        let groups = &self.who().supplementary;
        let count = groups.len() as i64;
        if size < 0 || (size > 0 && i64::from(size) < count) {
            return Err(libc::EINVAL);
        }
        if size > 0 {
            let bytes: Vec<u8> = groups.iter().flat_map(|id| id.to_ne_bytes()).collect();
            tracee::write(self.tid, list, &bytes)?;
        }
        Ok(count)
    }

    fn set_groups(&mut self, size: i32, list: u64) -> Answer<i64> {
        if !self.who().can_set_groups() {
            return Err(libc::EPERM);
        }
        if !(0..=MOST_GROUPS).contains(&size) {
            return Err(libc::EINVAL);
        }
        let mut bytes = vec![0; size as usize * 4];
        tracee::read(self.tid, list, &mut bytes)?;
        self.person.identity.supplementary = bytes
            .chunks_exact(4)
            .map(|id| u32::from_ne_bytes([id[0], id[1], id[2], id[3]]))
            .collect();
        self.publish();
        Ok(0)
    }

    fn publish(&self) {
        self.scratch.processes.set(self.pid, self.person.public());
    }

    /// How many words of each set that version has; an unknown one is answered with the newest, as the kernel does.
    fn capability_words(&self, header: u64) -> Answer<Option<u64>> {
        let mut version = [0; 4];
        tracee::read(self.tid, header, &mut version)?;
        match u32::from_ne_bytes(version) {
            CAPABILITY_VERSION_1 => Ok(Some(1)),
            CAPABILITY_VERSION_2 | CAPABILITY_VERSION_3 => Ok(Some(2)),
            _ => {
                tracee::write(self.tid, header, &CAPABILITY_VERSION_3.to_ne_bytes())?;
                Ok(None)
            }
        }
    }

    fn capabilities(&self, header: u64, data: u64) -> Answer<i64> {
        let words = match self.capability_words(header)? {
            _ if data == 0 => return Ok(0),
            None => return Err(libc::EINVAL),
            Some(words) => words,
        };
        let part = |set: u64, word: u64| ((set >> (32 * word)) as u32).to_ne_bytes();
        for word in 0..words {
            let (effective, permitted) = (self.who().effective, self.who().permitted);
            // Nothing is inheritable.
            let row = [part(effective, word), part(permitted, word), [0; 4]].concat();
            tracee::write(self.tid, data + 12 * word, &row)?;
        }
        Ok(0)
    }

    fn set_capabilities(&mut self, header: u64, data: u64) -> Answer<i64> {
        let words = self.capability_words(header)?.ok_or(libc::EINVAL)?;
        let (mut effective, mut permitted) = (0, 0);
        for word in 0..words {
            let both = tracee::read_u64(self.tid, data + 12 * word)?;
            effective |= (both & u64::from(u32::MAX)) << (32 * word);
            permitted |= (both >> 32) << (32 * word);
        }
        let person = &mut self.person.identity;
        person.set_capabilities(effective & ALL_CAPABILITIES, permitted & ALL_CAPABILITIES)?;
        self.publish();
        Ok(0)
    }

    fn control(&mut self, option: i32, args: [u64; 2]) -> Answer<Outcome> {
        let answer = match option {
            // Its memory must stay readable for the tracer.
            libc::PR_SET_DUMPABLE => 0,
            libc::PR_SET_KEEPCAPS => {
                self.person.identity.keep_capabilities = args[0] != 0;
                0
            }
            libc::PR_SET_NO_NEW_PRIVS => {
                self.person.identity.no_new_privileges = true;
                0
            }
            libc::PR_GET_NO_NEW_PRIVS => i64::from(self.who().no_new_privileges),
            libc::PR_CAPBSET_READ => i64::from(ALL_CAPABILITIES >> args[0].min(63) & 1 == 1),
            libc::PR_CAP_AMBIENT if args[0] == libc::PR_CAP_AMBIENT_IS_SET as u64 => 0,
            _ if self.who().can_set_groups() || option == libc::PR_CAP_AMBIENT => 0,
            _ => return Err(libc::EPERM),
        };
        Ok(Outcome::Answer(answer))
    }
}
