//! The seccomp filter of the node's processes: which system calls stop for the tracer, which are refused outright, and
//! the rest at full speed. A program of classic BPF, the same for every process.

use super::arch;

const PTRACE: i32 = libc::EPERM;

/// Refused without a stop. `ENOSYS` where programs have an older way that is traced (a node's kernel is older than all
/// of these); `EOPNOTSUPP` as a file system without extended attributes says; `EPERM` for what reaches past the node.
const REFUSED: &[(i64, i32)] = &[
    (libc::SYS_openat2, libc::ENOSYS),
    (libc::SYS_fchmodat2, libc::ENOSYS),
    (libc::SYS_clone3, libc::ENOSYS),
    (libc::SYS_io_uring_setup, libc::ENOSYS),
    (libc::SYS_io_uring_enter, libc::ENOSYS),
    (libc::SYS_io_uring_register, libc::ENOSYS),
    (libc::SYS_setxattr, libc::EOPNOTSUPP),
    (libc::SYS_lsetxattr, libc::EOPNOTSUPP),
    (libc::SYS_fsetxattr, libc::EOPNOTSUPP),
    (libc::SYS_getxattr, libc::EOPNOTSUPP),
    (libc::SYS_lgetxattr, libc::EOPNOTSUPP),
    (libc::SYS_fgetxattr, libc::EOPNOTSUPP),
    (libc::SYS_listxattr, libc::EOPNOTSUPP),
    (libc::SYS_llistxattr, libc::EOPNOTSUPP),
    (libc::SYS_flistxattr, libc::EOPNOTSUPP),
    (libc::SYS_removexattr, libc::EOPNOTSUPP),
    (libc::SYS_lremovexattr, libc::EOPNOTSUPP),
    (libc::SYS_fremovexattr, libc::EOPNOTSUPP),
    (libc::SYS_name_to_handle_at, libc::EOPNOTSUPP),
    (libc::SYS_open_by_handle_at, libc::EPERM),
    (libc::SYS_ptrace, PTRACE),
    (libc::SYS_process_vm_readv, PTRACE),
    (libc::SYS_process_vm_writev, PTRACE),
    (libc::SYS_pidfd_getfd, PTRACE),
    (libc::SYS_process_madvise, PTRACE),
    (libc::SYS_kcmp, PTRACE),
    (libc::SYS_perf_event_open, libc::EPERM),
    (libc::SYS_bpf, libc::EPERM),
    (libc::SYS_chroot, libc::EPERM),
    (libc::SYS_pivot_root, libc::EPERM),
    (libc::SYS_mount, libc::EPERM),
    (libc::SYS_umount2, libc::EPERM),
    (libc::SYS_open_tree, libc::EPERM),
    (libc::SYS_move_mount, libc::EPERM),
    (libc::SYS_fsopen, libc::EPERM),
    (libc::SYS_fsconfig, libc::EPERM),
    (libc::SYS_fsmount, libc::EPERM),
    (libc::SYS_fspick, libc::EPERM),
    (libc::SYS_mount_setattr, libc::EPERM),
    (libc::SYS_setns, libc::EPERM),
    (libc::SYS_unshare, libc::EPERM),
    (libc::SYS_fanotify_init, libc::EPERM),
    (libc::SYS_fanotify_mark, libc::EPERM),
    (libc::SYS_quotactl, libc::EPERM),
    (libc::SYS_quotactl_fd, libc::EPERM),
    (libc::SYS_swapon, libc::EPERM),
    (libc::SYS_swapoff, libc::EPERM),
    (libc::SYS_reboot, libc::EPERM),
    (libc::SYS_sethostname, libc::EPERM),
    (libc::SYS_setdomainname, libc::EPERM),
    (libc::SYS_settimeofday, libc::EPERM),
    (libc::SYS_clock_settime, libc::EPERM),
    (libc::SYS_clock_adjtime, libc::EPERM),
    (libc::SYS_adjtimex, libc::EPERM),
    (libc::SYS_acct, libc::EPERM),
    (libc::SYS_syslog, libc::EPERM),
    (libc::SYS_init_module, libc::EPERM),
    (libc::SYS_finit_module, libc::EPERM),
    (libc::SYS_delete_module, libc::EPERM),
    (libc::SYS_kexec_load, libc::EPERM),
    (libc::SYS_kexec_file_load, libc::EPERM),
    (libc::SYS_add_key, libc::EPERM),
    (libc::SYS_request_key, libc::EPERM),
    (libc::SYS_keyctl, libc::EPERM),
];

/// setxattrat, getxattrat, listxattrat, removexattrat, open_tree_attr, file_getattr, file_setattr: the same numbers on
/// every architecture.
const REFUSED_SINCE_6_13: std::ops::RangeInclusive<u32> = 463..=469;

/// The options of `prctl` that concern who a process is. The others go through.
const CONTROLS: &[i32] = &[
    libc::PR_SET_DUMPABLE,
    libc::PR_SET_KEEPCAPS,
    libc::PR_SET_NO_NEW_PRIVS,
    libc::PR_GET_NO_NEW_PRIVS,
    libc::PR_CAPBSET_READ,
    libc::PR_CAPBSET_DROP,
    libc::PR_SET_SECUREBITS,
    libc::PR_CAP_AMBIENT,
];

/// Calls that name a process in the first or second argument: only the caller itself, which is 0.
const OWN_ONLY: &[(i64, u32)] = &[
    (libc::SYS_prlimit64, FIRST_ARGUMENT),
    (libc::SYS_setpriority, FIRST_ARGUMENT + 8),
];

const NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u32;

// Offsets in `seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

/// The program. It is built before there is a child, which must not allocate.
pub fn program() -> Vec<libc::sock_filter> {
    let mut code = vec![
        load(ARCHITECTURE),
        equal(arch::AUDIT_ARCH, 1, 0),
        answer(libc::SECCOMP_RET_KILL_PROCESS),
        load(NUMBER),
        at_least(arch::FOREIGN_NUMBERS, 0, 1),
        refuse(libc::ENOSYS),
        at_least(*REFUSED_SINCE_6_13.start(), 0, 2),
        at_least(REFUSED_SINCE_6_13.end() + 1, 1, 0),
        refuse(libc::ENOSYS),
    ];
    for number in arch::TRACED {
        code.extend([equal(*number as u32, 0, 1), answer(libc::SECCOMP_RET_TRACE)]);
    }
    for (number, errno) in REFUSED {
        code.extend([equal(*number as u32, 0, 1), refuse(*errno)]);
    }
    for (number, argument) in OWN_ONLY {
        code.extend([
            equal(*number as u32, 0, 4),
            load(*argument),
            equal(0, 1, 0),
            refuse(libc::EPERM),
            answer(libc::SECCOMP_RET_ALLOW),
        ]);
    }
    // Most of what is sent goes where the socket is connected, and need not stop.
    code.extend([
        equal(libc::SYS_sendto as u32, 0, 6),
        load(FIRST_ARGUMENT + 8 * 4),
        equal(0, 0, 2),
        load(FIRST_ARGUMENT + 8 * 4 + 4),
        equal(0, 1, 0),
        answer(libc::SECCOMP_RET_TRACE),
        answer(libc::SECCOMP_RET_ALLOW),
    ]);
    // Sockets that see or make whole packets. SOCK_RAW is 3, in the low bits of the type.
    code.extend([
        equal(libc::SYS_socket as u32, 0, 7),
        load(FIRST_ARGUMENT),
        equal(libc::AF_PACKET as u32, 3, 0),
        load(FIRST_ARGUMENT + 8),
        step(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0xf, 0, 0),
        equal(libc::SOCK_RAW as u32, 0, 1),
        refuse(libc::EPERM),
        answer(libc::SECCOMP_RET_ALLOW),
    ]);
    code.extend([
        equal(libc::SYS_clone as u32, 0, 4),
        load(FIRST_ARGUMENT),
        any_of(NAMESPACES, 0, 1),
        refuse(libc::EPERM),
        answer(libc::SECCOMP_RET_ALLOW),
        equal(libc::SYS_prctl as u32, 0, (CONTROLS.len() * 2 + 1) as u8),
        load(FIRST_ARGUMENT),
    ]);
    for option in CONTROLS {
        code.extend([equal(*option as u32, 0, 1), answer(libc::SECCOMP_RET_TRACE)]);
    }
    code.push(answer(libc::SECCOMP_RET_ALLOW));
    code
}

fn step(code: u32, value: u32, yes: u8, no: u8) -> libc::sock_filter {
    libc::sock_filter {
        code: code as u16,
        jt: yes,
        jf: no,
        k: value,
    }
}

fn load(offset: u32) -> libc::sock_filter {
    step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0)
}

fn equal(value: u32, yes: u8, no: u8) -> libc::sock_filter {
    step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value, yes, no)
}

fn at_least(value: u32, yes: u8, no: u8) -> libc::sock_filter {
    step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, value, yes, no)
}

fn any_of(bits: u32, yes: u8, no: u8) -> libc::sock_filter {
    step(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, bits, yes, no)
}

fn answer(action: u32) -> libc::sock_filter {
    step(libc::BPF_RET | libc::BPF_K, action, 0, 0)
}

fn refuse(errno: i32) -> libc::sock_filter {
    answer(libc::SECCOMP_RET_ERRNO | errno as u32)
}
