//! Makes a client of librdkafka connect through a [`Line`]: no address is looked up, no socket of the network opened.
//!
//! rust-rdkafka has no way to set librdkafka's callbacks for resolving and connecting, so the linker sends every
//! `rd_kafka_new` through here (`build.rs`). A client that is made inside [`through`] gets the callbacks; every other
//! one is made as if this file did not exist. What librdkafka holds then is one end of a socket pair, which counts as
//! connected at once; the other end goes to the line, under the name that the broker advertises. TLS checks that name,
//! too: it never sees the address.
//!
//! The callbacks get the client's `opaque`, which is rust-rdkafka's. It is only compared here, never followed.

use super::line::Line;
use rdkafka::bindings::{
    rd_kafka_conf_get, rd_kafka_conf_res_t, rd_kafka_conf_set_closesocket_cb,
    rd_kafka_conf_set_connect_cb, rd_kafka_conf_set_socket_cb, rd_kafka_conf_t, rd_kafka_t,
    rd_kafka_type_t,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::os::fd::{AsRawFd, IntoRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Enough for a request of many records to leave librdkafka in one call. The kernel may grant less.
const SOCKET_BUFFER: c_int = 1 << 20;

type Resolve = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *const libc::addrinfo,
    *mut *mut libc::addrinfo,
    *mut c_void,
) -> c_int;

unsafe extern "C" {
    /// In librdkafka, missing in the crate's bindings.
    fn rd_kafka_conf_set_resolve_cb(conf: *mut rd_kafka_conf_t, resolve: Option<Resolve>);

    /// The linker's name for what librdkafka calls `rd_kafka_new`.
    fn __real_rd_kafka_new(
        kind: rd_kafka_type_t,
        conf: *mut rd_kafka_conf_t,
        error: *mut c_char,
        size: usize,
    ) -> *mut rd_kafka_t;
}

thread_local! {
    /// Of the client that this thread is making.
    static NEXT: RefCell<Option<Arc<Line>>> = const { RefCell::new(None) };
}

/// Lines by their clients' opaque. Entries stay: clients are never destroyed before the process ends.
static LINES: Mutex<Option<HashMap<usize, Arc<Line>>>> = Mutex::new(None);

/// Sockets that librdkafka was given and has not yet connected: our end, by its descriptor.
static SOCKETS: Mutex<Option<HashMap<RawFd, Unconnected>>> = Mutex::new(None);

type Unconnected = (UnixStream, Arc<Line>);

/// Clients that `make` creates on this thread connect through the line, if there is one.
pub fn through<T>(line: Option<&Arc<Line>>, make: impl FnOnce() -> T) -> T {
    /// Also when `make` panics, the next client is not taken for this one.
    struct Restore(Option<Arc<Line>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            NEXT.set(self.0.take());
        }
    }
    let _restore = Restore(NEXT.replace(line.cloned()));
    make()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_rd_kafka_new(
    kind: rd_kafka_type_t,
    conf: *mut rd_kafka_conf_t,
    error: *mut c_char,
    size: usize,
) -> *mut rd_kafka_t {
    let line = NEXT.with_borrow(Clone::clone).filter(|_| !conf.is_null());
    let Some(line) = line else {
        // SAFETY: the caller's own arguments.
        return unsafe { __real_rd_kafka_new(kind, conf, error, size) };
    };
    // SAFETY: a configuration that is alive until the call below takes it.
    let opaque = unsafe { opaque_of(conf) };
    // Before the client is there: its threads begin to connect at once.
    held(&LINES)
        .get_or_insert_default()
        .insert(opaque, Arc::clone(&line));
    // SAFETY: the same; the callbacks have the types that librdkafka declares and live as long as the program.
    let client = unsafe {
        rd_kafka_conf_set_resolve_cb(conf, Some(resolve));
        rd_kafka_conf_set_socket_cb(conf, Some(socket));
        rd_kafka_conf_set_connect_cb(conf, Some(connect));
        rd_kafka_conf_set_closesocket_cb(conf, Some(close));
        __real_rd_kafka_new(kind, conf, error, size)
    };
    if client.is_null() {
        held(&LINES).get_or_insert_default().remove(&opaque);
    }
    client
}

/// librdkafka tells a pointer of its configuration only as text. 0 where it has none: then the callbacks get none either.
///
/// # Safety
/// `conf` is a configuration that is alive.
unsafe fn opaque_of(conf: *const rd_kafka_conf_t) -> usize {
    let mut text = [0u8; 64];
    let mut size = text.len();
    // SAFETY: the name ends with NUL; the buffer has `size` bytes, and librdkafka writes no more, with a NUL.
    let found = unsafe {
        rd_kafka_conf_get(
            conf,
            c"opaque".as_ptr(),
            text.as_mut_ptr().cast(),
            &mut size,
        )
    };
    if found != rd_kafka_conf_res_t::RD_KAFKA_CONF_OK {
        return 0;
    }
    let text = CStr::from_bytes_until_nul(&text).unwrap_or_default();
    let digits = text.to_str().unwrap_or_default().trim_start_matches("0x");
    usize::from_str_radix(digits, 16).unwrap_or_default()
}

/// One made-up address for every name: it only has to be there. A null name frees what an earlier call gave.
unsafe extern "C" fn resolve(
    name: *const c_char,
    _service: *const c_char,
    _hints: *const libc::addrinfo,
    found: *mut *mut libc::addrinfo,
    _opaque: *mut c_void,
) -> c_int {
    #[repr(C)]
    struct Answer {
        info: libc::addrinfo,
        address: libc::sockaddr_in,
    }
    if name.is_null() {
        // SAFETY: librdkafka gives back what it got below, once; `info` is at the beginning of the `Answer`.
        drop(unsafe { Box::from_raw((*found).cast::<Answer>()) });
        return 0;
    }
    // SAFETY: both are plain integers and pointers, for which zeros are values.
    let mut answer: Box<Answer> = Box::new(unsafe { std::mem::zeroed() });
    answer.address.sin_family = libc::AF_INET as libc::sa_family_t;
    answer.address.sin_addr.s_addr = u32::from(std::net::Ipv4Addr::LOCALHOST).to_be();
    answer.info.ai_family = libc::AF_INET;
    answer.info.ai_socktype = libc::SOCK_STREAM;
    answer.info.ai_addrlen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
    let answer = Box::into_raw(answer);
    // SAFETY: `answer` was just allocated, `found` is librdkafka's place for the result.
    unsafe {
        (*answer).info.ai_addr = (&raw mut (*answer).address).cast();
        *found = answer.cast();
    }
    0
}

unsafe extern "C" fn socket(
    _domain: c_int,
    _kind: c_int,
    _protocol: c_int,
    opaque: *mut c_void,
) -> c_int {
    let line = held(&LINES)
        .as_ref()
        .and_then(|lines| lines.get(&(opaque as usize)).cloned());
    let (Some(line), Ok((theirs, ours))) = (line, UnixStream::pair()) else {
        return -1;
    };
    for end in [&theirs, &ours] {
        widen(end);
    }
    let descriptor = theirs.into_raw_fd();
    held(&SOCKETS)
        .get_or_insert_default()
        .insert(descriptor, (ours, line));
    descriptor
}

/// Called under the broker's lock: returns at once. 0 counts as connected; what is written meanwhile waits in the pair.
unsafe extern "C" fn connect(
    descriptor: c_int,
    _address: *const libc::sockaddr,
    _length: c_int,
    broker: *const c_char,
    _opaque: *mut c_void,
) -> c_int {
    let Some((ours, line)) = held(&SOCKETS).get_or_insert_default().remove(&descriptor) else {
        return libc::EBADF;
    };
    // SAFETY: librdkafka passes `host:port`, which ends with NUL.
    let broker = unsafe { CStr::from_ptr(broker) }.to_string_lossy();
    let place = broker
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let Some((host, port)) = place else {
        return libc::EINVAL;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match line.connect(ours, host, port) {
        Ok(()) => 0,
        Err(error) => error.raw_os_error().unwrap_or(libc::EAGAIN),
    }
}

unsafe extern "C" fn close(descriptor: c_int, _opaque: *mut c_void) -> c_int {
    held(&SOCKETS).get_or_insert_default().remove(&descriptor);
    // SAFETY: librdkafka gives up the descriptor that `socket` gave it.
    unsafe { libc::close(descriptor) }
}

fn widen(socket: &UnixStream) {
    let size = SOCKET_BUFFER;
    // SAFETY: the value is an int, as the option wants, and outlives the call. Refused, the usual size stays.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_SNDBUF,
            (&raw const size).cast(),
            size_of::<c_int>() as libc::socklen_t,
        );
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
