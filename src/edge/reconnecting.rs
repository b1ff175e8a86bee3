//! A node over SSH whose connections to elsewhere outlive its session: one that died is made again for the next `carry`.
//!
//! Commands do not go on after the first session has died. What they belong to, the lock above all, ended with it, and
//! whoever runs them has to hear of that.
//!
//! Nobody is asked anything again: the host key that was trusted is the only one from then on, and a login that was
//! refused once is not tried a second time.

use super::{Command, HostKeyDecision, Output, Remote, RemoteError, Running, Ssh, Target};
use std::fmt;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two attempts to make a session, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A session that held this long was a good one: the next pause is the first again.
const GOOD: Duration = Duration::from_secs(10);

/// What a person may want to know with -v.
pub type Notice = Arc<dyn Fn(&str) + Send + Sync>;

pub struct Reconnecting {
    /// Commands live and die with it.
    first: Arc<Ssh>,
    /// For the sessions after it.
    target: Target,
    notice: Notice,
    /// The one for connections.
    place: Mutex<Place>,
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
        let place = Place {
            session: Some(Arc::clone(&first)),
            made: Some(Instant::now()),
            ..Place::default()
        };
        Ok(Self {
            first,
            target,
            notice,
            place: Mutex::new(place),
        })
    }

    /// The session for connections, or a new one when it is the one that was found to be lost.
    fn session(&self, lost: Option<&Arc<Ssh>>) -> Result<Arc<Ssh>, RemoteError> {
        let asked = Instant::now();
        let mut place = held(&self.place);
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
        self.first.start(command)
    }

    fn run(&self, command: &Command) -> Result<Output, RemoteError> {
        self.first.run(command)
    }

    /// On the session; once more on a new one when that is found to be dead.
    fn carry(&self, socket: UnixStream, host: &str, port: u16) -> Result<(), RemoteError> {
        let attempt = |session: &Ssh| {
            let socket = socket.try_clone().map_err(|e| RemoteError::Dial {
                node: self.name(),
                host: super::printable(host),
                port,
                cause: e.to_string(),
            })?;
            session.carry(socket, host, port)
        };
        let session = self.session(None)?;
        match attempt(&session) {
            Err(RemoteError::Lost { .. }) => attempt(&*self.session(Some(&session))?),
            outcome => outcome,
        }
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
