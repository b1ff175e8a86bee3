//! Memory, registers and resuming of a stopped process. Errors are bare numbers: a process that is gone gives `ESRCH`,
//! and its end is reported by `waitpid` in due time.

use super::arch::Regs;
use super::sys::{Answer, last_error};
use std::mem::MaybeUninit;

const PAGE: u64 = 4096;

pub fn read(tid: i32, address: u64, buffer: &mut [u8]) -> Answer<()> {
    if read_some(tid, address, buffer)? == buffer.len() {
        Ok(())
    } else {
        Err(libc::EFAULT)
    }
}

fn read_some(tid: i32, address: u64, buffer: &mut [u8]) -> Answer<usize> {
    let local = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let remote = libc::iovec {
        iov_base: address as *mut libc::c_void,
        iov_len: buffer.len(),
    };
    // SAFETY: the local side is the buffer; the remote side is checked by the kernel.
    let count = unsafe { libc::process_vm_readv(tid, &local, 1, &remote, 1, 0) };
    usize::try_from(count).map_err(|_| last_error())
}

pub fn write(tid: i32, address: u64, bytes: &[u8]) -> Answer<()> {
    let local = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    let remote = libc::iovec {
        iov_base: address as *mut libc::c_void,
        iov_len: bytes.len(),
    };
    // SAFETY: the local side is only read; the remote side is checked by the kernel.
    let count = unsafe { libc::process_vm_writev(tid, &local, 1, &remote, 1, 0) };
    if usize::try_from(count) == Ok(bytes.len()) {
        Ok(())
    } else {
        Err(libc::EFAULT)
    }
}

/// A string that ends with NUL, as a path: `ENAMETOOLONG` above `PATH_MAX`.
pub fn text(tid: i32, address: u64) -> Answer<Vec<u8>> {
    if address == 0 {
        return Err(libc::EFAULT);
    }
    let mut found = Vec::new();
    let mut at = address;
    while found.len() < libc::PATH_MAX as usize {
        // A read never crosses into a page that may not be there. Most paths are short.
        let room = PAGE - at % PAGE;
        let length = if found.is_empty() {
            room.min(256)
        } else {
            room
        };
        let mut chunk = [0_u8; PAGE as usize];
        let chunk = &mut chunk[..length as usize];
        read(tid, at, chunk)?;
        if let Some(end) = chunk.iter().position(|byte| *byte == 0) {
            found.extend_from_slice(&chunk[..end]);
            return Ok(found);
        }
        found.extend_from_slice(chunk);
        at += length;
    }
    Err(libc::ENAMETOOLONG)
}

pub fn read_u64(tid: i32, address: u64) -> Answer<u64> {
    let mut bytes = [0; 8];
    read(tid, address, &mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// A row of pointers up to a null, at most `limit` of them (`E2BIG`).
pub fn pointers(tid: i32, address: u64, limit: usize) -> Answer<Vec<u64>> {
    let mut found = Vec::new();
    if address == 0 {
        return Ok(found);
    }
    let mut at = address;
    loop {
        match read_u64(tid, at)? {
            0 => return Ok(found),
            pointer => found.push(pointer),
        }
        if found.len() > limit {
            return Err(libc::E2BIG);
        }
        at += 8;
    }
}

pub fn registers(tid: i32) -> Answer<Regs> {
    let mut regs = MaybeUninit::<Regs>::zeroed();
    // SAFETY: the buffer is what the request fills.
    unsafe {
        if libc::ptrace(libc::PTRACE_GETREGS, tid, 0, regs.as_mut_ptr()) != 0 {
            return Err(last_error());
        }
        Ok(regs.assume_init())
    }
}

pub fn set_registers(tid: i32, regs: &Regs) -> Answer<()> {
    // SAFETY: the buffer is what the request reads.
    if unsafe { libc::ptrace(libc::PTRACE_SETREGS, tid, 0, std::ptr::from_ref(regs)) } != 0 {
        return Err(last_error());
    }
    Ok(())
}

/// What comes with an event: the new process, or the old thread id.
pub fn event_message(tid: i32) -> Answer<i32> {
    let mut message: libc::c_ulong = 0;
    // SAFETY: the buffer is what the request fills.
    if unsafe { libc::ptrace(libc::PTRACE_GETEVENTMSG, tid, 0, &raw mut message) } != 0 {
        return Err(last_error());
    }
    i32::try_from(message).map_err(|_| libc::ESRCH)
}

/// How a stopped process goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Until the next event.
    Run,
    /// Until the system call that it is about to make has ended.
    UntilExit,
    /// It stays in its group stop, and `SIGCONT` is heard.
    Listen,
}

/// Lets it go on, with a signal or 0. A process that was killed meanwhile is no error: `waitpid` tells.
pub fn resume(tid: i32, how: Resume, signal: i32) {
    let request = match how {
        Resume::Run => libc::PTRACE_CONT,
        Resume::UntilExit => libc::PTRACE_SYSCALL,
        Resume::Listen => libc::PTRACE_LISTEN,
    };
    // SAFETY: no memory is involved.
    unsafe { libc::ptrace(request, tid, 0, signal as libc::c_long) };
}
