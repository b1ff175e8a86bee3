//! A node over SSH whose connections to elsewhere outlive its session: one that died is made again for the next `carry`.
//!
//! Commands do not go on after the first session has died. What they belong to, the lock above all, ended with it, and
//! whoever runs them has to hear of that.
//!
//! Nobody is asked anything again: the host key that was trusted is the only one from then on, and a login that was
//! refused once is not tried a second time.

use super::ssh::{CarryError, DIAL_TIMEOUT};
use super::{Command, HostKeyDecision, Output, Remote, RemoteError, Running, Ssh, Target};
use std::collections::BTreeSet;
use std::fmt;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two attempts to make a session, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A session that held this long was a good one: the next pause is the first again.
const GOOD: Duration = Duration::from_secs(10);

/// How long one host may keep all others waiting: libssh2 opens one channel at a time, and a host that swallows packets
/// is given up by the node only after minutes.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a person may want to know with -v.
pub type Notice = Arc<dyn Fn(&str) + Send + Sync>;

pub struct Reconnecting {
    /// Commands live and die with it.
    first: Arc<Ssh>,
    /// For the sessions after it.
    target: Target,
    notice: Notice,
    /// One channel is opened at a time, so that patience counts for its own host.
    opening: Mutex<()>,
    /// For all connections but those of the slow hosts.
    main: Mutex<Place>,
    /// Where slow hosts are waited for; first of all the session in which the first of them got stuck.
    aside: Mutex<Place>,
    slow: Mutex<BTreeSet<(String, u16)>>,
}

/// A session and the history of its making.
#[derive(Default)]
struct Place {
    session: Option<Arc<Ssh>>,
    made: Option<Instant>,
    tried: Option<Instant>,
    pause: Duration,
    /// Why the last attempt failed, and when.
    failed: Option<(RemoteError, Instant)>,
}

impl Reconnecting {
    /// # Errors
    /// Those of [`Ssh::connect`]. Only this first time a person may be asked about a host key.
    pub fn connect(target: &Target, notice: Notice) -> Result<Self, RemoteError> {
        let first = Arc::new(Ssh::connect(target)?);
        let target = Target {
            accept: HostKeyDecision::Refuse,
            pinned_host_key: Some(first.fingerprint().to_owned()),
            questions: target.questions.silenced(),
            ..target.clone()
        };
        let main = Place {
            session: Some(Arc::clone(&first)),
            made: Some(Instant::now()),
            ..Place::default()
        };
        Ok(Self {
            first,
            target,
            notice,
            opening: Mutex::default(),
            main: Mutex::new(main),
            aside: Mutex::default(),
            slow: Mutex::default(),
        })
    }

    /// The session of a place, or a new one when there is none or it is the one that was found to be lost.
    fn session(
        &self,
        place: &Mutex<Place>,
        lost: Option<&Arc<Ssh>>,
    ) -> Result<Arc<Ssh>, RemoteError> {
        let asked = Instant::now();
        let mut place = held(place);
        let is_lost = |session: &Arc<Ssh>| lost.is_some_and(|lost| Arc::ptr_eq(lost, session));
        if let Some(session) = place.session.as_ref().filter(|session| !is_lost(session)) {
            return Ok(Arc::clone(session));
        }
        if let Some((error, when)) = &place.failed
            && (*when > asked || is_final(error))
        {
            return Err(error.clone());
        }
        place.session = None;
        place.wait_for_its_turn();
        if lost.is_some() {
            (self.notice)(&format!("the connection to {} was lost", self.first.name()));
        }
        match Ssh::connect(&self.target) {
            Ok(session) => {
                (self.notice)(&format!("connected to {} again", self.first.name()));
                let session = Arc::new(session);
                place.made = Some(Instant::now());
                place.failed = None;
                Ok(Arc::clone(place.session.insert(session)))
            }
            Err(error) => {
                place.failed = Some((error.clone(), Instant::now()));
                Err(error)
            }
        }
    }

    /// On the session of a place; once more on a new one when that is found to be dead.
    fn carry_at(
        &self,
        place: &Mutex<Place>,
        patience: Duration,
        socket: &UnixStream,
        host: &str,
        port: u16,
    ) -> Result<(), CarryError> {
        let attempt = |session: &Ssh| {
            let socket = socket.try_clone().map_err(|e| RemoteError::Dial {
                node: self.name(),
                host: super::printable(host),
                port,
                cause: e.to_string(),
            })?;
            session.carry_within(patience, socket, host, port)
        };
        let session = self.session(place, None)?;
        match attempt(&session) {
            Err(failed) if matches!(failed.error, RemoteError::Lost { .. }) => {
                attempt(&*self.session(place, Some(&session))?)
            }
            outcome => outcome,
        }
    }

    /// Where commands run: in the first session, or beside it while that one is only stuck.
    fn for_commands(&self) -> Result<Arc<Ssh>, RemoteError> {
        let is_main = held(&self.main)
            .session
            .as_ref()
            .is_some_and(|main| Arc::ptr_eq(main, &self.first));
        if is_main || self.first.is_lost() {
            return Ok(Arc::clone(&self.first));
        }
        self.session(&self.main, None)
    }

    /// The main session waits for a host that does not answer, and would make everybody else wait, too.
    fn set_aside(&self, host: &str, port: u16) {
        held(&self.slow).insert((host.to_owned(), port));
        let stuck = held(&self.main).session.take();
        let mut aside = held(&self.aside);
        // A slow host is not waited for in two sessions at once.
        if aside.session.is_none() {
            aside.session = stuck;
            aside.made = Some(Instant::now());
        }
        (self.notice)(&format!(
            "{} does not reach {}:{port} at once; others no longer wait for it",
            self.first.name(),
            super::printable(host)
        ));
    }
}

impl Place {
    fn wait_for_its_turn(&mut self) {
        let good = self.made.is_some_and(|made| made.elapsed() >= GOOD);
        self.pause = match (self.tried, good) {
            (Some(_), false) => (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE),
            _ => Duration::ZERO,
        };
        if let Some(tried) = self.tried {
            std::thread::sleep((tried + self.pause).saturating_duration_since(Instant::now()));
        }
        self.tried = Some(Instant::now());
        self.made = None;
    }
}

/// Another attempt would end the same, or lock somebody out.
fn is_final(error: &RemoteError) -> bool {
    if let RemoteError::Jump { error, .. } = error {
        return is_final(error);
    }
    matches!(
        error,
        RemoteError::Auth { .. }
            | RemoteError::UnknownHostKey { .. }
            | RemoteError::ChangedHostKey { .. }
            | RemoteError::Config(_)
    )
}

impl Remote for Reconnecting {
    fn start(&self, command: &Command) -> Result<Running, RemoteError> {
        self.for_commands()?.start(command)
    }

    fn run(&self, command: &Command) -> Result<Output, RemoteError> {
        self.for_commands()?.run(command)
    }

    fn carry(&self, socket: UnixStream, host: &str, port: u16) -> Result<(), RemoteError> {
        let key = (host.to_owned(), port);
        if !held(&self.slow).contains(&key) {
            let _turn = held(&self.opening);
            match self.carry_at(&self.main, PATIENCE, &socket, host, port) {
                Err(failed) if failed.silent => self.set_aside(host, port),
                outcome => return outcome.map_err(|failed| failed.error),
            }
        }
        let outcome = self.carry_at(&self.aside, DIAL_TIMEOUT, &socket, host, port);
        if outcome.is_ok() {
            held(&self.slow).remove(&key);
        }
        outcome.map_err(|failed| failed.error)
    }

    fn name(&self) -> String {
        self.first.name()
    }
}

impl fmt::Debug for Reconnecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reconnecting").field(&self.name()).finish()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
