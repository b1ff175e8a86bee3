//! Which way to Kafka `auto` takes: what was found the last time, else direct when a broker takes a connection in good
//! time, else the tunnel. Here: the choice and its memory. What each way is made of is in `Context`.

use crate::profile::{Profile, Route};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long brokers whose names are known here are waited for. Inside of their network they answer within milliseconds.
const BUDGET: Duration = Duration::from_millis(1500);
/// A laptop moves; what was found the other day is looked at again.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A command that takes longer than this may be one that waits for brokers in vain; those take a second at least.
const DOUBT: Duration = Duration::from_millis(300);

/// Where the choice for one profile is kept. Nothing is kept where there is no cache directory.
#[derive(Clone, Debug)]
pub struct Memory(Option<PathBuf>);

impl Memory {
    /// Profiles that lead to the same brokers by the same edge share it.
    pub fn of(profile: &Profile, directory: Option<PathBuf>) -> Self {
        let edge = profile.edge.host.as_deref().unwrap_or_default();
        let gateway = profile.cluster.gateway.as_deref().unwrap_or_default();
        let mut digest = Sha256::new();
        for part in [edge, gateway]
            .into_iter()
            .chain(profile.cluster.brokers.iter().map(String::as_str))
        {
            digest.update(part);
            digest.update([0]);
        }
        let name = hex::encode(&digest.finalize()[..12]);
        Self(directory.map(|directory| directory.join("routes").join(name)))
    }

    pub fn recall(&self) -> Option<Route> {
        let file = self.0.as_deref()?;
        let age = fs::metadata(file).ok()?.modified().ok()?.elapsed().ok()?;
        let text = fs::read_to_string(file).ok()?;
        match text.trim() {
            "direct" if age < KEPT => Some(Route::Direct),
            "tunnel" if age < KEPT => Some(Route::Tunnel),
            _ => None,
        }
    }

    /// A cache that cannot be written is no reason to fail.
    pub fn keep(&self, route: Route) {
        let write = |file: &Path| -> std::io::Result<()> {
            let directory = file.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(directory)?;
            let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
            writeln!(temporary, "{route}")?;
            temporary.persist(file)?;
            Ok(())
        };
        if let Some(file) = &self.0 {
            let _ = write(file);
        }
    }

    pub fn forget(&self) {
        if let Some(file) = &self.0 {
            let _ = fs::remove_file(file);
        }
    }

    /// Direct was recalled, not tried. If the command is still there in a moment, the brokers are looked at beside it, and
    /// the next command will not rely on them when they do not answer.
    pub fn doubt(&self, brokers: Vec<String>) {
        let memory = self.clone();
        // Without the thread the choice is kept until it is too old.
        let _ = std::thread::Builder::new()
            .name("kafka route".into())
            .spawn(move || {
                std::thread::sleep(DOUBT);
                if !answers(&brokers) {
                    memory.forget();
                }
            });
    }
}

/// Whether a broker takes a connection from here within the budget. Names that are not known here are told at once.
pub fn answers(brokers: &[String]) -> bool {
    let end = Instant::now() + BUDGET;
    let (tell, told) = mpsc::channel();
    for broker in brokers {
        let (tell, broker) = (tell.clone(), broker.clone());
        // A name service may take longer than the budget; its thread is left behind then.
        let _ = std::thread::Builder::new()
            .name("kafka probe".into())
            .spawn(move || tell.send(takes_a_connection(&broker, end)));
    }
    drop(tell);
    loop {
        match told.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(true) => return true,
            Ok(false) => {}
            // All have failed, or the time is up.
            Err(_) => return false,
        }
    }
}

fn takes_a_connection(broker: &str, end: Instant) -> bool {
    let addresses = broker.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
    addresses
        .unwrap_or_default()
        .iter()
        .any(|address: &SocketAddr| {
            let left = end.saturating_duration_since(Instant::now());
            !left.is_zero() && TcpStream::connect_timeout(address, left).is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_listens_answers_and_unknown_names_are_told_at_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap().to_string();
        let unknown = "no-such-broker.invalid:9092".to_owned();
        assert!(answers(&[unknown.clone(), there.clone()]));
        drop(listener);
        assert!(!answers(&[there]));
        assert!(!answers(&[]));
    }

    #[test]
    fn what_was_kept_is_recalled_until_it_is_forgotten_or_too_old() {
        let directory = tempfile::tempdir().unwrap();
        let memory = Memory(Some(directory.path().join("routes").join("x")));
        assert_eq!(memory.recall(), None);
        for route in [Route::Tunnel, Route::Direct] {
            memory.keep(route);
            assert_eq!(memory.recall(), Some(route));
        }
        let file = fs::File::options()
            .write(true)
            .open(memory.0.as_ref().unwrap())
            .unwrap();
        file.set_modified(std::time::SystemTime::now() - 2 * KEPT)
            .unwrap();
        assert_eq!(memory.recall(), None);
        memory.keep(Route::Direct);
        memory.forget();
        assert_eq!(memory.recall(), None);
        Memory(None).keep(Route::Direct);
    }
}
