//! The few system calls that the tracer makes for a process, on byte paths and with bare error numbers, because both go
//! straight back to the process. No policy here.

use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;

/// A positive `errno`.
pub type Errno = i32;
pub type Answer<T> = Result<T, Errno>;

/// What `statx` says of a file: everything that `stat` would, and the birth time.
pub type Meta = libc::statx;

pub fn last_error() -> Errno {
    io::Error::last_os_error()
        .raw_os_error()
        .unwrap_or(libc::EIO)
}

pub fn c(path: &[u8]) -> Answer<CString> {
    if path.len() >= libc::PATH_MAX as usize {
        return Err(libc::ENAMETOOLONG);
    }
    CString::new(path).map_err(|_| libc::EINVAL)
}

fn done(result: libc::c_int) -> Answer<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(last_error())
    }
}

pub fn meta(path: &[u8], follow: bool) -> Answer<Meta> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    statx(path, flags, libc::STATX_BASIC_STATS | libc::STATX_BTIME)
}

pub fn statx(path: &[u8], flags: i32, mask: u32) -> Answer<Meta> {
    let path = c(path)?;
    let mut meta = MaybeUninit::<Meta>::zeroed();
    // SAFETY: the path ends with NUL and the buffer is a statx; zeroes are a valid one.
    unsafe {
        done(libc::statx(
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            mask,
            meta.as_mut_ptr(),
        ))?;
        Ok(meta.assume_init())
    }
}

pub fn read_link(path: &[u8]) -> Answer<Vec<u8>> {
    let path = c(path)?;
    let mut target = vec![0_u8; libc::PATH_MAX as usize];
    // SAFETY: the length is that of the buffer.
    let length = unsafe { libc::readlink(path.as_ptr(), target.as_mut_ptr().cast(), target.len()) };
    let length = usize::try_from(length).map_err(|_| last_error())?;
    target.truncate(length);
    Ok(target)
}

/// Makes an empty file that is not there yet.
pub fn create(path: &[u8], mode: u32) -> Answer<()> {
    let path = c(path)?;
    let flags = libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY | libc::O_CLOEXEC | libc::O_NOCTTY;
    // SAFETY: the path ends with NUL; the descriptor is closed at once.
    unsafe {
        let fd = libc::open(path.as_ptr(), flags, mode);
        if fd < 0 {
            return Err(last_error());
        }
        // The process's umask is not this one's.
        libc::fchmod(fd, mode);
        libc::close(fd);
    }
    Ok(())
}

pub fn mkdir(path: &[u8], mode: u32) -> Answer<()> {
    let path = c(path)?;
    // SAFETY: the path ends with NUL.
    unsafe {
        done(libc::mkdir(path.as_ptr(), mode))?;
        done(libc::chmod(path.as_ptr(), mode))
    }
}

pub fn mkfifo(path: &[u8], mode: u32) -> Answer<()> {
    let path = c(path)?;
    // SAFETY: the path ends with NUL.
    unsafe { done(libc::mkfifo(path.as_ptr(), mode)) }
}

pub fn unlink(path: &[u8], flags: i32) -> Answer<()> {
    let path = c(path)?;
    // SAFETY: the path ends with NUL.
    unsafe { done(libc::unlinkat(libc::AT_FDCWD, path.as_ptr(), flags)) }
}

pub fn rename(from: &[u8], to: &[u8], flags: u32) -> Answer<()> {
    let (from, to) = (c(from)?, c(to)?);
    // SAFETY: both paths end with NUL.
    let result = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            from.as_ptr(),
            libc::AT_FDCWD,
            to.as_ptr(),
            flags,
        )
    };
    done(result as libc::c_int)
}

pub fn link(from: &[u8], to: &[u8], flags: i32) -> Answer<()> {
    let (from, to) = (c(from)?, c(to)?);
    // SAFETY: both paths end with NUL.
    unsafe {
        done(libc::linkat(
            libc::AT_FDCWD,
            from.as_ptr(),
            libc::AT_FDCWD,
            to.as_ptr(),
            flags,
        ))
    }
}

pub fn symlink(target: &[u8], path: &[u8]) -> Answer<()> {
    let (target, path) = (c(target)?, c(path)?);
    // SAFETY: both end with NUL.
    unsafe { done(libc::symlink(target.as_ptr(), path.as_ptr())) }
}

/// Follows a symlink: callers give the place where they are.
pub fn chmod(path: &[u8], mode: u32) -> Answer<()> {
    let path = c(path)?;
    // SAFETY: the path ends with NUL.
    unsafe { done(libc::chmod(path.as_ptr(), mode)) }
}

pub fn access(path: &[u8], mode: i32) -> Answer<()> {
    let path = c(path)?;
    // SAFETY: the path ends with NUL.
    unsafe {
        done(libc::faccessat(
            libc::AT_FDCWD,
            path.as_ptr(),
            mode,
            libc::AT_EACCESS,
        ))
    }
}

pub fn set_times(path: &[u8], times: Option<[libc::timespec; 2]>, flags: i32) -> Answer<()> {
    let path = c(path)?;
    let pointer = times
        .as_ref()
        .map_or(std::ptr::null(), |times| times.as_ptr());
    // SAFETY: the path ends with NUL, the times are two or null.
    unsafe {
        done(libc::utimensat(
            libc::AT_FDCWD,
            path.as_ptr(),
            pointer,
            flags,
        ))
    }
}

pub fn truncate(path: &[u8], length: i64) -> Answer<()> {
    let path = c(path)?;
    // SAFETY: the path ends with NUL.
    unsafe { done(libc::truncate(path.as_ptr(), length)) }
}

pub fn statfs(path: &[u8]) -> Answer<libc::statfs> {
    let path = c(path)?;
    let mut answer = MaybeUninit::<libc::statfs>::zeroed();
    // SAFETY: the path ends with NUL and the buffer is a statfs; zeroes are a valid one.
    unsafe {
        done(libc::statfs(path.as_ptr(), answer.as_mut_ptr()))?;
        Ok(answer.assume_init())
    }
}

pub fn uname() -> Answer<libc::utsname> {
    let mut answer = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: the buffer is a utsname; zeroes are a valid one.
    unsafe {
        done(libc::uname(answer.as_mut_ptr()))?;
        Ok(answer.assume_init())
    }
}

/// The bytes of a plain kernel structure.
pub fn bytes_of<T: Copy>(value: &T) -> Vec<u8> {
    let start = std::ptr::from_ref(value).cast::<u8>();
    // SAFETY: only used for structures of the kernel's interface that were zeroed first, so that padding is initialised.
    unsafe { std::slice::from_raw_parts(start, size_of::<T>()) }.to_vec()
}
