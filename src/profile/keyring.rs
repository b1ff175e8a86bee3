//! The keyring of the system: on Linux the kernel's, the user keyring, by its five system calls. It needs no daemon and no
//! library, works over SSH and in a static binary, and forgets everything when the machine restarts. The Secret Service of a
//! desktop would bring D-Bus into the binary, which costs more than 150 kB; `{ command = ["secret-tool", …] }` reaches it.

use super::error::ProfileError;
use crate::secret::Secret;

/// The kernel's own limit of one key's payload is a page below 32 KiB.
const LIMIT: usize = 32_000;

/// Whether a name can be one of a secret in the keyring.
pub fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/@:".contains(c);
    match !name.is_empty() && name.len() <= 200 && name.chars().all(plain) {
        true => Ok(()),
        false => Err("a name in the keyring has 1 to 200 letters, digits and ._-/@:".into()),
    }
}

/// Puts the secret into the user's keyring; one of the same name is replaced.
pub fn store(name: &str, secret: &Secret) -> Result<(), ProfileError> {
    if secret.expose().len() > LIMIT {
        let words = format!("a secret in the keyring has at most {LIMIT} bytes");
        return Err(ProfileError::Usage(words));
    }
    system::store(&description(name), secret.expose().as_bytes()).map_err(unreachable)
}

/// None: there is no secret of this name.
pub(super) fn fetch(name: &str) -> Result<Option<Vec<u8>>, ProfileError> {
    system::fetch(&description(name), LIMIT).map_err(unreachable)
}

/// Whether there was one.
pub fn remove(name: &str) -> Result<bool, ProfileError> {
    system::remove(&description(name)).map_err(unreachable)
}

fn description(name: &str) -> String {
    format!("hdikafka:{name}")
}

fn unreachable(error: std::io::Error) -> ProfileError {
    ProfileError::Denied(format!(
        "the keyring of this system cannot be used: {error}; \
         a secret can also be {{ env = … }}, {{ file = … }} or {{ command = … }}"
    ))
}

#[cfg(target_os = "linux")]
mod system {
    use std::ffi::{CStr, CString};
    use std::io;

    const TYPE: &CStr = c"user";

    pub fn store(description: &str, payload: &[u8]) -> io::Result<()> {
        let description = CString::new(description)?;
        possess();
        // SAFETY: both texts end with NUL, the payload is as long as is said; the kernel copies all of them.
        let key = unsafe {
            libc::syscall(
                libc::SYS_add_key,
                TYPE.as_ptr(),
                description.as_ptr(),
                payload.as_ptr(),
                payload.len(),
                libc::KEY_SPEC_USER_KEYRING,
            )
        };
        answer(key).map(drop)
    }

    pub fn fetch(description: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let Some(key) = find(description)? else {
            return Ok(None);
        };
        let mut payload = vec![0u8; limit];
        // SAFETY: the kernel writes at most as many bytes as are said, and tells how many there are.
        let length = answer(unsafe {
            libc::syscall(
                libc::SYS_keyctl,
                libc::KEYCTL_READ,
                key,
                payload.as_mut_ptr(),
                payload.len(),
            )
        })?;
        payload.truncate(usize::try_from(length).unwrap_or_default());
        Ok(Some(payload))
    }

    pub fn remove(description: &str) -> io::Result<bool> {
        let Some(key) = find(description)? else {
            return Ok(false);
        };
        // SAFETY: only numbers.
        let unlinked = unsafe {
            libc::syscall(
                libc::SYS_keyctl,
                libc::KEYCTL_UNLINK,
                key,
                libc::KEY_SPEC_USER_KEYRING,
            )
        };
        answer(unlinked).map(|_| true)
    }

    fn find(description: &str) -> io::Result<Option<libc::c_long>> {
        let description = CString::new(description)?;
        possess();
        // SAFETY: both texts end with NUL.
        let key = answer(unsafe {
            libc::syscall(
                libc::SYS_keyctl,
                libc::KEYCTL_SEARCH,
                libc::KEY_SPEC_USER_KEYRING,
                TYPE.as_ptr(),
                description.as_ptr(),
                0,
            )
        });
        match key {
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::ENOKEY | libc::EKEYEXPIRED | libc::EKEYREVOKED)
                ) =>
            {
                Ok(None)
            }
            key => key.map(Some),
        }
    }

    /// A key can be read by whoever reaches it from the keyring of the session; not every login links the user's into it.
    fn possess() {
        // SAFETY: only numbers. Where it fails, the call after it tells why.
        unsafe {
            libc::syscall(
                libc::SYS_keyctl,
                libc::KEYCTL_LINK,
                libc::KEY_SPEC_USER_KEYRING,
                libc::KEY_SPEC_SESSION_KEYRING,
            )
        };
    }

    fn answer(result: libc::c_long) -> io::Result<libc::c_long> {
        match result < 0 {
            true => Err(io::Error::last_os_error()),
            false => Ok(result),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    fn none<T>() -> io::Result<T> {
        Err(io::Error::other("it is built for Linux only"))
    }

    pub fn store(_: &str, _: &[u8]) -> io::Result<()> {
        none()
    }

    pub fn fetch(_: &str, _: usize) -> io::Result<Option<Vec<u8>>> {
        none()
    }

    pub fn remove(_: &str) -> io::Result<bool> {
        none()
    }
}
