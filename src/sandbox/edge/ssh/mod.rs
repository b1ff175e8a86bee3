//! The node's SSH server, on russh. Here: listening, host keys, bounds and the end of it all; `session` answers one client,
//! `exec` runs its programs, `forward` its connections, `wire` is the TCP connection with its faults.

mod auth;
mod exec;
mod forward;
mod session;
mod terminal;
mod wire;

pub use forward::Host;

use super::faults::Faults;
use super::scratch::Scratch;
use crate::sandbox::listener;
use crate::secret::Secret;
use auth::Account;
use forward::Names;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey};
use russh::server;
use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Connections at a time; the next one waits in the listener's queue.
const CONNECTIONS: usize = 64;
/// A client that has not authenticated by then is cut (sshd's LoginGraceTime is 120 s).
const LOGIN_GRACE: Duration = Duration::from_secs(30);
/// Pieces of up to [`PACKET`] bytes that a channel holds for a program that does not read. Beyond them the whole connection
/// waits: russh has no other way to hold a client back.
const CHANNEL_PIECES: usize = 1024;
const PACKET: u32 = 65_535;
/// Of each channel. At a round trip of 1 ms it allows more than a gigabyte per second.
const WINDOW: u32 = 4 << 20;

/// The kinds of host key that the node can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    Ed25519,
    EcdsaP256,
}

/// What the server needs of the node.
pub struct Setup {
    pub scratch: Arc<Scratch>,
    pub user: String,
    pub password: Option<Secret>,
    pub hosts: Vec<Host>,
    pub faults: Arc<Mutex<Faults>>,
    /// PATH and what else a login has.
    pub environment: Vec<(String, String)>,
    /// The sftp subsystem: a program of the node.
    pub sftp: Vec<String>,
    pub key_kinds: Vec<KeyKind>,
    /// In OpenSSH's format; made if there is none.
    pub host_key: Option<Secret>,
}

/// A running server; dropping it closes every connection.
pub struct Server {
    shared: Arc<Shared>,
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What all connections share.
struct Shared {
    scratch: Arc<Scratch>,
    account: Account,
    names: Mutex<Names>,
    faults: Arc<Mutex<Faults>>,
    environment: Vec<(String, String)>,
    sftp: Vec<String>,
    config: Mutex<Arc<server::Config>>,
    open: Mutex<BTreeMap<u64, TcpStream>>,
    next: AtomicU64,
}

impl Shared {
    fn faults(&self) -> MutexGuard<'_, Faults> {
        locked(&self.faults)
    }

    /// Ends a connection as a cable that is pulled out and reported at once would.
    fn cut(&self, connection: u64) {
        if let Some(stream) = locked(&self.open).get(&connection) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    pub fn start(addr: SocketAddr, setup: Setup) -> anyhow::Result<Self> {
        let mut keys = Vec::new();
        if let Some(key) = &setup.host_key {
            keys.push(PrivateKey::from_openssh(key.expose())?);
        }
        for kind in &setup.key_kinds {
            keys.push(new_key(*kind)?);
        }
        let listener = listener::bind(addr)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let socket = listener.try_clone()?;
        let shared = Arc::new(Shared {
            account: Account {
                user: setup.user,
                password: setup.password,
            },
            names: Mutex::new(Names::new(&setup.hosts)?),
            scratch: setup.scratch,
            faults: setup.faults,
            environment: setup.environment,
            sftp: setup.sftp,
            config: Mutex::new(Arc::new(config(keys))),
            open: Mutex::default(),
            next: AtomicU64::new(1),
        });
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("sshd".into())
            .spawn(move || {
                let listening = runtime.block_on(async {
                    let listener = tokio::net::TcpListener::from_std(listener)?;
                    tokio::spawn(accept(listener, serving));
                    let _ = stopped.await;
                    listener::end(&socket);
                    io::Result::Ok(())
                });
                drop(listening);
                // Threads that wait for a program end with it.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            shared,
            addr,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `ssh-ed25519 AAAA…` of each key.
    pub fn public_keys(&self) -> Vec<String> {
        let config = locked(&self.shared.config);
        config
            .keys
            .iter()
            .filter_map(|key| key.public_key().to_openssh().ok())
            .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// `SHA256:…` of each key.
    pub fn fingerprints(&self) -> Vec<String> {
        let config = locked(&self.shared.config);
        config
            .keys
            .iter()
            .map(|key| key.public_key().fingerprint(HashAlg::Sha256).to_string())
            .collect()
    }

    /// The first private key in OpenSSH's format, to be kept for the next start.
    pub fn host_key(&self) -> anyhow::Result<Secret> {
        let config = locked(&self.shared.config);
        let key = config
            .keys
            .first()
            .ok_or_else(|| anyhow::anyhow!("the node has no host key"))?;
        Ok(Secret::new(key.to_openssh(LineEnding::LF)?.as_str()))
    }

    /// From the next connection on.
    pub fn change_host_key(&self, kind: KeyKind) -> anyhow::Result<()> {
        *locked(&self.shared.config) = Arc::new(config(vec![new_key(kind)?]));
        Ok(())
    }

    pub fn set_hosts(&self, hosts: &[Host]) -> anyhow::Result<()> {
        *locked(&self.shared.names) = Names::new(hosts)?;
        Ok(())
    }

    pub fn drop_connections(&self) {
        for stream in locked(&self.shared.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub fn connections(&self) -> usize {
        locked(&self.shared.open).len()
    }
}

impl Server {
    /// Ends every connection; there is no next one.
    pub fn close(&mut self) {
        self.drop_connections();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

fn new_key(kind: KeyKind) -> anyhow::Result<PrivateKey> {
    let algorithm = match kind {
        KeyKind::Ed25519 => Algorithm::Ed25519,
        KeyKind::EcdsaP256 => Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        },
    };
    Ok(PrivateKey::random(
        &mut russh::keys::key::safe_rng(),
        algorithm,
    )?)
}

fn config(keys: Vec<PrivateKey>) -> server::Config {
    server::Config {
        keys,
        server_id: russh::SshId::Standard("SSH-2.0-hdikafka_sandbox".into()),
        methods: auth::methods(),
        auth_rejection_time: Duration::from_millis(50),
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: 6,
        window_size: WINDOW,
        maximum_packet_size: PACKET,
        channel_buffer_size: CHANNEL_PIECES,
        event_buffer_size: 64,
        inactivity_timeout: None,
        nodelay: true,
        ..server::Config::default()
    }
}

async fn accept(listener: tokio::net::TcpListener, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of descriptors; the next end of a connection gives some back.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A client that leaves in the middle is no error of the server.
            let _ = serve(stream, peer, shared).await;
            drop(place);
        });
    }
}

async fn serve(
    stream: tokio::net::TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
) -> anyhow::Result<()> {
    let local = stream.local_addr()?;
    stream.set_nodelay(true)?;
    let stream = stream.into_std()?;
    let number = shared.next.fetch_add(1, Ordering::Relaxed);
    locked(&shared.open).insert(number, stream.try_clone()?);
    let _listed = Listed(number, Arc::clone(&shared));
    let wire = wire::Wire::new(
        tokio::net::TcpStream::from_std(stream)?,
        Arc::clone(&shared),
    );
    let authenticated = Arc::new(AtomicBool::new(false));
    let grace = tokio::spawn({
        let (shared, authenticated) = (Arc::clone(&shared), Arc::clone(&authenticated));
        async move {
            tokio::time::sleep(LOGIN_GRACE).await;
            if !authenticated.load(Ordering::Relaxed) {
                shared.cut(number);
            }
        }
    });
    let config = Arc::clone(&locked(&shared.config));
    let client = session::Client::new(shared, number, local, peer, authenticated);
    let ended = match server::run_stream(config, wire, client).await {
        Ok(session) => session.await,
        Err(error) => Err(error),
    };
    grace.abort();
    Ok(ended?)
}

/// The entry of a connection among those that can be cut.
struct Listed(u64, Arc<Shared>);

impl Drop for Listed {
    fn drop(&mut self) {
        locked(&self.1.open).remove(&self.0);
    }
}
