//! The node as a handle: what it is made of, its start and its end, and the switches of its faults.

use super::faults::Faults;
use super::layout::{self, OWN};
use super::rootfs::{Owner, ROOT, Root};
use super::scratch::{self, Scratch};
use super::ssh::{self, Host, KeyKind, Server};
use super::systemd::{self, Manager};
use super::tools::{self, Answers};
use crate::secret::Secret;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long processes may take to be gone after SIGKILL.
const END: Duration = Duration::from_secs(5);

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a node is made of. [`Options::new`] has the rest of an HDInsight 5.1 edge node.
pub struct Options {
    /// The node's disk; made if it is not there, and left there at the end. Nobody else may write in it.
    pub dir: PathBuf,
    /// On loopback. Port 0: any free one.
    pub listen: SocketAddr,
    /// The `hdikafka` binary, which is the interpreter of the node's tools (in a test: not the test itself).
    pub program: PathBuf,
    pub host_name: String,
    /// `None`: no login and no sudo by password.
    pub password: Option<Secret>,
    /// Lines of sshuser's authorized_keys.
    pub authorized_keys: Vec<String>,
    /// A private key in OpenSSH's format, as [`Node::host_key`] gave it; `None`: a new ed25519 key.
    pub host_key: Option<Secret>,
    /// Host keys beside that one.
    pub more_host_keys: Vec<KeyKind>,
    /// The other machines: in /etc/hosts, and where connections through the node may go. Loopback addresses.
    pub hosts: Vec<Host>,
    pub hdp_version: String,
    /// What connect-standalone.sh becomes, before its own arguments; `None`: `PROGRAM sandbox tool worker …`.
    pub worker: Option<Vec<String>>,
    pub worker_environment: Vec<(String, String)>,
    pub files: Vec<GuestFile>,
    /// Programs of the host that [`Faults::missing_tools`] may take away (`flock`, …).
    pub hideable: Vec<String>,
}

/// A file to be laid out, under its path on the node.
pub struct GuestFile {
    pub path: String,
    pub contents: Vec<u8>,
    pub mode: u32,
    /// uid and gid; 0 is root, 1000 sshuser, 1010 (group 1009) kafka.
    pub owner: Owner,
}

impl Options {
    pub fn new(dir: impl Into<PathBuf>, program: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            listen: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            program: program.into(),
            host_name: "edge-sandbox".into(),
            password: None,
            authorized_keys: Vec::new(),
            host_key: None,
            more_host_keys: Vec::new(),
            hosts: Vec::new(),
            hdp_version: "5.1.4.8".into(),
            worker: None,
            worker_environment: Vec::new(),
            files: Vec::new(),
            hideable: Vec::new(),
        }
    }
}

/// A running node. Dropping it ends every connection, service and process that it had.
pub struct Node {
    // In the order in which they end.
    server: Server,
    answers: Option<Answers>,
    manager: Option<Arc<Manager>>,
    scratch: Arc<Scratch>,
    faults: Arc<Mutex<Faults>>,
    options: Mutex<Options>,
}

/// `/usr/hdp/VERSION/kafka`, where `/usr/hdp/current/kafka-broker` leads.
pub fn kafka_home(hdp_version: &str) -> String {
    format!("/usr/hdp/{hdp_version}/kafka")
}

impl Node {
    /// # Errors
    /// A directory that is not empty (owners and modes of a node that has ended are lost), an address that is not on
    /// loopback or is taken, a machine where the processes cannot be traced.
    pub fn start(options: Options) -> anyhow::Result<Self> {
        scratch::supported()
            .map_err(|why| anyhow::anyhow!("the edge node cannot be imitated here: {why}"))?;
        anyhow::ensure!(
            options.listen.ip().is_loopback(),
            "{} is not a loopback address",
            options.listen.ip()
        );
        let root = options.dir.join("root");
        anyhow::ensure!(
            !root.exists(),
            "{} has been a node already",
            options.dir.display()
        );
        fs::create_dir_all(options.dir.join("hidden"))?;
        anyhow::ensure!(
            !is_noexec(&options.dir)?,
            "{}: no program may be started there (mounted noexec)",
            options.dir.display()
        );
        // On disk a key or a password file of the node is protected by this alone.
        fs::set_permissions(&options.dir, fs::Permissions::from_mode(0o700))?;
        let prefixes = layout::prefixes(&options);
        let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
        let scratch = Scratch::new(&root, &prefixes)?;
        scratch.set_hostname(&options.host_name);
        layout::lay_out(&Root(&scratch), &options)?;
        let faults = Arc::new(Mutex::new(Faults::default()));
        let manager = Arc::new(Manager::start(systemd::Setup {
            scratch: Arc::clone(&scratch),
            host_name: options.host_name.clone(),
            environment: environment(),
        })?);
        let answers = Answers::start(tools::Setup {
            scratch: Arc::clone(&scratch),
            manager: Arc::clone(&manager),
            faults: Arc::clone(&faults),
            user: "sshuser".into(),
            password: options.password.clone(),
        })?;
        let mut key_kinds = options.more_host_keys.clone();
        if options.host_key.is_none() {
            key_kinds.insert(0, KeyKind::Ed25519);
        }
        let server = Server::start(
            options.listen,
            ssh::Setup {
                scratch: Arc::clone(&scratch),
                user: "sshuser".into(),
                password: options.password.clone(),
                hosts: dialled(&options),
                faults: Arc::clone(&faults),
                environment: environment(),
                sftp: vec![format!("{OWN}/sftp-server")],
                key_kinds,
                host_key: options.host_key.clone(),
            },
        )?;
        Ok(Self {
            server,
            answers: Some(answers),
            manager: Some(manager),
            scratch,
            faults,
            options: Mutex::new(options),
        })
    }

    /// Where SSH listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Lines for a known_hosts file, one a key.
    pub fn known_hosts(&self) -> String {
        let addr = self.addr();
        let name = match addr.port() {
            22 => addr.ip().to_string(),
            port => format!("[{}]:{port}", addr.ip()),
        };
        let keys = self.server.public_keys();
        keys.iter().map(|key| format!("{name} {key}\n")).collect()
    }

    /// `SHA256:…` of each host key, the first one first.
    pub fn fingerprints(&self) -> Vec<String> {
        self.server.fingerprints()
    }

    /// The first host key, to be given to the next start.
    pub fn host_key(&self) -> anyhow::Result<Secret> {
        self.server.host_key()
    }

    /// From the next connection on, the node shows a key that nobody knows.
    pub fn change_host_key(&self, kind: KeyKind) -> anyhow::Result<()> {
        self.server.change_host_key(kind)
    }

    /// Ends every SSH connection now.
    pub fn drop_connections(&self) {
        self.server.drop_connections();
    }

    /// SSH connections that are open.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }

    /// The disk: guest paths, owners, processes.
    pub fn scratch(&self) -> &Arc<Scratch> {
        &self.scratch
    }

    /// What a unit said, `NAME.service`.
    pub fn journal(&self, unit: &str) -> Vec<String> {
        let lines = self
            .manager
            .iter()
            .flat_map(|manager| manager.journal(unit));
        lines.map(|line| line.text).collect()
    }

    /// The other machines, from now on.
    pub fn set_hosts(&self, hosts: Vec<Host>) -> anyhow::Result<()> {
        let mut options = locked(&self.options);
        options.hosts = hosts;
        self.server.set_hosts(&dialled(&options))?;
        Root(&self.scratch).file("/etc/hosts", layout::hosts(&options), 0o644, ROOT)?;
        Ok(())
    }

    /// Changes how the node misbehaves.
    ///
    /// # Errors
    /// A tool that cannot be taken away, or a file of the node that cannot be changed.
    pub fn set_faults(&self, change: impl FnOnce(&mut Faults)) -> anyhow::Result<()> {
        let before = self.faults();
        let mut after = before.clone();
        change(&mut after);
        let root = Root(&self.scratch);
        if before.missing_tools != after.missing_tools {
            self.take_away(&before.missing_tools, &after.missing_tools)?;
        }
        if before.clock_skew != after.clock_skew {
            self.set_clock(&root, after.clock_skew)?;
        }
        if before.no_systemd != after.no_systemd {
            self.scratch
                .set_init(if after.no_systemd { "init" } else { "systemd" })?;
        }
        for prefix in before.full.union(&after.full) {
            self.scratch.set_full(prefix, after.full.contains(prefix));
        }
        *locked(&self.faults) = after;
        Ok(())
    }

    /// As they are now: a cut that has happened is no longer there.
    pub fn faults(&self) -> Faults {
        locked(&self.faults).clone()
    }

    fn take_away(&self, before: &BTreeSet<String>, after: &BTreeSet<String>) -> anyhow::Result<()> {
        let options = locked(&self.options);
        let known = layout::tool_names(&options);
        let hidden = options.dir.join("hidden");
        for tool in after {
            anyhow::ensure!(
                known.contains(tool),
                "{tool} is not among the tools that can be taken away"
            );
        }
        for tool in after.difference(before) {
            fs::rename(self.tool(tool), hidden.join(tool))?;
        }
        for tool in before.difference(after) {
            fs::rename(hidden.join(tool), self.tool(tool))?;
        }
        Ok(())
    }

    fn tool(&self, name: &str) -> PathBuf {
        self.scratch.host_path(&format!("/usr/bin/{name}"))
    }

    fn set_clock(&self, root: &Root, seconds: i64) -> io::Result<()> {
        let Some(date) = layout::on_host("date") else {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                "this machine has no program `date`",
            ));
        };
        if seconds == 0 {
            return root.program("/usr/bin/date", &date);
        }
        root.program(&format!("{OWN}/bin/date"), &date)?;
        root.file("/usr/bin/date", layout::skewed_date(seconds), 0o755, ROOT)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.server.close();
        // A tool that follows the journal keeps its manager for a moment.
        if let Some(manager) = self.manager.take() {
            manager.close();
        }
        self.answers = None;
        self.scratch.kill_all();
        let end = Instant::now() + END;
        while !self.scratch.processes().is_empty() && Instant::now() < end {
            self.scratch.kill_all();
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The node's own programs lie below.
fn is_noexec(dir: &Path) -> io::Result<bool> {
    let dir = fs::File::open(dir)?;
    let mut about = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the descriptor is open, and the buffer is what the call fills; all its bits may be zero.
    let about = unsafe {
        match libc::fstatvfs(dir.as_raw_fd(), about.as_mut_ptr()) {
            0 => about.assume_init(),
            _ => return Err(io::Error::last_os_error()),
        }
    };
    Ok(about.f_flag & libc::ST_NOEXEC != 0)
}

/// The node knows itself by its name.
fn dialled(options: &Options) -> Vec<Host> {
    let own = Host {
        address: options.listen.ip(),
        names: vec![options.host_name.clone()],
    };
    std::iter::once(own)
        .chain(options.hosts.iter().cloned())
        .collect()
}

fn environment() -> Vec<(String, String)> {
    vec![("PATH".to_owned(), PATH.to_owned())]
}
