//! x86_64: registers, system call numbers, and what their arguments mean. Another architecture is another file with
//! these names.

use super::call::{At, Call, IdentityCall as Id, Kind, Signal, Times};

pub type Regs = libc::user_regs_struct;

pub const AUDIT_ARCH: u32 = 0xC000_003E;

/// Numbers from here on are those of the x32 interface, which reaches the same calls.
pub const FOREIGN_NUMBERS: u32 = 0x4000_0000;

/// `syscall` is two bytes long.
const INSTRUCTION: u64 = 2;

pub fn number(regs: &Regs) -> i64 {
    regs.orig_rax as i64
}

pub fn instruction(regs: &Regs) -> (u64, u64) {
    (regs.rip, regs.rsp)
}

pub fn result(regs: &Regs) -> i64 {
    regs.rax as i64
}

pub fn arguments(regs: &Regs) -> [u64; 6] {
    [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9]
}

/// Another call instead of the one that is about to be made.
pub fn set_call(regs: &mut Regs, number: i64, arguments: [u64; 6]) {
    regs.orig_rax = number as u64;
    [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9] = arguments;
}

/// No call at all: the process gets this answer.
pub fn answer(regs: &mut Regs, value: i64) {
    regs.orig_rax = u64::MAX;
    regs.rax = value as u64;
}

/// After a call that stood in for another: back to where it was, so that the other one is made again.
pub fn again(regs: &mut Regs) {
    regs.rip -= INSTRUCTION;
    regs.rax = regs.orig_rax;
}

/// What is traced. Everything else runs at full speed or is refused by the filter.
pub const TRACED: &[i64] = &[
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_creat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_mkdir,
    libc::SYS_mkdirat,
    libc::SYS_mknod,
    libc::SYS_mknodat,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_unlinkat,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_link,
    libc::SYS_linkat,
    libc::SYS_symlink,
    libc::SYS_symlinkat,
    libc::SYS_chmod,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_utimensat,
    libc::SYS_truncate,
    libc::SYS_statfs,
    libc::SYS_chdir,
    libc::SYS_getcwd,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_inotify_add_watch,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_umask,
    libc::SYS_uname,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_getgroups,
    libc::SYS_setgroups,
    libc::SYS_capget,
    libc::SYS_capset,
];

/// What a traced call asks. `None`: a number that is neither in [`TRACED`] nor traced for some of its arguments.
pub fn decode(number: i64, a: [u64; 6]) -> Option<Call> {
    let int = |index: usize| a[index] as i32;
    let word = |index: usize| a[index] as u32;
    let here = |index: usize| At {
        dir: libc::AT_FDCWD,
        path: a[index],
    };
    let at = |index: usize| At {
        dir: int(index),
        path: a[index + 1],
    };
    let open = |at, flags, mode| Call::Open { at, flags, mode };
    let stat = |at, buffer, flags| Call::Stat { at, buffer, flags };
    let owner = |at, first: usize, flags| Call::ChangeOwner {
        at,
        uid: word(first),
        gid: word(first + 1),
        flags,
    };
    let mode = |at, mode, flags| Call::ChangeMode { at, mode, flags };
    let times = |at, times, flags| Call::SetTimes { at, times, flags };
    let unlink = |at, flags| Call::Unlink { at, flags };
    let rename = |from, to, flags| Call::Rename { from, to, flags };
    let link = |from, to, flags| Call::Link { from, to, flags };
    let access = |at, mode, flags| Call::Access { at, mode, flags };
    let execute = |at, first: usize, flags| Call::Execute {
        at,
        argv: a[first],
        envp: a[first + 1],
        flags,
    };
    let read_link = |at, first: usize| Call::ReadLink {
        at,
        buffer: a[first],
        size: a[first + 1],
    };
    let address = |bind| Call::Address {
        bind,
        fd: int(0),
        address: a[1],
        length: a[2],
    };
    // A descriptor itself is an empty path relative to it.
    let fd = At {
        dir: int(0),
        path: 0,
    };
    let (nofollow, empty) = (libc::AT_SYMLINK_NOFOLLOW, libc::AT_EMPTY_PATH);
    let created = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
    Some(match number {
        libc::SYS_open => open(here(0), int(1), word(2)),
        libc::SYS_openat => open(at(0), int(2), word(3)),
        libc::SYS_creat => open(here(0), created, word(1)),
        libc::SYS_stat => stat(here(0), a[1], 0),
        libc::SYS_lstat => stat(here(0), a[1], nofollow),
        libc::SYS_fstat => stat(fd, a[1], empty),
        libc::SYS_newfstatat => stat(at(0), a[2], int(3)),
        libc::SYS_statx => Call::Statx {
            at: at(0),
            flags: int(2),
            mask: word(3),
            buffer: a[4],
        },
        libc::SYS_access => access(here(0), int(1), 0),
        libc::SYS_faccessat => access(at(0), int(2), 0),
        libc::SYS_faccessat2 => access(at(0), int(2), int(3)),
        libc::SYS_readlink => read_link(here(0), 1),
        libc::SYS_readlinkat => read_link(at(0), 2),
        libc::SYS_mkdir => Call::MakeDirectory {
            at: here(0),
            mode: word(1),
        },
        libc::SYS_mkdirat => Call::MakeDirectory {
            at: at(0),
            mode: word(2),
        },
        libc::SYS_mknod => Call::MakeNode {
            at: here(0),
            mode: word(1),
        },
        libc::SYS_mknodat => Call::MakeNode {
            at: at(0),
            mode: word(2),
        },
        libc::SYS_rmdir => unlink(here(0), libc::AT_REMOVEDIR),
        libc::SYS_unlink => unlink(here(0), 0),
        libc::SYS_unlinkat => unlink(at(0), int(2)),
        libc::SYS_rename => rename(here(0), here(1), 0),
        libc::SYS_renameat => rename(at(0), at(2), 0),
        libc::SYS_renameat2 => rename(at(0), at(2), word(4)),
        libc::SYS_link => link(here(0), here(1), 0),
        libc::SYS_linkat => link(at(0), at(2), int(4)),
        libc::SYS_symlink => Call::Symlink {
            target: a[0],
            at: here(1),
        },
        libc::SYS_symlinkat => Call::Symlink {
            target: a[0],
            at: at(1),
        },
        libc::SYS_chmod => mode(here(0), word(1), 0),
        libc::SYS_fchmod => mode(fd, word(1), empty),
        libc::SYS_fchmodat => mode(at(0), word(2), 0),
        libc::SYS_chown => owner(here(0), 1, 0),
        libc::SYS_lchown => owner(here(0), 1, nofollow),
        libc::SYS_fchown => owner(fd, 1, empty),
        libc::SYS_fchownat => owner(at(0), 2, int(4)),
        libc::SYS_utime => times(here(0), Times::Seconds(a[1]), 0),
        libc::SYS_utimes => times(here(0), Times::Microseconds(a[1]), 0),
        libc::SYS_futimesat => times(at(0), Times::Microseconds(a[2]), 0),
        libc::SYS_utimensat if a[1] == 0 => times(fd, Times::Nanoseconds(a[2]), empty),
        libc::SYS_utimensat => times(at(0), Times::Nanoseconds(a[2]), int(3)),
        libc::SYS_truncate => Call::Truncate {
            path: a[0],
            length: a[1] as i64,
        },
        libc::SYS_statfs => Call::FileSystem {
            path: a[0],
            buffer: a[1],
        },
        libc::SYS_chdir => Call::ChangeDirectory { path: a[0] },
        libc::SYS_getcwd => Call::WorkingDirectory {
            buffer: a[0],
            size: a[1],
        },
        libc::SYS_execve => execute(here(0), 1, 0),
        libc::SYS_execveat => execute(at(0), 2, int(4)),
        libc::SYS_inotify_add_watch => Call::Watch {
            fd: int(0),
            path: a[1],
            mask: word(2),
        },
        libc::SYS_bind => address(true),
        libc::SYS_connect => address(false),
        libc::SYS_sendto => Call::SendTo {
            address: a[4],
            length: a[5],
        },
        libc::SYS_sendmsg => Call::SendMessages {
            headers: a[1],
            count: 1,
            stride: 0,
        },
        libc::SYS_sendmmsg => Call::SendMessages {
            headers: a[1],
            count: u64::from(word(2)),
            stride: size_of::<libc::mmsghdr>() as u64,
        },
        libc::SYS_umask => Call::Umask(word(0)),
        libc::SYS_uname => Call::HostName(a[0]),
        _ => return decode_persons(number, a),
    })
}

/// The calls about processes and who they are.
fn decode_persons(number: i64, a: [u64; 6]) -> Option<Call> {
    let int = |index: usize| a[index] as i32;
    let word = |index: usize| a[index] as u32;
    let three = [a[0], a[1], a[2]];
    let ids = [word(0), word(1), word(2)];
    let thread = |process, thread| Call::Signal(Signal::Thread { process, thread });
    let kill = Call::Signal(Signal::Kill {
        pid: int(0),
        signal: int(1),
    });
    let identity = match number {
        libc::SYS_kill | libc::SYS_rt_sigqueueinfo => return Some(kill),
        libc::SYS_tkill => return Some(thread(None, int(0))),
        libc::SYS_tgkill | libc::SYS_rt_tgsigqueueinfo => {
            return Some(thread(Some(int(0)), int(1)));
        }
        libc::SYS_pidfd_open => return Some(Call::Signal(Signal::Reference { pid: int(0) })),
        libc::SYS_getuid => Id::Real(Kind::Users),
        libc::SYS_geteuid => Id::Effective(Kind::Users),
        libc::SYS_getgid => Id::Real(Kind::Groups),
        libc::SYS_getegid => Id::Effective(Kind::Groups),
        libc::SYS_getresuid => Id::All(Kind::Users, three),
        libc::SYS_getresgid => Id::All(Kind::Groups, three),
        libc::SYS_setuid => Id::Set(Kind::Users, word(0)),
        libc::SYS_setgid => Id::Set(Kind::Groups, word(0)),
        libc::SYS_setreuid => Id::SetRe(Kind::Users, word(0), word(1)),
        libc::SYS_setregid => Id::SetRe(Kind::Groups, word(0), word(1)),
        libc::SYS_setresuid => Id::SetRes(Kind::Users, ids),
        libc::SYS_setresgid => Id::SetRes(Kind::Groups, ids),
        libc::SYS_setfsuid => Id::SetFiles(Kind::Users, word(0)),
        libc::SYS_setfsgid => Id::SetFiles(Kind::Groups, word(0)),
        libc::SYS_getgroups => Id::Supplementary {
            size: int(0),
            list: a[1],
        },
        libc::SYS_setgroups => Id::SetSupplementary {
            size: int(0),
            list: a[1],
        },
        libc::SYS_capget => Id::Capabilities {
            header: a[0],
            data: a[1],
        },
        libc::SYS_capset => Id::SetCapabilities {
            header: a[0],
            data: a[1],
        },
        libc::SYS_prctl => Id::Control {
            option: int(0),
            args: [a[1], a[2]],
        },
        _ => return None,
    };
    Some(Call::Identity(identity))
}
