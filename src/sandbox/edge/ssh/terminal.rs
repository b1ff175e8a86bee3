//! A pseudo-terminal: opened, sized, and read and written without blocking.

use russh::Pty;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::unix::AsyncFd;

#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub rows: u32,
    pub columns: u32,
}

/// The side of the one who types and looks. It is closed when the last clone is dropped: the programs get SIGHUP then.
#[derive(Clone)]
pub struct Terminal {
    master: Arc<AsyncFd<File>>,
    /// Until a program has taken it.
    slave: Arc<Mutex<Option<OwnedFd>>>,
    pub name: String,
}

impl Terminal {
    pub fn open(size: Size, modes: &[(Pty, u32)]) -> io::Result<Self> {
        // SAFETY: the descriptor is new and nobody else's.
        let master = unsafe {
            let fd = libc::posix_openpt(
                libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC | libc::O_NONBLOCK,
            );
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            File::from_raw_fd(fd)
        };
        let fd = master.as_raw_fd();
        let mut name = [0_u8; 64];
        // SAFETY: the descriptor is a terminal's master; the buffer has the length that is said.
        let made = unsafe {
            libc::grantpt(fd) == 0
                && libc::unlockpt(fd) == 0
                && libc::ptsname_r(fd, name.as_mut_ptr().cast(), name.len()) == 0
        };
        if !made {
            return Err(io::Error::last_os_error());
        }
        let length = name.iter().position(|byte| *byte == 0).unwrap_or(0);
        let name = String::from_utf8_lossy(&name[..length]).into_owned();
        let slave: OwnedFd = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY)
            .open(&name)?
            .into();
        set_modes(&slave, modes);
        let terminal = Self {
            // SAFETY: the file owns its descriptor and stays the same for as long as this lives.
            master: Arc::new(unsafe { AsyncFd::register(master)? }),
            slave: Arc::new(Mutex::new(Some(slave))),
            name,
        };
        terminal.resize(size);
        Ok(terminal)
    }

    /// The programs' side; once.
    pub fn take_slave(&self) -> Option<OwnedFd> {
        self.slave
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    pub fn resize(&self, size: Size) {
        let cells = |count: u32| u16::try_from(count).unwrap_or(u16::MAX);
        let size = libc::winsize {
            ws_row: cells(size.rows),
            ws_col: cells(size.columns),
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        // SAFETY: the descriptor lives through the call, the structure is the one that the request reads.
        unsafe { libc::ioctl(self.master.as_raw_fd(), libc::TIOCSWINSZ, &size) };
    }

    /// 0: nobody is left on the other side (Linux says EIO then).
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut guard = self.master.readable().await?;
            match guard.try_io(|master| master.get_ref().read(buffer)) {
                Ok(Err(e)) if e.raw_os_error() == Some(libc::EIO) => return Ok(0),
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }

    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut guard = self.master.writable().await?;
            match guard.try_io(|master| master.get_ref().write(bytes)) {
                Ok(count) => bytes = &bytes[count?..],
                Err(_would_block) => {}
            }
        }
        Ok(())
    }
}

/// The few modes by which a client's terminal may differ in a way that a person notices.
fn set_modes(slave: &OwnedFd, modes: &[(Pty, u32)]) {
    let fd = slave.as_raw_fd();
    // SAFETY: termios is plain data, filled by tcgetattr before it is used.
    unsafe {
        let mut termios: libc::termios = std::mem::zeroed();
        if libc::tcgetattr(fd, &mut termios) != 0 {
            return;
        }
        for (mode, value) in modes {
            let (flags, bit) = match mode {
                Pty::ECHO => (&mut termios.c_lflag, libc::ECHO),
                Pty::ICANON => (&mut termios.c_lflag, libc::ICANON),
                Pty::ISIG => (&mut termios.c_lflag, libc::ISIG),
                Pty::ICRNL => (&mut termios.c_iflag, libc::ICRNL),
                Pty::OPOST => (&mut termios.c_oflag, libc::OPOST),
                Pty::ONLCR => (&mut termios.c_oflag, libc::ONLCR),
                Pty::VERASE => {
                    if let Ok(byte) = u8::try_from(*value) {
                        termios.c_cc[libc::VERASE] = byte;
                    }
                    continue;
                }
                _ => continue,
            };
            *flags = if *value == 0 {
                *flags & !bit
            } else {
                *flags | bit
            };
        }
        libc::tcsetattr(fd, libc::TCSANOW, &termios);
    }
}
