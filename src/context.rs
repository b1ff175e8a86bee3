//! What every command gets: streams, resolved settings, the way to the systems. Never passed below `commands/`.
//!
//! Nothing is connected before a command asks for it: `send` never pays for SSH or TLS.

pub mod client;
mod edge;
pub mod names;
mod route;

use crate::ambari;
use crate::edge::{Remote, RemoteError};
use crate::error::{Exit, Failure};
use crate::facts::cluster::Cluster;
use crate::facts::places::{Connector, sink_group};
use crate::kafka;
use crate::profile::{Profile, Route};
use crate::rest_proxy;
use crate::secret::Secret;
use crate::ui::Ui;
use anyhow::Context as _;
use etcetera::BaseStrategy;
use route::Memory;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub struct Context {
    pub ui: Arc<Ui>,
    pub profile: Profile,
    /// `--timeout`: of one request to Ambari or Kafka, and of connecting.
    pub timeout: Duration,
    /// Set by Ctrl-C and SIGTERM: what is under way is finished, nothing new begins.
    pub stop: Arc<AtomicBool>,
    /// Whether this command hears signals by `stop`.
    hears: Arc<AtomicBool>,
    /// The question for a host key was not answered: the input ended, which is no "no".
    ended: Arc<AtomicBool>,
    /// The wizard has a question of its own for how to log in.
    wizard_logs_in: AtomicBool,
    /// Once asked for: connected, or why not. A refused login or host key is not tried twice.
    remote: Mutex<Option<Result<Arc<dyn Remote>, RemoteError>>>,
}

impl Context {
    pub fn new(ui: Arc<Ui>, profile: Profile, timeout: Duration) -> Self {
        Self {
            ui,
            profile,
            timeout,
            stop: Arc::default(),
            hears: Arc::default(),
            ended: Arc::default(),
            wizard_logs_in: AtomicBool::default(),
            remote: Mutex::default(),
        }
    }

    /// From now on Ctrl-C sets `stop`; a second one ends the program at once.
    pub fn stop_on_signals(&self) -> anyhow::Result<()> {
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&self.stop))?;
            signal_hook::flag::register(signal, Arc::clone(&self.stop))?;
        }
        self.hears.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// A program that reads our document gets one, too, when Ctrl-C or SIGTERM ends a command that has nothing to finish.
    /// A second signal ends it at once and in silence.
    pub fn answer_signals(&self) -> anyhow::Result<()> {
        let ending = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
        let once = Arc::new(AtomicBool::new(false));
        for signal in ending {
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&once))?;
            signal_hook::flag::register(signal, Arc::clone(&once))?;
        }
        let mut signals = signal_hook::iterator::Signals::new(ending)?;
        let (ui, hears) = (Arc::clone(&self.ui), Arc::clone(&self.hears));
        std::thread::spawn(move || {
            let first = signals.forever().next();
            if first.is_some() && !hears.load(Ordering::SeqCst) {
                let exit = Exit::Interrupted as u8;
                ui.error(&["interrupted".to_owned()], &[], exit);
                signal_hook::low_level::exit(exit.into());
            }
        });
        Ok(())
    }

    /// The edge node. Connected once, when first asked for; whoever else asks meanwhile waits.
    pub fn remote(&self) -> anyhow::Result<Arc<dyn Remote>> {
        let mut known = self.remote.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = match &*known {
            Some(outcome) => outcome,
            None => known.insert(self.connect_to_edge()?),
        };
        outcome.clone().context("connecting to the edge node")
    }

    /// From now on a login that needs a password is refused, not asked about: the wizard does that.
    pub fn leave_logins_to_the_wizard(&self) {
        self.wizard_logs_in.store(true, Ordering::Relaxed);
    }

    /// The next who asks for the edge node connects anew: another host or login was named.
    pub fn forget_remote(&self) {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The cluster as Ambari tells, or as the profile does where it names the brokers. Remembered for `send` and `tail`.
    pub fn cluster(&self) -> anyhow::Result<Cluster> {
        let settings = &self.profile.cluster;
        if !settings.brokers.is_empty() {
            let name = settings
                .name
                .clone()
                .unwrap_or_else(|| "the cluster".to_owned());
            return Ok(Cluster::of_brokers(&name, &settings.brokers));
        }
        let base_url = self.required(&settings.gateway, "cluster.name")?.to_owned();
        let password = self.password()?;
        let client = ambari::Client::new(ambari::Settings {
            base_url,
            user: settings.user.clone(),
            password,
            ca_pem: self.ca_pem()?,
            timeout: self.timeout,
        })?;
        let cluster = crate::facts::cluster::ask(&client, settings.name.as_deref())
            .context("asking Ambari for the hosts")?;
        self.remember(&cluster);
        Ok(cluster)
    }

    fn password(&self) -> anyhow::Result<Secret> {
        match self.profile.cluster.password.resolve()? {
            Some(password) => Ok(password),
            None if self.ui.interactive() => {
                Ok(Secret::new(self.ui.secret("Password of the Ambari user")?))
            }
            None => Err(Failure::missing(&self.profile.missing(&["cluster.password"])).into()),
        }
    }

    pub fn ca_pem(&self) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(path) = &self.profile.cluster.ca_file else {
            return Ok(None);
        };
        let pem = std::fs::read(path).map_err(|error| {
            Failure::usage(format!("cannot read ca_file {}: {error}", path.display()))
        })?;
        Ok(Some(pem))
    }

    /// Brokers for a command that only speaks Kafka: the profile's, or those of the last `hosts`. Ambari is asked only
    /// when neither is there.
    pub fn brokers(&self) -> anyhow::Result<Vec<String>> {
        if !self.profile.cluster.brokers.is_empty() {
            return Ok(self.profile.cluster.brokers.clone());
        }
        if let Some(cluster) = self.remembered() {
            return Ok(cluster.started()?);
        }
        let cluster = self.cluster()?;
        Ok(cluster.started()?)
    }

    /// How these brokers are reached: by the profile's route, or by the one that `auto` finds.
    pub fn kafka(&self, brokers: Vec<String>) -> anyhow::Result<kafka::Settings> {
        let mut settings = kafka::Settings::new(brokers);
        settings.timeout = self.timeout;
        settings.extra = self.properties()?;
        let memory = Memory::of(&self.profile, cache_directory());
        let route = match self.profile.kafka.route {
            Route::Auto => self.find_route(&settings.brokers, &memory),
            route => route,
        };
        match route {
            Route::Tunnel => {
                self.ui
                    .detail("Kafka is reached through the edge node's SSH session");
                let dialer = self.dialer(memory);
                settings.dialer = Some(dialer.context("reaching Kafka through the edge node")?);
            }
            Route::Direct | Route::Auto => self.ui.detail("Kafka is reached directly"),
            Route::Rest => return Err(not_over_rest().into()),
        }
        Ok(settings)
    }

    /// For a command that the REST proxy cannot do: said before anybody is asked.
    pub fn refuse_rest(&self) -> Result<(), Failure> {
        match self.is_over_rest() {
            true => Err(not_over_rest()),
            false => Ok(()),
        }
    }

    /// Whether commands that can go over the REST proxy are to do so.
    pub fn is_over_rest(&self) -> bool {
        self.profile.kafka.route == Route::Rest
    }

    /// The REST proxy. Nobody is contacted yet.
    pub fn rest(&self) -> anyhow::Result<rest_proxy::Client> {
        self.no_properties_over_rest()?;
        let rest = &self.profile.rest;
        let mut needed = vec!["rest.tenant", "rest.client_id"];
        if rest.url.is_none() {
            needed.push("rest.url");
        }
        let missing = self.profile.missing(&needed);
        if !missing.is_empty() {
            return Err(Failure::missing(&missing).into());
        }
        let client_secret = match rest.client_secret.resolve()? {
            Some(secret) => secret,
            None if self.ui.interactive() => {
                Secret::new(self.ui.secret("Client secret of the application")?)
            }
            None => {
                let missing = self.profile.missing(&["rest.client_secret"]);
                return Err(Failure::missing(&missing).into());
            }
        };
        let client = rest_proxy::Client::new(rest_proxy::Settings {
            url: self.required(&rest.url, "rest.url")?.clone(),
            application: rest_proxy::Application {
                authority: rest.authority.clone(),
                tenant: self.required(&rest.tenant, "rest.tenant")?.clone(),
                client_id: self.required(&rest.client_id, "rest.client_id")?.clone(),
                client_secret,
                scope: rest.scope.clone(),
            },
            ca_pem: self.ca_pem()?,
            timeout: self.timeout,
            cache: cache_directory(),
        })?;
        self.ui
            .detail(&format!("over the REST proxy {}", client.at()));
        Ok(client)
    }

    fn find_route(&self, brokers: &[String], memory: &Memory) -> Route {
        if !kafka::TUNNEL || self.profile.edge.host.is_none() || self.is_on_the_edge() {
            return Route::Direct;
        }
        match memory.recall() {
            Some(Route::Direct) => {
                memory.doubt(brokers.to_vec());
                Route::Direct
            }
            Some(route) => route,
            None => {
                let route = match route::answers(brokers) {
                    true => Route::Direct,
                    false => Route::Tunnel,
                };
                memory.keep(route);
                route
            }
        }
    }

    /// Connects to brokers through the edge node. What proves that it cannot be done makes `auto` look again.
    fn dialer(&self, memory: Memory) -> anyhow::Result<kafka::Dialer> {
        let not_here = || {
            Failure::usage("the tunnel to Kafka is built for Linux only")
                .hint("--via direct, on a machine in the brokers' network")
        };
        if !kafka::TUNNEL {
            return Err(not_here().into());
        }
        let remote = self.remote().inspect_err(|_| memory.forget())?;
        let dialer = kafka::Dialer::new(move |socket, host, port| {
            remote.carry(socket, host, port).map_err(|error| {
                let kind = match error {
                    RemoteError::Forbidden { .. } => {
                        memory.forget();
                        ErrorKind::PermissionDenied
                    }
                    _ => ErrorKind::NotConnected,
                };
                std::io::Error::new(kind, error)
            })
        });
        Ok(dialer.ok_or_else(not_here)?)
    }

    /// A setting that this command cannot do without.
    pub fn required<'a, T>(&self, value: &'a Option<T>, key: &str) -> anyhow::Result<&'a T> {
        match value {
            Some(value) => Ok(value),
            None => Err(Failure::missing(&self.profile.missing(&[key])).into()),
        }
    }

    /// The consumer group of the sink, by the name that the edge node told the last time it was asked: a bridge that was made
    /// by hand may have another than the usual one.
    pub fn sink_group(&self) -> String {
        let told = self
            .cache_file("sinks", "name")
            .and_then(|file| std::fs::read_to_string(file).ok());
        let usual = Connector::Sink.connect_name();
        sink_group(told.as_deref().unwrap_or(usual))
    }

    /// A cache that cannot be written is no reason to fail.
    pub fn remember_sink(&self, name: &str) {
        let Some(file) = self.cache_file("sinks", "name") else {
            return;
        };
        let known = std::fs::read_to_string(&file).ok();
        if known.as_deref().unwrap_or(Connector::Sink.connect_name()) == name {
            return;
        }
        let write = || -> Option<()> {
            let directory = file.parent()?;
            std::fs::create_dir_all(directory).ok()?;
            let mut temporary = tempfile::NamedTempFile::new_in(directory).ok()?;
            temporary.write_all(name.as_bytes()).ok()?;
            temporary.persist(&file).ok().map(drop)
        };
        if write().is_none() {
            self.ui
                .detail("the sink's name could not be remembered in the cache directory");
        }
    }

    fn cache_file(&self, folder: &str, extension: &str) -> Option<PathBuf> {
        let gateway = self.profile.cluster.gateway.as_deref()?;
        let name: String = gateway
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        Some(
            cache_directory()?
                .join(folder)
                .join(format!("{name}.{extension}")),
        )
    }

    fn remembered(&self) -> Option<Cluster> {
        let text = std::fs::read(self.cache_file("hosts", "json")?).ok()?;
        let cluster: Cluster = serde_json::from_slice(&text).ok()?;
        (!cluster.bootstrap().is_empty()).then_some(cluster)
    }

    /// A cache that cannot be written is no reason to fail.
    fn remember(&self, cluster: &Cluster) {
        names::learn(names::Kind::Cluster, [cluster.name.as_str()]);
        let write = || -> Option<()> {
            let file = self.cache_file("hosts", "json")?;
            let directory = file.parent()?;
            std::fs::create_dir_all(directory).ok()?;
            let mut temporary = tempfile::NamedTempFile::new_in(directory).ok()?;
            serde_json::to_writer(&mut temporary, cluster).ok()?;
            temporary.persist(file).ok().map(drop)
        };
        if write().is_none() {
            self.ui
                .detail("the hosts could not be remembered in the cache directory");
        }
    }
}

fn not_over_rest() -> Failure {
    let words = "not over rest: the REST proxy cannot do this; it knows topics and records, no groups, no settings of others, no deleting";
    Failure::usage(words)
        .hint("use tunnel: --via tunnel, or --via direct inside of the cluster's network")
}

fn cache_directory() -> Option<PathBuf> {
    let base = etcetera::base_strategy::Xdg::new().ok()?;
    Some(base.cache_dir().join("hdikafka"))
}
