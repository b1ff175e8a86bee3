//! Who a process is on the node: its virtual user and groups, how it may change them, and what they permit. Pure: no
//! system call is made here.

use super::sys::{Answer, Errno};

/// Read, write, search or execute, as in `access(2)`.
pub const READ: u32 = 4;
pub const WRITE: u32 = 2;
pub const EXECUTE: u32 = 1;

/// "Leave it as it is" in `setresuid` and `chown`.
pub const KEEP: u32 = u32::MAX;

// Numbers of the capabilities that decide something here.
const CHOWN: u32 = 0;
const DAC_OVERRIDE: u32 = 1;
const FOWNER: u32 = 3;
const KILL: u32 = 5;
const SETGID: u32 = 6;
const SETUID: u32 = 7;

/// CAP_CHOWN to CAP_CHECKPOINT_RESTORE.
pub const ALL_CAPABILITIES: u64 = (1 << 41) - 1;

/// Those that go with the file system id: CHOWN to FSETID, LINUX_IMMUTABLE, MKNOD, MAC_OVERRIDE.
const FILE_CAPABILITIES: u64 = 0b1_1111 | 1 << 9 | 1 << 27 | 1 << 32;

/// Real, effective, saved and file system id, of users or of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    pub real: u32,
    pub effective: u32,
    pub saved: u32,
    pub files: u32,
}

impl Ids {
    pub fn all(id: u32) -> Self {
        Self {
            real: id,
            effective: id,
            saved: id,
            files: id,
        }
    }

    fn has(&self, id: u32) -> bool {
        [self.real, self.effective, self.saved].contains(&id)
    }

    /// `setuid`, `setgid`: all of them for a privileged process, else only the effective one.
    pub fn set(&mut self, id: u32, privileged: bool) -> Answer<()> {
        if privileged {
            *self = Self::all(id);
        } else if id == self.real || id == self.saved {
            self.effective = id;
            self.files = id;
        } else {
            return Err(libc::EPERM);
        }
        Ok(())
    }

    pub fn set_re(&mut self, real: u32, effective: u32, privileged: bool) -> Answer<()> {
        let fits = |id: u32, own: &[u32]| id == KEEP || privileged || own.contains(&id);
        if !fits(real, &[self.real, self.effective])
            || !fits(effective, &[self.real, self.effective, self.saved])
        {
            return Err(libc::EPERM);
        }
        let before = self.real;
        take(&mut self.real, real);
        take(&mut self.effective, effective);
        if real != KEEP || (effective != KEEP && effective != before) {
            self.saved = self.effective;
        }
        self.files = self.effective;
        Ok(())
    }

    pub fn set_res(
        &mut self,
        real: u32,
        effective: u32,
        saved: u32,
        privileged: bool,
    ) -> Answer<()> {
        let fits = |id: u32| id == KEEP || privileged || self.has(id);
        if !(fits(real) && fits(effective) && fits(saved)) {
            return Err(libc::EPERM);
        }
        take(&mut self.real, real);
        take(&mut self.effective, effective);
        take(&mut self.saved, saved);
        self.files = self.effective;
        Ok(())
    }

    /// `setfsuid`, `setfsgid`: the answer is what it was before, whether it worked or not.
    pub fn set_files(&mut self, id: u32, privileged: bool) -> u32 {
        let before = self.files;
        if privileged || self.has(id) || id == before {
            self.files = id;
        }
        before
    }
}

fn take(id: &mut u32, wanted: u32) {
    if wanted != KEEP {
        *id = wanted;
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub users: Ids,
    pub groups: Ids,
    pub supplementary: Vec<u32>,
    pub permitted: u64,
    pub effective: u64,
    /// `PR_SET_KEEPCAPS`.
    pub keep_capabilities: bool,
    /// Set-user-id files give nothing any more.
    pub no_new_privileges: bool,
}

impl Identity {
    pub fn new(uid: u32, gid: u32, supplementary: Vec<u32>) -> Self {
        let all = if uid == 0 { ALL_CAPABILITIES } else { 0 };
        Self {
            users: Ids::all(uid),
            groups: Ids::all(gid),
            supplementary,
            permitted: all,
            effective: all,
            keep_capabilities: false,
            no_new_privileges: false,
        }
    }

    fn can(&self, capability: u32) -> bool {
        self.effective >> capability & 1 == 1
    }

    pub fn can_set_groups(&self) -> bool {
        self.can(SETGID)
    }

    /// May it write, search and own everything, as root does?
    pub fn overrides(&self) -> bool {
        self.can(DAC_OVERRIDE)
    }

    /// A change of user ids, with what it does to capabilities.
    pub fn change_users<T>(
        &mut self,
        change: impl FnOnce(&mut Ids, bool) -> Answer<T>,
    ) -> Answer<T> {
        let before = self.users;
        let privileged = self.can(SETUID);
        let answer = change(&mut self.users, privileged)?;
        let now = self.users;
        if before.has(0) && !now.has(0) && !self.keep_capabilities {
            self.permitted = 0;
            self.effective = 0;
        }
        match (before.effective == 0, now.effective == 0) {
            (true, false) => self.effective = 0,
            (false, true) => self.effective = self.permitted,
            _ => match (before.files == 0, now.files == 0) {
                (true, false) => self.effective &= !FILE_CAPABILITIES,
                (false, true) => self.effective |= self.permitted & FILE_CAPABILITIES,
                _ => {}
            },
        }
        Ok(answer)
    }

    pub fn change_groups<T>(
        &mut self,
        change: impl FnOnce(&mut Ids, bool) -> Answer<T>,
    ) -> Answer<T> {
        let privileged = self.can(SETGID);
        change(&mut self.groups, privileged)
    }

    /// `capset`: no more than what it may have.
    pub fn set_capabilities(&mut self, effective: u64, permitted: u64) -> Answer<()> {
        if permitted & !self.permitted != 0 || effective & !permitted != 0 {
            return Err(libc::EPERM);
        }
        self.permitted = permitted;
        self.effective = effective;
        Ok(())
    }

    pub fn in_group(&self, gid: u32) -> bool {
        self.groups.files == gid || self.supplementary.contains(&gid)
    }

    /// Is it the file's owner, or root?
    pub fn owns(&self, file: Attributes) -> bool {
        self.can(FOWNER) || self.users.files == file.uid
    }

    /// As the kernel decides: root may do all but execute what nobody may execute; the first class that fits decides.
    pub fn may(&self, file: Attributes, want: u32) -> Answer<()> {
        let directory = file.mode & libc::S_IFMT == libc::S_IFDIR;
        if self.overrides() {
            return if want & EXECUTE == 0 || directory || file.mode & 0o111 != 0 {
                Ok(())
            } else {
                Err(libc::EACCES)
            };
        }
        let class = if self.users.files == file.uid {
            file.mode >> 6
        } else if self.in_group(file.gid) {
            file.mode >> 3
        } else {
            file.mode
        };
        if class & want == want {
            Ok(())
        } else {
            Err(libc::EACCES)
        }
    }

    /// The same person with real instead of effective ids: what `access(2)` asks for.
    pub fn by_real_ids(&self) -> Self {
        let mut own = self.clone();
        own.users.files = own.users.real;
        own.groups.files = own.groups.real;
        own.effective = if own.users.real == 0 {
            own.permitted
        } else {
            0
        };
        own
    }

    /// May it signal a process with these user ids?
    pub fn may_signal(&self, target: Ids) -> Answer<()> {
        let own = [self.users.real, self.users.effective];
        if self.can(KILL) || own.contains(&target.real) || own.contains(&target.saved) {
            Ok(())
        } else {
            Err(libc::EPERM)
        }
    }

    /// What it is after `execve` of a file: set-user-id and set-group-id count, as far as they may.
    pub fn after_exec(&self, file: Option<Attributes>) -> Self {
        let mut next = self.clone();
        if let Some(file) = file.filter(|_| !self.no_new_privileges) {
            if file.mode & libc::S_ISUID != 0 {
                next.users.effective = file.uid;
            }
            if file.mode & libc::S_ISGID != 0 && file.mode & 0o010 != 0 {
                next.groups.effective = file.gid;
            }
        }
        for ids in [&mut next.users, &mut next.groups] {
            ids.saved = ids.effective;
            ids.files = ids.effective;
        }
        let has = |root: bool| if root { ALL_CAPABILITIES } else { 0 };
        next.permitted = has(next.users.real == 0 || next.users.effective == 0);
        next.effective = has(next.users.effective == 0);
        next.keep_capabilities = false;
        next
    }
}

/// What a file shows to the node: virtual owner and mode, with its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    pub uid: u32,
    pub gid: u32,
    /// As `st_mode`.
    pub mode: u32,
}

impl Attributes {
    pub fn is_directory(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFDIR
    }

    /// `chown` by somebody: the new attributes.
    pub fn changed_owner(self, who: &Identity, uid: u32, gid: u32) -> Result<Self, Errno> {
        let root = who.can(CHOWN);
        let same_user = uid == KEEP || uid == self.uid;
        let own_group = gid == KEEP || gid == self.gid || who.in_group(gid);
        if !(root || (who.users.files == self.uid && same_user && own_group)) {
            return Err(libc::EPERM);
        }
        let mut next = self;
        take(&mut next.uid, uid);
        take(&mut next.gid, gid);
        // A program must not become somebody else's by a change of hands.
        if !self.is_directory() {
            next.mode &= !libc::S_ISUID;
            if self.mode & 0o010 != 0 {
                next.mode &= !libc::S_ISGID;
            }
        }
        Ok(next)
    }
}
