//! Who a process is and becomes: the id calls, groups, capabilities and the part of `prctl` that `setpriv` and programs
//! like sudo need. A virtual root has all capabilities, everybody else none.

use super::{Context, Outcome};
use crate::sandbox::edge::scratch::call::{IdentityCall, Kind};
use crate::sandbox::edge::scratch::identity::Ids;
use crate::sandbox::edge::scratch::sys::Answer;
use crate::sandbox::edge::scratch::tracee;

/// As the kernel's.
const MOST_GROUPS: i32 = 65536;

const CAPABILITY_VERSION_1: u32 = 0x1998_0330;
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;
/// CAP_CHOWN to CAP_CHECKPOINT_RESTORE.
const ALL_CAPABILITIES: u64 = (1 << 41) - 1;

impl Context<'_> {
    pub fn identity(&mut self, call: IdentityCall) -> Answer<Outcome> {
        let privileged = self.who().privileged();
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
            IdentityCall::Set(kind, id) => self.change(kind, |ids| ids.set(id, privileged))?,
            IdentityCall::SetRe(kind, real, effective) => {
                self.change(kind, |ids| ids.set_re(real, effective, privileged))?
            }
            IdentityCall::SetRes(kind, [real, effective, saved]) => {
                self.change(kind, |ids| ids.set_res(real, effective, saved, privileged))?
            }
            IdentityCall::SetFiles(kind, id) => i64::from(self.ids(kind).set_files(id, privileged)),
            IdentityCall::Supplementary { size, list } => self.groups(size, list)?,
            IdentityCall::SetSupplementary { size, list } => self.set_groups(size, list)?,
            IdentityCall::Capabilities { header, data } => self.capabilities(header, data)?,
            IdentityCall::SetCapabilities => 0,
            IdentityCall::Control { option, args } => return self.control(option, args),
        };
        Ok(Outcome::Answer(answer))
    }

    fn ids(&mut self, kind: Kind) -> &mut Ids {
        match kind {
            Kind::Users => &mut self.person.identity.users,
            Kind::Groups => &mut self.person.identity.groups,
        }
    }

    /// A change that others see, if it was allowed.
    fn change(&mut self, kind: Kind, change: impl FnOnce(&mut Ids) -> Answer<()>) -> Answer<i64> {
        change(self.ids(kind))?;
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
        if !self.who().privileged() {
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

    fn capabilities(&self, header: u64, data: u64) -> Answer<i64> {
        let mut version = [0; 4];
        tracee::read(self.tid, header, &mut version)?;
        let version = u32::from_ne_bytes(version);
        let words = match version {
            CAPABILITY_VERSION_1 => 1,
            0x2007_1026 | CAPABILITY_VERSION_3 => 2,
            _ => {
                tracee::write(self.tid, header, &CAPABILITY_VERSION_3.to_ne_bytes())?;
                return if data == 0 { Ok(0) } else { Err(libc::EINVAL) };
            }
        };
        if data == 0 {
            return Ok(0);
        }
        let all = if self.who().privileged() {
            ALL_CAPABILITIES
        } else {
            0
        };
        for word in 0..words {
            let part = ((all >> (32 * word)) as u32).to_ne_bytes();
            // Effective, permitted, inheritable.
            let row = [part, part, [0; 4]].concat();
            tracee::write(self.tid, data + 12 * word, &row)?;
        }
        Ok(0)
    }

    fn control(&mut self, option: i32, args: [u64; 2]) -> Answer<Outcome> {
        let answer = match option {
            // Its memory must stay readable for the tracer.
            libc::PR_SET_DUMPABLE => 0,
            libc::PR_SET_NO_NEW_PRIVS => {
                self.person.identity.no_new_privileges = true;
                0
            }
            libc::PR_GET_NO_NEW_PRIVS => i64::from(self.who().no_new_privileges),
            libc::PR_CAPBSET_READ => i64::from(ALL_CAPABILITIES >> args[0].min(63) & 1 == 1),
            libc::PR_CAP_AMBIENT if args[0] == libc::PR_CAP_AMBIENT_IS_SET as u64 => 0,
            _ if self.who().privileged() || option == libc::PR_CAP_AMBIENT => 0,
            _ => return Err(libc::EPERM),
        };
        Ok(Outcome::Answer(answer))
    }
}
