//! Several channels of one session on their way at once, each open after one round trip. libssh2 alone keeps a half-open
//! channel in the session and opens the next one only after the node has answered for this one: a command and the brokers
//! of two Kafka clients are a dozen channels, and were a dozen round trips.
//!
//! So the linker sends three of libssh2's inner functions through here (`build.rs`). When it begins to wait for the answer to
//! an opening, it is told that the node has agreed, and hands the channel out. The real answer is fetched later, from where
//! libssh2 keeps what has arrived. Until then the channel has no number on the node's side, and nothing may be said on it;
//! from then on that number is put into each message on its way out. What else the answer holds, how much the node takes,
//! is kept in [`Terms`]. Everything of one session happens on the thread that owns it, and so does this.
//!
//! Two commands that are started at once need one thing more: libssh2 takes the answer to the one for a failure of the
//! other, which only has to go on waiting. And what one call takes off the wire for another channel is counted, so that
//! nobody sleeps over it.
//!
//! Not here: which channels are opened, and when. Where the linker is not asked (all but Linux), channels are opened one
//! after the other as before.

use ssh2::{Channel, Error, Session};

/// The window that libssh2 is told. What it counts from there on is too much by what the node's own window is smaller.
const TOLD_WINDOW: u32 = 1 << 30;
/// What every SSH program has to take (RFC 4253, 6.1), and as much as libssh2 ever puts into one packet.
const TOLD_PACKET: u32 = 32 << 10;

/// A channel that the node was asked for.
pub struct Asked {
    pub channel: Channel,
    /// Its number here; none when libssh2 itself has waited for the answer.
    number: Option<u32>,
}

impl Asked {
    /// `open` opens one channel and does nothing else; it is called again until it has asked.
    pub fn for_one(open: impl FnOnce() -> Result<Channel, Error>) -> Result<Self, Error> {
        let (channel, number) = ask(open);
        channel.map(|channel| Self { channel, number })
    }

    /// What the node said: the channel, or why not. The error is in libssh2's words. None: nothing yet.
    pub fn answer(&self, session: &Session) -> Option<Result<Terms, String>> {
        match self.number {
            Some(number) => fetch(session, number),
            None => Some(Ok(Terms::default())),
        }
    }
}

/// On what terms the node has opened a channel.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    number: Option<u32>,
    /// By so much libssh2's count of the window is too high.
    excess: u32,
    /// Bytes in one packet.
    packet: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            number: None,
            excess: 0,
            packet: TOLD_PACKET,
        }
    }
}

impl Terms {
    /// How many bytes the node takes now, in one packet.
    pub fn room(self, channel: &Channel) -> usize {
        let window = channel.write_window().remaining;
        window.saturating_sub(self.excess).min(self.packet) as usize
    }

    /// A command line has left whole: what is written now comes behind it. Not known: `false`.
    pub fn has_requested(self) -> bool {
        self.number.is_some_and(has_requested)
    }
}

#[cfg(not(target_os = "linux"))]
fn ask(open: impl FnOnce() -> Result<Channel, Error>) -> (Result<Channel, Error>, Option<u32>) {
    (open(), None)
}

#[cfg(not(target_os = "linux"))]
fn fetch(_session: &Session, _number: u32) -> Option<Result<Terms, String>> {
    None
}

/// Messages that this thread's session has taken off the wire so far.
#[cfg(not(target_os = "linux"))]
pub fn arrivals() -> u64 {
    0
}

#[cfg(not(target_os = "linux"))]
fn has_requested(_number: u32) -> bool {
    false
}

#[cfg(target_os = "linux")]
pub use linked::arrivals;
#[cfg(target_os = "linux")]
use linked::{ask, fetch, has_requested};

#[cfg(target_os = "linux")]
mod linked {
    use super::{Channel, Error, Session, TOLD_PACKET, TOLD_WINDOW, Terms};
    use std::cell::{Cell, RefCell};
    use std::collections::HashMap;
    use std::ffi::{c_int, c_void};
    use std::ptr::null_mut;
    use std::slice;

    /// Messages of RFC 4254.
    const CONFIRMATION: u8 = 91;
    const FAILURE: u8 = 92;
    const CLOSE: u8 = 97;
    const REQUEST: u8 = 98;
    /// Those that begin with the number of a channel on the other side.
    const OF_A_CHANNEL: std::ops::RangeInclusive<u8> = 93..=100;

    /// There is an answer of the kind that was waited for, to somebody else's question.
    const NOT_THIS_ONE: c_int = -1;
    const AGAIN: c_int = -37;
    const CHANNEL_FAILURE: c_int = -21;

    unsafe extern "C" {
        /// The linker's names for what libssh2 calls `ssh2_packet_requirev`, `ssh2_transport_send` and `ssh2_packet_add`.
        fn __real_ssh2_packet_requirev(
            session: *mut c_void,
            kinds: *const u8,
            data: *mut *mut u8,
            size: *mut usize,
            offset: c_int,
            wanted: *const u8,
            wanted_size: usize,
            state: *mut c_void,
        ) -> c_int;
        fn __real_ssh2_transport_send(
            session: *mut c_void,
            data: *const u8,
            size: usize,
            more: *const u8,
            more_size: usize,
        ) -> c_int;
        fn __real_ssh2_packet_add(
            session: *mut c_void,
            data: *mut u8,
            size: usize,
            mac: c_int,
            sequence: u32,
        ) -> c_int;

        /// libssh2's own: takes a message out of those that have arrived, 0 if there was one.
        fn ssh2_packet_ask(
            session: *mut c_void,
            kind: u8,
            data: *mut *mut u8,
            size: *mut usize,
            offset: c_int,
            wanted: *const u8,
            wanted_size: usize,
        ) -> c_int;
    }

    thread_local! {
        /// A channel is being asked for: the next wait for the answer to an opening is not one.
        static ASKING: Cell<bool> = const { Cell::new(false) };
        /// The number of the channel that was asked for last.
        static ASKED: Cell<Option<u32>> = const { Cell::new(None) };
        static ARRIVALS: Cell<u64> = const { Cell::new(0) };
        /// Channels that were opened here, by their number on this side.
        static CHANNELS: RefCell<HashMap<u32, Numbers>> = RefCell::default();
    }

    #[derive(Default)]
    struct Numbers {
        /// The number on the node's side; none as long as the node has not agreed.
        node: Option<u32>,
        requested: bool,
        /// Messages with that number, by the place and size of libssh2's own: one that was not sent whole has to come
        /// again from the same place.
        held: HashMap<(usize, usize), Box<[u8]>>,
    }

    pub fn ask(
        open: impl FnOnce() -> Result<Channel, Error>,
    ) -> (Result<Channel, Error>, Option<u32>) {
        ASKED.set(None);
        ASKING.set(true);
        let channel = open();
        ASKING.set(false);
        (channel, ASKED.take())
    }

    pub fn fetch(session: &Session, number: u32) -> Option<Result<Terms, String>> {
        let mut raw = session.raw();
        let session = (&raw mut *raw).cast();
        if let Some(answer) = take(session, CONFIRMATION, number) {
            return Some(confirmed(number, &answer));
        }
        let answer = take(session, FAILURE, number)?;
        let reason = match word(&answer, 5) {
            Some(1) => "administratively prohibited",
            Some(2) => "connect failed",
            Some(3) => "unknown channel type",
            Some(4) => "resource shortage",
            _ => "no reason was given",
        };
        Some(Err(format!("Channel open failure ({reason})")))
    }

    /// Messages that this thread's session has taken off the wire so far.
    pub fn arrivals() -> u64 {
        ARRIVALS.get()
    }

    pub fn has_requested(number: u32) -> bool {
        let requested = |channel: &Numbers| channel.requested;
        CHANNELS.with_borrow(|channels| channels.get(&number).is_some_and(requested))
    }

    fn confirmed(number: u32, answer: &[u8]) -> Result<Terms, String> {
        let words = (word(answer, 5), word(answer, 9), word(answer, 13));
        let (Some(node), Some(window), Some(packet @ 1..)) = words else {
            return Err("Invalid answer to a channel open".into());
        };
        CHANNELS.with_borrow_mut(|channels| channels.entry(number).or_default().node = Some(node));
        Ok(Terms {
            number: Some(number),
            excess: TOLD_WINDOW.saturating_sub(window),
            packet: packet.min(TOLD_PACKET),
        })
    }

    /// The message of this kind about the channel, if it has arrived.
    fn take(session: *mut c_void, kind: u8, number: u32) -> Option<Vec<u8>> {
        let (mut data, mut size) = (null_mut(), 0);
        let wanted = number.to_be_bytes();
        // SAFETY: a live session, locked by the caller; the places for the result and the four bytes outlive the call.
        let rc =
            unsafe { ssh2_packet_ask(session, kind, &mut data, &mut size, 1, wanted.as_ptr(), 4) };
        if rc != 0 || data.is_null() {
            return None;
        }
        // SAFETY: libssh2 gives the message away: `size` bytes, from malloc, as it is in every session of the crate's.
        unsafe {
            let message = slice::from_raw_parts(data, size).to_vec();
            libc::free(data.cast());
            Some(message)
        }
    }

    fn word(message: &[u8], at: usize) -> Option<u32> {
        let bytes = message.get(at..at + 4)?;
        bytes.try_into().ok().map(u32::from_be_bytes)
    }

    /// What libssh2 takes for the node's agreement.
    fn agreement(number: u32) -> Option<(*mut u8, usize)> {
        let mut message = vec![CONFIRMATION];
        for word in [number, number, TOLD_WINDOW, TOLD_PACKET] {
            message.extend(word.to_be_bytes());
        }
        // SAFETY: libssh2 frees it by free; the copy fits.
        unsafe {
            let place = libc::malloc(message.len()).cast::<u8>();
            if place.is_null() {
                return None;
            }
            place.copy_from_nonoverlapping(message.as_ptr(), message.len());
            Some((place, message.len()))
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn __wrap_ssh2_packet_requirev(
        session: *mut c_void,
        kinds: *const u8,
        data: *mut *mut u8,
        size: *mut usize,
        offset: c_int,
        wanted: *const u8,
        wanted_size: usize,
        state: *mut c_void,
    ) -> c_int {
        // SAFETY: the kinds end with 0, so there is a first byte; `wanted` has `wanted_size` bytes, in a wait for the
        // answer to an opening those of the channel's number. The places for the result are libssh2's own.
        unsafe {
            if ASKING.get() && *kinds == CONFIRMATION && wanted_size == 4 {
                let number = u32::from_be_bytes(wanted.cast::<[u8; 4]>().read_unaligned());
                if let Some((message, length)) = agreement(number) {
                    (*data, *size) = (message, length);
                    CHANNELS.with_borrow_mut(|all| all.insert(number, Numbers::default()));
                    ASKED.set(Some(number));
                    ASKING.set(false);
                    return 0;
                }
            }
            let rc = __real_ssh2_packet_requirev(
                session,
                kinds,
                data,
                size,
                offset,
                wanted,
                wanted_size,
                state,
            );
            match (rc, wanted_size) {
                (NOT_THIS_ONE, 4) => AGAIN,
                _ => rc,
            }
        }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn __wrap_ssh2_packet_add(
        session: *mut c_void,
        data: *mut u8,
        size: usize,
        mac: c_int,
        sequence: u32,
    ) -> c_int {
        ARRIVALS.set(ARRIVALS.get().wrapping_add(1));
        // SAFETY: the caller's own arguments.
        unsafe { __real_ssh2_packet_add(session, data, size, mac, sequence) }
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn __wrap_ssh2_transport_send(
        session: *mut c_void,
        data: *const u8,
        size: usize,
        more: *const u8,
        more_size: usize,
    ) -> c_int {
        // SAFETY: libssh2's own message, of `size` bytes.
        let message = unsafe { slice::from_raw_parts(data, size) };
        let kind = message.first().copied().unwrap_or_default();
        let Some(number) = word(message, 1).filter(|_| OF_A_CHANNEL.contains(&kind)) else {
            // SAFETY: the caller's own arguments.
            return unsafe { __real_ssh2_transport_send(session, data, size, more, more_size) };
        };
        let place = (data as usize, size);
        let held = CHANNELS.with_borrow_mut(|channels| {
            let channel = channels.get_mut(&number)?;
            let node = channel.node?.to_be_bytes();
            let ours = channel.held.entry(place).or_default();
            let same = ours.len() == size && ours[5..] == message[5..];
            if !same {
                *ours = [&[kind], &node[..], &message[5..]].concat().into();
            }
            Some(ours.as_ptr())
        });
        let Some(ours) = held else {
            // Nothing can be said on a channel that the node did not open: it is let go without a word.
            if kind == CLOSE {
                CHANNELS.with_borrow_mut(|channels| channels.remove(&number));
            }
            return CHANNEL_FAILURE;
        };
        // SAFETY: as before; `ours` has as many bytes and is not touched before it is done with.
        let rc = unsafe { __real_ssh2_transport_send(session, ours, size, more, more_size) };
        if rc != AGAIN {
            CHANNELS.with_borrow_mut(|channels| {
                if kind == CLOSE {
                    channels.remove(&number);
                } else if let Some(channel) = channels.get_mut(&number) {
                    channel.held.remove(&place);
                    channel.requested |= kind == REQUEST && rc == 0;
                }
            });
        }
        rc
    }
}
