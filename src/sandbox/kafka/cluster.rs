//! The handle of a cluster: starting and stopping it and its nodes, making it misbehave, looking into it.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kafka_protocol::messages::ApiKey;

use super::door::Door;
use super::fault::Fault;
use super::observe::{Group, Record, Seen};
use super::state::{self, Shared, State};
use super::topics::Wanted;
use super::{Listener, Node, Options};
use crate::sandbox::listener;

/// How long a node that comes back waits for its ports to be free.
const REBIND: Duration = Duration::from_secs(5);

/// A running cluster. Dropping it closes every socket and waits until its threads are gone.
pub struct Cluster {
    shared: Arc<Shared>,
    nodes: Vec<Running>,
    listeners: Vec<String>,
}

struct Running {
    id: i32,
    /// By listener.
    addrs: Vec<SocketAddr>,
    /// None while the node is stopped.
    door: Mutex<Option<Door>>,
}

impl Cluster {
    /// Binds all listeners, or fails naming the one that could not be bound; then serves in the background.
    pub fn start(options: Options) -> anyhow::Result<Self> {
        let listeners = listener_names(&options)?;
        let mut states = Vec::new();
        let mut bound = Vec::new();
        for node in &options.nodes {
            let sockets = bind(&node.listeners)?;
            let addrs = sockets.iter().map(TcpListener::local_addr);
            let addrs: Vec<SocketAddr> = addrs.collect::<Result<_, _>>()?;
            let places = node.listeners.iter().zip(&addrs);
            states.push(state::Node {
                id: node.id,
                alive: true,
                paused: false,
                endpoints: places.map(|(l, addr)| advertised(l, *addr)).collect(),
            });
            bound.push((node.id, addrs, sockets));
        }
        let shared = Arc::new(Shared::new(State::new(states), options));
        let mut nodes = Vec::new();
        for (index, (id, addrs, sockets)) in bound.into_iter().enumerate() {
            let door = Door::open(Arc::clone(&shared), index, sockets)?;
            nodes.push(Running {
                id,
                addrs,
                door: Mutex::new(Some(door)),
            });
        }
        Ok(Self {
            shared,
            nodes,
            listeners,
        })
    }

    /// What a client is given to begin with: the places that all nodes advertise on this listener, `host:port,…`. Empty
    /// for a listener that there is not.
    pub fn bootstrap(&self, listener: &str) -> String {
        let Some(index) = self.listeners.iter().position(|name| name == listener) else {
            return String::new();
        };
        let state = self.shared.lock();
        let places = state.nodes.iter().map(|node| &node.endpoints[index]);
        let places: Vec<String> = places
            .map(|(host, port)| format!("{host}:{port}"))
            .collect();
        places.join(",")
    }

    /// Where a node's listener is bound.
    pub fn addr(&self, node: i32, listener: &str) -> Option<SocketAddr> {
        let index = self.listeners.iter().position(|name| name == listener)?;
        let node = self.nodes.iter().find(|running| running.id == node)?;
        node.addrs.get(index).copied()
    }

    pub fn cluster_id(&self) -> &str {
        &self.shared.options.cluster_id
    }

    /// Makes a topic as a request would; the error is Kafka's sentence.
    pub fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        replication: i16,
        config: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        let config = config.iter();
        let wanted = Wanted {
            partitions,
            replication,
            assignment: None,
            config: config
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        };
        let mut state = self.shared.lock();
        let alive = state.alive();
        let created = state.topics.create(name, wanted, &alive);
        self.shared.changed.notify_all();
        created.map_err(|(code, why)| anyhow::anyhow!("{code:?}: {why}"))
    }

    /// Cuts a node's connections and closes its ports; what it led is led by the next living replica. Nothing if it is
    /// stopped already.
    pub fn stop_node(&self, id: i32) -> anyhow::Result<()> {
        let index = self.index(id)?;
        let door = lock(&self.nodes[index].door).take();
        {
            let mut state = self.shared.lock();
            state.nodes[index].alive = false;
            let alive = state.alive();
            state.topics.elect(&alive);
            self.shared.changed.notify_all();
        }
        drop(door);
        Ok(())
    }

    /// Lets a stopped node listen again on the same ports and lead what it led. Nothing if it runs.
    pub fn start_node(&self, id: i32) -> anyhow::Result<()> {
        let index = self.index(id)?;
        let running = &self.nodes[index];
        let mut door = lock(&running.door);
        if door.is_some() {
            return Ok(());
        }
        let sockets = running.addrs.iter().map(|addr| rebind(*addr));
        let sockets = sockets.collect::<anyhow::Result<_>>()?;
        *door = Some(Door::open(Arc::clone(&self.shared), index, sockets)?);
        let mut state = self.shared.lock();
        state.nodes[index].alive = true;
        let alive = state.alive();
        state.topics.elect(&alive);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Lets a node take connections and requests without answering any, until [`Cluster::resume_node`].
    pub fn pause_node(&self, id: i32) -> anyhow::Result<()> {
        self.set_paused(id, true)
    }

    /// What was asked meanwhile is answered now.
    pub fn resume_node(&self, id: i32) -> anyhow::Result<()> {
        self.set_paused(id, false)
    }

    /// Cuts a node's connections; clients may come back at once.
    pub fn cut_connections(&self, id: i32) -> anyhow::Result<()> {
        if let Some(door) = &*lock(&self.nodes[self.index(id)?].door) {
            door.cut();
        }
        Ok(())
    }

    /// A node's open connections; none while it is stopped.
    pub fn connections(&self, id: i32) -> anyhow::Result<usize> {
        let door = lock(&self.nodes[self.index(id)?].door);
        Ok(door.as_ref().map_or(0, Door::connections))
    }

    /// Lets the requests of this kind meet a fault, on all nodes, in the place of the one before.
    pub fn fail(&self, api: ApiKey, fault: Fault) {
        self.shared.lock().faults.set(Some(api), fault);
    }

    /// Lets all requests meet a fault for which none of their kind is set.
    pub fn fail_all(&self, fault: Fault) {
        self.shared.lock().faults.set(None, fault);
    }

    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// All records of a topic; see [`Seen::records`].
    pub fn records(&self, topic: &str) -> anyhow::Result<Vec<Record>> {
        self.look(|seen| seen.records(topic))
    }

    pub fn group(&self, name: &str) -> Option<Group> {
        self.look(|seen| seen.group(name))
    }

    /// See [`Seen::requests`].
    pub fn requests(&self, api: ApiKey) -> u64 {
        self.look(|seen| seen.requests(api))
    }

    /// Looks at the cluster as it is now.
    pub fn look<T>(&self, look: impl FnOnce(&Seen<'_>) -> T) -> T {
        let mut state = self.shared.lock();
        state.tick(Instant::now());
        look(&Seen(&state))
    }

    /// Waits until it looks so, or fails naming what was waited for.
    pub fn wait_for(
        &self,
        what: &str,
        timeout: Duration,
        mut looks: impl FnMut(&Seen<'_>) -> bool,
    ) -> anyhow::Result<()> {
        let end = Instant::now() + timeout;
        let mut state = self.shared.lock();
        state.observers += 1;
        let outcome = loop {
            let now = Instant::now();
            state.tick(now);
            if looks(&Seen(&state)) {
                break Ok(());
            }
            if now >= end {
                break Err(anyhow::anyhow!("waited {timeout:?} for {what}"));
            }
            let next = state.next_event().map_or(end, |next| next.min(end));
            state = self.shared.wait(state, Some(next));
        };
        state.observers -= 1;
        outcome
    }

    fn set_paused(&self, id: i32, paused: bool) -> anyhow::Result<()> {
        let index = self.index(id)?;
        self.shared.lock().nodes[index].paused = paused;
        self.shared.changed.notify_all();
        Ok(())
    }

    fn index(&self, id: i32) -> anyhow::Result<usize> {
        let found = self.nodes.iter().position(|running| running.id == id);
        found.with_context(|| format!("there is no node {id}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
        for node in &self.nodes {
            drop(lock(&node.door).take());
        }
    }
}

/// As Kafka makes them: a random UUID in 22 characters.
pub(super) fn new_id() -> String {
    URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes())
}

/// The names of the listeners, which are the same for all nodes.
fn listener_names(options: &Options) -> anyhow::Result<Vec<String>> {
    let names = |node: &Node| -> Vec<String> {
        let names = node.listeners.iter();
        names.map(|listener| listener.name.clone()).collect()
    };
    let first = options.nodes.first().context("a cluster has nodes")?;
    let first = names(first);
    ensure!(!first.is_empty(), "a node has a listener");
    for node in &options.nodes {
        let same = names(node) == first;
        ensure!(same, "node {} has other listeners than the first", node.id);
        let twice = options.nodes.iter().filter(|other| other.id == node.id);
        ensure!(twice.count() == 1, "node {} is there twice", node.id);
    }
    Ok(first)
}

fn bind(listeners: &[Listener]) -> anyhow::Result<Vec<TcpListener>> {
    let bind = |listener: &Listener| {
        let name = &listener.bind;
        listener::bind(name).with_context(|| format!("cannot listen on {name}"))
    };
    listeners.iter().map(bind).collect()
}

/// The ports were given back; until they are had again somebody else may hold them for a moment.
fn rebind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    let end = Instant::now() + REBIND;
    loop {
        match listener::bind(addr) {
            Ok(socket) => return Ok(socket),
            Err(error) if Instant::now() >= end => {
                bail!("cannot listen on {addr} again: {error}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn advertised(listener: &Listener, bound: SocketAddr) -> (String, u16) {
    match &listener.advertised {
        None => (bound.ip().to_string(), bound.port()),
        Some((host, 0)) => (host.clone(), bound.port()),
        Some((host, port)) => (host.clone(), *port),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
