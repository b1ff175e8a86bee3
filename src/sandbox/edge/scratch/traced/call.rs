//! The system calls that the tracer understands, in one form each: what `open`, `creat` and `openat` ask is the same
//! question. Addresses are the process's. How an architecture numbers and passes them is in its own file.

/// A path argument: relative to a directory's descriptor, or `AT_FDCWD`.
#[derive(Clone, Copy, Debug)]
pub struct At {
    pub dir: i32,
    pub path: u64,
}

/// How times are passed.
#[derive(Clone, Copy, Debug)]
pub enum Times {
    /// Two `timespec`, or null for now.
    Nanoseconds(u64),
    /// Two `timeval`, or null for now.
    Microseconds(u64),
    /// A `utimbuf`, or null for now.
    Seconds(u64),
}

#[derive(Clone, Copy, Debug)]
pub enum Call {
    Open {
        at: At,
        flags: i32,
        mode: u32,
    },
    Stat {
        at: At,
        buffer: u64,
        flags: i32,
    },
    Statx {
        at: At,
        flags: i32,
        mask: u32,
        buffer: u64,
    },
    Access {
        at: At,
        mode: i32,
        flags: i32,
    },
    ReadLink {
        at: At,
        buffer: u64,
        size: u64,
    },
    MakeDirectory {
        at: At,
        mode: u32,
    },
    MakeNode {
        at: At,
        mode: u32,
    },
    Unlink {
        at: At,
        flags: i32,
    },
    Rename {
        from: At,
        to: At,
        flags: u32,
    },
    Link {
        from: At,
        to: At,
        flags: i32,
    },
    Symlink {
        target: u64,
        at: At,
    },
    ChangeMode {
        at: At,
        mode: u32,
        flags: i32,
    },
    ChangeOwner {
        at: At,
        uid: u32,
        gid: u32,
        flags: i32,
    },
    SetTimes {
        at: At,
        times: Times,
        flags: i32,
    },
    Truncate {
        path: u64,
        length: i64,
    },
    FileSystem {
        path: u64,
        buffer: u64,
    },
    ChangeDirectory {
        path: u64,
    },
    WorkingDirectory {
        buffer: u64,
        size: u64,
    },
    Execute {
        at: At,
        argv: u64,
        envp: u64,
        flags: i32,
    },
    Watch {
        fd: i32,
        path: u64,
        mask: u32,
    },
    /// `bind` (true) or `connect`.
    Address {
        bind: bool,
        fd: i32,
        address: u64,
        length: u64,
    },
    /// `sendto` with an address.
    SendTo {
        address: u64,
        length: u64,
    },
    /// `sendmsg`, `sendmmsg`: so many headers, each so many bytes after the one before.
    SendMessages {
        headers: u64,
        count: u64,
        stride: u64,
    },
    Umask(u32),
    HostName(u64),
    /// kill, tkill, tgkill, rt_sigqueueinfo, pidfd_open: somebody is named.
    Signal(Signal),
    Identity(IdentityCall),
}

#[derive(Clone, Copy, Debug)]
pub enum Signal {
    Kill {
        pid: i32,
        signal: i32,
    },
    /// A thread of a process, if it is said which.
    Thread {
        process: Option<i32>,
        thread: i32,
    },
    /// Nothing is sent yet.
    Reference {
        pid: i32,
    },
}

/// Users or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Users,
    Groups,
}

#[derive(Clone, Copy, Debug)]
pub enum IdentityCall {
    Real(Kind),
    Effective(Kind),
    All(Kind, [u64; 3]),
    Set(Kind, u32),
    SetRe(Kind, u32, u32),
    SetRes(Kind, [u32; 3]),
    SetFiles(Kind, u32),
    Supplementary { size: i32, list: u64 },
    SetSupplementary { size: i32, list: u64 },
    Capabilities { header: u64, data: u64 },
    SetCapabilities { header: u64, data: u64 },
    Control { option: i32, args: [u64; 2] },
}
