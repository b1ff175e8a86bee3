//! One connection: frames in, answers out, one after the other as Kafka does, and the faults that spoil them. What is no
//! request ends the connection and nothing else.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::fault::Fault;
use super::request::{Frame, Request, answer};
use super::state::Shared;

/// Room that is made for a request before its bytes are there.
const AT_FIRST: usize = 4 << 20;
/// How often a slow answer goes on.
const STEP: Duration = Duration::from_millis(20);

pub(super) struct Connection {
    /// Indexes of the node, and of its listener.
    pub node: usize,
    pub listener: usize,
    /// The client's address without its port.
    pub peer: String,
    /// Set under the state's lock when the connection is cut from this side.
    pub cut: Arc<AtomicBool>,
}

/// Returns when the connection is to be closed.
pub(super) fn serve(
    shared: &Shared,
    connection: &Connection,
    mut stream: &TcpStream,
) -> io::Result<()> {
    while let Some(bytes) = read(stream, shared.options.max_request)? {
        let Ok(frame) = Frame::parse(bytes) else {
            return Ok(());
        };
        let Some(fault) = admit(shared, connection, &frame) else {
            return Ok(());
        };
        if fault.hang_up || !pause(shared, connection, fault.delay) {
            return Ok(());
        }
        let client_id = frame.client_id.clone();
        let request = Request {
            shared,
            node: connection.node,
            listener: connection.listener,
            version: frame.version,
            client_id: &client_id,
            peer: &connection.peer,
            refuse: fault.error,
            cut: &connection.cut,
        };
        let Ok(answer) = answer(&request, frame) else {
            return Ok(());
        };
        let Some(answer) = answer else {
            continue;
        };
        let length = u32::try_from(answer.len()).map_err(io::Error::other)?;
        let length = length.to_be_bytes();
        if fault.cut_at.is_none() && fault.bytes_per_second.is_none() {
            send(stream, &length, &answer)?;
            continue;
        }
        let mut all = [&length[..], &answer[..]].concat();
        all.truncate(fault.cut_at.unwrap_or(usize::MAX));
        match fault.bytes_per_second {
            Some(rate) => trickle(shared, connection, stream, &all, rate)?,
            None => stream.write_all(&all)?,
        }
        if fault.cut_at.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

/// The bytes of one request; `None` where the connection ends, or where they would be too many.
fn read(mut stream: &TcpStream, most: usize) -> io::Result<Option<Bytes>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_be_bytes(length);
    let size = usize::try_from(length).unwrap_or(usize::MAX);
    if size > most {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(size.min(AT_FIRST));
    stream.take(u64::from(length)).read_to_end(&mut bytes)?;
    Ok((bytes.len() == size).then(|| bytes.into()))
}

/// Counts the request, waits while the node is paused, and says what fault the request meets. `None`: the connection was
/// cut.
fn admit(shared: &Shared, connection: &Connection, frame: &Frame) -> Option<Fault> {
    let mut state = shared.lock();
    *state.requests.entry(frame.api as i16).or_default() += 1;
    if state.observers > 0 {
        shared.changed.notify_all();
    }
    loop {
        if state.ended || connection.cut.load(Ordering::SeqCst) {
            return None;
        }
        if !state.nodes[connection.node].paused {
            return Some(state.faults.take(frame.api));
        }
        state = shared.wait(state, None);
    }
}

/// Length and answer with one system call where the socket takes it.
fn send(mut stream: &TcpStream, length: &[u8], answer: &[u8]) -> io::Result<()> {
    let parts = [io::IoSlice::new(length), io::IoSlice::new(answer)];
    let written = stream.write_vectored(&parts)?;
    match written.checked_sub(length.len()) {
        Some(of_answer) => stream.write_all(&answer[of_answer..]),
        None => {
            stream.write_all(&length[written..])?;
            stream.write_all(answer)
        }
    }
}

fn trickle(
    shared: &Shared,
    connection: &Connection,
    mut stream: &TcpStream,
    bytes: &[u8],
    bytes_per_second: usize,
) -> io::Result<()> {
    let began = Instant::now();
    let mut sent = 0;
    for piece in bytes.chunks((bytes_per_second / 50).max(1)) {
        stream.write_all(piece)?;
        sent += piece.len();
        let due = Duration::from_secs_f64(sent as f64 / bytes_per_second.max(1) as f64);
        let early = due.saturating_sub(began.elapsed());
        if early > STEP && !pause(shared, connection, early) {
            return Ok(());
        }
    }
    Ok(())
}

/// Waits; false when the connection was cut meanwhile.
fn pause(shared: &Shared, connection: &Connection, time: Duration) -> bool {
    if time.is_zero() {
        return true;
    }
    let until = Instant::now() + time;
    let mut state = shared.lock();
    while !state.ended && !connection.cut.load(Ordering::SeqCst) {
        if Instant::now() >= until {
            return true;
        }
        state = shared.wait(state, Some(until));
    }
    false
}
