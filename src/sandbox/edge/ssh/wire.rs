//! The TCP connection under a session, with the faults of a network: cut at a byte, silent, slow.

use super::Shared;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// How often a silent connection looks whether it may speak again.
const LOOK: Duration = Duration::from_millis(20);

pub struct Wire {
    stream: TcpStream,
    shared: Arc<Shared>,
    /// Reading and writing wait apart: each has a task's wake-up of its own.
    reading: Pace,
    writing: Pace,
    ended: bool,
}

#[derive(Default)]
struct Pace {
    not_before: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    /// Not before the moment that was set.
    fn poll(&mut self, cx: &mut Context) -> Poll<()> {
        let Some(moment) = self.not_before else {
            return Poll::Ready(());
        };
        if Instant::now() < moment {
            let sleep = self
                .sleep
                .get_or_insert_with(|| Box::pin(sleep_until(moment)));
            sleep.as_mut().reset(moment);
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        self.not_before = None;
        Poll::Ready(())
    }

    /// Waits while the node is silent; then, how many bytes may pass at once (`None`: any number).
    fn allowed(&mut self, shared: &Shared, cx: &mut Context) -> Poll<Option<usize>> {
        loop {
            if self.poll(cx).is_pending() {
                return Poll::Pending;
            }
            let faults = shared.faults();
            if !faults.silent {
                let piece = |rate: u64| usize::try_from(rate / 20).unwrap_or(usize::MAX).max(1);
                return Poll::Ready(faults.bytes_per_second.map(piece));
            }
            drop(faults);
            self.not_before = Some(Instant::now() + LOOK);
        }
    }

    fn passed(&mut self, shared: &Shared, bytes: usize) {
        if let Some(rate) = shared.faults().bytes_per_second {
            let time = Duration::from_secs_f64(bytes as f64 / rate.max(1) as f64);
            self.not_before = Some(Instant::now() + time);
        }
    }
}

impl Wire {
    pub fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        Self {
            stream,
            shared,
            reading: Pace::default(),
            writing: Pace::default(),
            ended: false,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context,
        buf: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(Ok(()));
        }
        let Poll::Ready(piece) = this.reading.allowed(&this.shared, cx) else {
            return Poll::Pending;
        };
        let left = this.shared.faults().cut_after;
        let left = left.map_or(usize::MAX, |left| {
            usize::try_from(left).unwrap_or(usize::MAX)
        });
        let room = buf
            .remaining()
            .min(piece.unwrap_or(usize::MAX))
            .min(left.max(1));
        let mut part = buf.take(room);
        let polled = Pin::new(&mut this.stream).poll_read(cx, &mut part);
        let count = part.filled().len();
        // SAFETY: `part` is the beginning of what `buf` has left, and that many bytes of it were just filled.
        unsafe { buf.assume_init(count) };
        buf.advance(count);
        if polled.is_ready() {
            this.reading.passed(&this.shared, count);
            if let Some(left) = &mut this.shared.faults().cut_after {
                *left = left.saturating_sub(count as u64);
                this.ended = *left == 0 && count > 0;
            }
            if this.ended {
                this.shared.faults().cut_after = None;
                let _ = shut_down(&this.stream);
            }
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Poll::Ready(piece) = this.writing.allowed(&this.shared, cx) else {
            return Poll::Pending;
        };
        let bytes = &bytes[..bytes.len().min(piece.unwrap_or(usize::MAX))];
        let polled = Pin::new(&mut this.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = &polled {
            this.writing.passed(&this.shared, *count);
        }
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Both directions at once, whatever is under way.
fn shut_down(stream: &TcpStream) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is the stream's and lives through the call.
    match unsafe { libc::shutdown(stream.as_raw_fd(), libc::SHUT_RDWR) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
