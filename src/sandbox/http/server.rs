//! The sockets: listeners, TLS, HTTP/1.1 with keep-alive, on a tokio runtime in a thread of its own. Here nothing is
//! known about what is served.

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::fault::{Fault, Faults};
use super::reply::{HangUp, Reply};
use super::{Request, Response, Service, query_pairs};
use crate::sandbox::listener;

/// How many requests the log remembers; older ones are forgotten.
const LOG_LIMIT: usize = 10_000;

/// A listener and what stands behind it.
pub struct Listen {
    /// `0.0.0.0:443`; port 0 takes a free one.
    pub addr: String,
    pub tls: Option<Arc<ServerConfig>>,
    pub service: Arc<dyn Service>,
    pub connections: Arc<Connections>,
}

/// The connections of a listener, counted while it runs. A failed TLS handshake counts as accepted.
#[derive(Debug, Default)]
pub struct Connections {
    open: AtomicUsize,
    accepted: AtomicUsize,
}

impl Connections {
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Since the start.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// A request as the log remembers it. Headers, and with them credentials, are never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    pub method: String,
    /// With the query, as sent.
    pub path: String,
    /// 0: the connection was closed without an answer.
    pub status: u16,
}

/// A running server. Dropping it closes every connection and waits until its thread is gone.
pub struct Server {
    addrs: Vec<SocketAddr>,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    faults: Mutex<Faults>,
    log: Mutex<VecDeque<Logged>>,
}

impl Server {
    /// Binds all listeners, or fails naming the one that could not be bound; then serves in the background.
    pub fn start(listeners: Vec<Listen>) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut addrs = Vec::new();
        let mut sockets = Vec::new();
        let mut listening = Vec::new();
        for listen in listeners {
            let bind = || -> std::io::Result<TcpListener> {
                let socket = listener::bind(&listen.addr)?;
                socket.set_nonblocking(true)?;
                Ok(socket)
            };
            let socket = bind().with_context(|| format!("cannot listen on {}", listen.addr))?;
            addrs.push(socket.local_addr()?);
            listening.push(socket.try_clone()?);
            sockets.push((socket, listen));
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("sandbox-http".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    for (index, (socket, listen)) in sockets.into_iter().enumerate() {
                        tokio::spawn(accept(socket, index, listen, Arc::clone(&served)));
                    }
                    // An error means that the handle is gone without a word, which is a reason to end, too.
                    let _ = stopped.await;
                    listening.iter().for_each(listener::end);
                });
            })?;
        Ok(Self {
            addrs,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// With one listener, over TLS.
    pub fn over_tls(
        addr: &str,
        tls: &Arc<ServerConfig>,
        service: impl Service + 'static,
    ) -> anyhow::Result<Self> {
        Self::start(vec![Listen {
            addr: addr.to_owned(),
            tls: Some(Arc::clone(tls)),
            service: Arc::new(service),
            connections: Arc::default(),
        }])
    }

    /// The address of the first listener.
    pub fn addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    /// The addresses of all listeners, in the order given.
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// Spoils the answers to all paths that begin with the prefix, in place of an earlier fault for the same prefix.
    pub fn set_fault(&self, path_prefix: &str, fault: Fault) {
        lock(&self.shared.faults).set(path_prefix, fault);
    }

    /// In place of all earlier ones. Path prefix → fault.
    pub fn set_faults(&self, faults: &BTreeMap<String, Fault>) {
        self.clear_faults();
        for (prefix, fault) in faults {
            self.set_fault(prefix, fault.clone());
        }
    }

    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// The requests answered so far, oldest first.
    pub fn requests(&self) -> Vec<Logged> {
        lock(&self.shared.log).iter().cloned().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been printed by the panic hook; a drop must not panic again.
            let _ = thread.join();
        }
    }
}

/// A panic in another thread leaves the data as it was: lists and counters, which are valid at every moment.
pub(in crate::sandbox) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(socket: TcpListener, index: usize, listen: Listen, shared: Arc<Shared>) {
    let Ok(socket) = tokio::net::TcpListener::from_std(socket) else {
        return;
    };
    let listen = Arc::new(listen);
    loop {
        let Ok((stream, _)) = socket.accept().await else {
            // Out of descriptors, or a client that went away in between: neither ends the server.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        listen.connections.accepted.fetch_add(1, Ordering::SeqCst);
        listen.connections.open.fetch_add(1, Ordering::SeqCst);
        let (listen, shared) = (Arc::clone(&listen), Arc::clone(&shared));
        tokio::spawn(async move {
            let _counted = Counted(Arc::clone(&listen.connections));
            // Small answers at once: without this a keep-alive client sees Nagle's 40 ms.
            let _ = stream.set_nodelay(true);
            match listen.tls.clone() {
                Some(config) => {
                    if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                        converse(stream, index, &listen, &shared).await;
                    }
                }
                None => converse(stream, index, &listen, &shared).await,
            }
        });
    }
}

/// Takes a connection out of the count however its task ends.
struct Counted(Arc<Connections>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    index: usize,
    listen: &Listen,
    shared: &Shared,
) {
    let answer = service_fn(|incoming| reply(incoming, index, listen, shared));
    // How a connection ends is the client's business: a reset is no error of the server.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn reply(
    incoming: hyper::Request<Incoming>,
    listener: usize,
    listen: &Listen,
    shared: &Shared,
) -> Result<hyper::Response<Reply>, HangUp> {
    let (head, body) = incoming.into_parts();
    let method = head.method.to_string();
    let logged_path = head
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let log = |status| {
        let mut log = lock(&shared.log);
        if log.len() == LOG_LIMIT {
            log.pop_front();
        }
        log.push_back(Logged {
            method: method.clone(),
            path: logged_path.clone(),
            status,
        });
    };
    let fault = lock(&shared.faults)
        .take(head.uri.path())
        .unwrap_or_default();
    if fault.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    if fault.hang_up {
        log(0);
        return Err(HangUp);
    }
    let body = match Limited::new(body, listen.service.body_limit())
        .collect()
        .await
    {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            log(413);
            return Ok(Reply::from(Response::empty(413), None));
        }
        Err(_) => return Err(HangUp),
    };
    let response = match fault.replacement() {
        Some(response) => response,
        None => {
            let request = Request {
                method: method.clone(),
                path: head.uri.path().to_owned(),
                query: query_pairs(head.uri.query().unwrap_or("")),
                headers: head.headers,
                body,
                listener,
            };
            listen.service.call(request).await
        }
    };
    log(response.status);
    Ok(Reply::from(response, fault.cut_at))
}
