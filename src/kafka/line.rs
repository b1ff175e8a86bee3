//! How the brokers are connected to when this machine cannot do it itself, and what became of each attempt. Knows nothing
//! of SSH: who connects is injected. How librdkafka is made to ask is in `hook`.

use super::error::plain;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Makes the socket one end of a byte stream to `host:port`, and returns once the stream stands. May take as long as it
/// needs. `PermissionDenied` means that no broker can ever be reached this way. Dropping the socket is how librdkafka
/// learns of a failure.
pub type Dial = dyn Fn(UnixStream, &str, u16) -> io::Result<()> + Send + Sync;

/// A [`Dial`] that the clients of one [`super::Settings`] share.
#[derive(Clone)]
pub struct Dialer(Arc<Dial>);

impl Dialer {
    /// Nothing where the program is built without the tunnel: [`super::TUNNEL`] says so beforehand.
    pub fn new(
        dial: impl Fn(UnixStream, &str, u16) -> io::Result<()> + Send + Sync + 'static,
    ) -> Option<Self> {
        super::TUNNEL.then(|| Self(Arc::new(dial)))
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

/// The line of one client to its brokers.
pub(super) struct Line {
    dialer: Dialer,
    attempts: Mutex<BTreeMap<String, Attempt>>,
}

/// An attempt is worth a word when it has been under way for this long.
const LONG: Duration = Duration::from_secs(1);

/// The last one to a broker, until it succeeds.
struct Attempt {
    /// It is under way.
    since: Option<Instant>,
    /// How it failed, or the one before it: librdkafka tries again at once, and that makes nothing better known.
    failed: Option<(ErrorKind, String)>,
}

impl Line {
    pub fn new(dialer: &Dialer) -> Arc<Self> {
        Arc::new(Self {
            dialer: dialer.clone(),
            attempts: Mutex::default(),
        })
    }

    /// Connects in a thread of its own: librdkafka asks while it holds a lock.
    pub fn connect(self: &Arc<Self>, socket: UnixStream, host: &str, port: u16) -> io::Result<()> {
        let (line, host) = (Arc::clone(self), host.to_owned());
        let broker = format!("{host}:{port}");
        let mut attempts = self.attempts();
        let failed = attempts.remove(&broker).and_then(|before| before.failed);
        let since = Some(Instant::now());
        attempts.insert(broker.clone(), Attempt { since, failed });
        drop(attempts);
        let work = move || {
            let outcome = (line.dialer.0)(socket, &host, port);
            let mut attempts = line.attempts();
            match outcome {
                Ok(()) => attempts.remove(&broker),
                Err(error) => {
                    let failed = Some((error.kind(), plain(&error.to_string())));
                    attempts.insert(
                        broker,
                        Attempt {
                            since: None,
                            failed,
                        },
                    )
                }
            };
        };
        let thread = std::thread::Builder::new().name("kafka dial".into());
        thread.spawn(work).map(drop)
    }

    /// What keeps brokers from being reached, the most telling first; nothing if all were.
    pub fn causes(&self) -> Vec<String> {
        let attempts = self.attempts();
        let failed = attempts
            .values()
            .filter_map(|attempt| Some(attempt.failed.as_ref()?.1.clone()));
        let waits = |attempt: &Attempt| {
            let long = attempt.since.is_some_and(|since| since.elapsed() >= LONG);
            long && attempt.failed.is_none()
        };
        let waiting = attempts
            .iter()
            .filter(|(_, attempt)| waits(attempt))
            .map(|(broker, _)| format!("no connection to {} yet", plain(broker)));
        let mut causes: Vec<String> = failed.chain(waiting).collect();
        // A cause that is not about one broker is told once.
        causes.dedup();
        causes
    }

    /// The other side will not let anybody through.
    pub fn is_forbidden(&self) -> bool {
        let denied =
            |attempt: &Attempt| matches!(attempt.failed, Some((ErrorKind::PermissionDenied, _)));
        let attempts = self.attempts();
        !attempts.is_empty() && attempts.values().all(denied)
    }

    fn attempts(&self) -> MutexGuard<'_, BTreeMap<String, Attempt>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn what_is_forbidden_stays_so_while_it_is_tried_again() {
        let dials = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&dials);
        let dial = move |_: UnixStream, _: &str, _: u16| match count.fetch_add(1, Ordering::SeqCst)
        {
            0 => Err(io::Error::new(ErrorKind::PermissionDenied, "no forwarding")),
            _ => loop {
                std::thread::park();
            },
        };
        let line = Line::new(&Dialer::new(dial).unwrap());
        let end = Instant::now() + Duration::from_secs(20);
        let until = |done: &dyn Fn() -> bool| {
            while !done() {
                assert!(Instant::now() < end, "{:?}", line.causes());
                std::thread::yield_now();
            }
        };
        let connect = || {
            line.connect(UnixStream::pair().unwrap().0, "wn0", 9092)
                .unwrap()
        };
        connect();
        until(&|| line.is_forbidden());
        connect();
        until(&|| dials.load(Ordering::SeqCst) == 2);
        assert!(line.is_forbidden());
        assert_eq!(line.causes(), ["no forwarding"]);
    }
}
