//! A process that behaves like `connect-standalone.sh` with the IoT Hub connector: the same property files, refusals,
//! log lines, REST answers, signals and offset file, and it really moves messages between Kafka and the sandbox's hub.
//!
//! It is a stand-in for a Kafka Connect 3.2.0 worker and says so in its first line. It knows this one connector, in its
//! two generations, and no transformation; what it takes from Kafka Connect are outward facts, measured on the real
//! one. Here: the order in which a worker starts, and what all of its parts share.

mod channel;
mod connector;
mod converter;
mod define;
mod exception;
pub mod faults;
mod herder;
mod log;
mod log4j;
mod message;
mod offsets;
mod plugins;
mod process;
mod producer;
mod provider;
mod receiver;
mod rest;
pub mod rest_login;
mod sender;
mod sink_settings;
mod sink_task;
mod source_settings;
mod source_task;
mod task;
mod telemetry;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, Producer as _};
use rdkafka::{ClientConfig, ClientContext};

pub use channel::CA_VARIABLE;
pub use process::run;

use self::define::{Props, WORKER};
use self::exception::{Exception, of_file};
use self::faults::Faults;
use self::herder::Herder;
use self::log::Log;
use self::offsets::OffsetStore;
use self::plugins::Plugins;
use self::provider::Providers;
use self::rest::Api;
use self::rest_login::Door;
use crate::properties;

const STANDALONE: &str = "org.apache.kafka.connect.cli.ConnectStandalone";
const LOADER: &str = "org.apache.kafka.connect.runtime.isolation.DelegatingClassLoader";
const REST: &str = "org.apache.kafka.connect.runtime.rest.RestServer";
const CONNECT: &str = "org.apache.kafka.connect.runtime.Connect";
const WORKER_CLASS: &str = "org.apache.kafka.connect.runtime.Worker";
const HERDER: &str = "org.apache.kafka.connect.runtime.standalone.StandaloneHerder";
const STORE: &str = "org.apache.kafka.connect.storage.FileOffsetBackingStore";

/// What all parts of a worker share.
pub struct Runtime {
    pub log: Arc<Log>,
    /// The worker's file.
    pub worker: Props,
    pub providers: Providers,
    pub plugins: Plugins,
    pub offsets: OffsetStore,
    pub faults: Faults,
    pub tls: Arc<rustls::ClientConfig>,
    /// `127.0.0.1:8083`: the REST address.
    pub worker_id: String,
    pub cluster_id: String,
}

impl Runtime {
    pub fn bootstrap(&self) -> String {
        define::text(WORKER, &self.worker, "bootstrap.servers")
    }

    pub fn millis(&self, key: &str) -> Duration {
        let millis = define::number(WORKER, &self.worker, key);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

/// What a start is made of.
struct Start<'a> {
    log: Arc<Log>,
    faults: Faults,
    worker_file: &'a str,
    class_path: &'a str,
    /// `java.security.auth.login.config`
    jaas_file: Option<&'a str>,
    tls: Arc<rustls::ClientConfig>,
}

impl Start<'_> {
    /// Everything up to "Kafka Connect started". What is thrown here ends the process with 2.
    fn worker(&self) -> Result<Arc<Herder>, Exception> {
        let log = &self.log;
        let begun = Instant::now();
        log.info(
            STANDALONE,
            "Kafka Connect standalone worker initializing ...",
        );
        std::thread::sleep(Duration::from_millis(self.faults.slow_start_ms));
        let worker = read_properties(self.worker_file)?;
        log.info(
            STANDALONE,
            "Scanning for plugin classes. This might take a moment ...",
        );
        let plugins = self.scan(&worker);
        if let Some(first) = define::errors(WORKER, &worker).into_iter().next() {
            return Err(Exception::config(first));
        }
        let providers = Providers::of(&worker)?;
        // A worker's own file may hold references, too.
        let worker = providers.resolve(&worker)?;
        if worker.contains_key("rest.port") {
            log.warn(
                "org.apache.kafka.connect.runtime.standalone.StandaloneConfig",
                "The configuration 'rest.port' was supplied but isn't a known config.",
            );
        }
        let cluster_id = self.cluster(&worker)?;
        let extensions = define::text(WORKER, &worker, "rest.extension.classes");
        let door = Door::of(&extensions, self.class_path, self.jaas_file)?;
        let api = Api::new(self.faults.rest_silent, door);
        let worker_id = self.rest(&worker, &api)?;
        let file = define::text(WORKER, &worker, "offset.storage.file.filename");
        log.info(
            WORKER_CLASS,
            format!("Worker starting (worker ID {worker_id})"),
        );
        log.info(
            STORE,
            format!("Starting FileOffsetBackingStore with file {file}"),
        );
        let offsets = OffsetStore::open(Path::new(&file), self.faults.offsets_unwritable)?;
        let took = begun.elapsed().as_millis();
        log.info(
            STANDALONE,
            format!("Kafka Connect standalone worker initialization took {took}ms"),
        );
        log.info(CONNECT, "Kafka Connect starting");
        log.info(HERDER, "Herder starting");
        let runtime = Runtime {
            log: Arc::clone(log),
            worker,
            providers,
            plugins,
            offsets,
            faults: self.faults.clone(),
            tls: Arc::clone(&self.tls),
            worker_id,
            cluster_id,
        };
        let herder = Arc::new(Herder::new(Arc::new(runtime)));
        log.info(HERDER, "Herder started");
        api.open(&herder);
        log.info(
            REST,
            "REST resources initialized; server is started and ready to handle requests",
        );
        log.info(CONNECT, "Kafka Connect started");
        Ok(herder)
    }

    fn scan(&self, worker: &Props) -> Plugins {
        let plugins = Plugins::scan(
            &define::text(WORKER, worker, "plugin.path"),
            self.class_path,
        );
        for location in &plugins.locations {
            self.log.info(
                LOADER,
                format!("Loading plugin from: {}", location.display()),
            );
            self.log.info(
                LOADER,
                format!(
                    "Registered loader: PluginClassLoader{{pluginLocation=file:{}}}",
                    location.display()
                ),
            );
        }
        for plugin in &plugins.found {
            self.log
                .info(LOADER, format!("Added plugin '{}'", plugin.class));
        }
        plugins
    }

    /// Kafka's id of the cluster: whoever cannot say it is not reached.
    fn cluster(&self, worker: &Props) -> Result<String, Exception> {
        let timeout =
            u64::try_from(define::number(WORKER, worker, "default.api.timeout.ms")).unwrap_or(0);
        let timeout = Duration::from_millis(timeout);
        let mut config = ClientConfig::new();
        config
            .set(
                "bootstrap.servers",
                define::text(WORKER, worker, "bootstrap.servers"),
            )
            .set("enable.metrics.push", "false");
        let context = Admin(Arc::clone(&self.log));
        let asked = config
            .create_with_context(context)
            .and_then(|client: BaseProducer<Admin>| {
                client.client().fetch_metadata(None, timeout)?;
                Ok(client
                    .client()
                    .fetch_cluster_id(timeout)
                    .unwrap_or_default())
            });
        asked.map_err(|error| {
            let cause = Exception::new("org.apache.kafka.common.errors.TimeoutException", error.to_string());
            Exception::connect("Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties.")
                .caused_by(cause.executed())
        })
    }

    /// Binds the first listener for good; its address.
    fn rest(&self, worker: &Props, api: &Api) -> Result<String, Exception> {
        let listeners = define::text(WORKER, worker, "listeners");
        let listener = listeners.split(',').next().unwrap_or_default();
        self.log.info(REST, "Initializing REST server");
        let (server, addr) = api.listen(listener)?;
        // It ends with the process.
        std::mem::forget(server);
        let host = match addr.ip().is_unspecified() {
            true => "127.0.0.1".to_owned(),
            false => addr.ip().to_string(),
        };
        self.log.info(
            REST,
            format!(
                "REST server listening at http://{addr}/, advertising URL http://{host}:{}/",
                addr.port()
            ),
        );
        Ok(format!("{host}:{}", addr.port()))
    }
}

/// A property file as Java's `Utils.loadProps` reads it.
fn read_properties(path: &str) -> Result<Props, Exception> {
    let bytes = std::fs::read(path).map_err(|error| of_file(&error, path))?;
    properties::read(&bytes)
        .map_err(|error| Exception::new(exception::ILLEGAL_ARGUMENT, format!("{path}: {error}")))
}

/// The admin client of the start, whose warnings are the only sign of life while no broker answers.
struct Admin(Arc<Log>);

impl ClientContext for Admin {
    fn error(&self, error: KafkaError, reason: &str) {
        producer::warn_of(
            &self.0,
            "[AdminClient clientId=adminclient-1]",
            &error,
            reason,
        );
    }
}

impl rdkafka::producer::ProducerContext for Admin {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &rdkafka::message::DeliveryResult<'_>, (): ()) {}
}
