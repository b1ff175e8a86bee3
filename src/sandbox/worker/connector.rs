//! One connector in a worker: what is checked before it exists, its start, and the tasks that it asks for. Here: the
//! connector; starting and stopping its tasks is the herder's.

use super::Runtime;
use super::define::{self, CONNECTOR, Props};
use super::exception::{BAD_REQUEST, Exception};
use super::plugins::{Direction, Plugin};
use super::{sink_settings, source_settings};

const WORKER: &str = "org.apache.kafka.connect.runtime.Worker";
const WORKER_CONNECTOR: &str = "org.apache.kafka.connect.runtime.WorkerConnector";
const STAND_IN: &str = "hdikafka.sandbox.Worker";

/// Checks a connector's settings as `AbstractHerder.validateConnectorConfig` does, references resolved.
pub fn validate(runtime: &Runtime, given: &Props) -> Result<Plugin, Exception> {
    let resolved = runtime.providers.resolve(given)?;
    let Some(class) = resolved.get("connector.class").map(|class| class.trim()) else {
        // Connect prints the whole map here, values and all.
        let shown: Vec<String> = given
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        return Err(Exception::new(
            BAD_REQUEST,
            format!(
                "Connector config {{{}}} contains no connector type",
                shown.join(", ")
            ),
        ));
    };
    let plugin = runtime.plugins.connector(class)?.clone();
    let mut errors = define::errors(CONNECTOR, &resolved);
    match plugin.direction {
        Direction::Source => {
            errors.extend(define::errors(
                source_settings::keys(plugin.generation),
                &resolved,
            ));
        }
        Direction::Sink => {
            errors.extend(sink_settings::errors(&resolved));
            errors.extend(define::errors(sink_settings::KEYS, &resolved));
        }
    }
    if resolved
        .get("transforms")
        .is_some_and(|transforms| !transforms.trim().is_empty())
    {
        errors.push("Invalid value for configuration transforms: this stand-in for a worker has no transformations".to_owned());
    }
    match define::refusal(&errors) {
        Some(refusal) => Err(refusal),
        None => Ok(plugin),
    }
}

/// Makes and starts the connector; what comes out are the settings of its tasks, in which references of the second
/// step are still references.
pub fn start(runtime: &Runtime, plugin: &Plugin, given: &Props) -> Result<Vec<Props>, Exception> {
    let log = &runtime.log;
    let name = define::text(CONNECTOR, given, "name");
    let (class, version) = (&plugin.class, &plugin.version);
    log.info(WORKER, format!("Creating connector {name} of type {class}"));
    std::thread::sleep(std::time::Duration::from_millis(
        runtime.faults.slow_connector_ms,
    ));
    let resolved = runtime.providers.resolve(given)?;
    log.info(
        WORKER,
        format!("Instantiated connector {name} with version {version} of type class {class}"),
    );
    log.info(WORKER, format!("Finished creating connector {name}"));
    log.info(
        STAND_IN,
        format!("This is a stand-in for the IoT Hub connector {version}, made for rehearsals: it speaks a private protocol on port 5671 and cannot reach Azure"),
    );
    log.info(class, format!("Starting {}", simple(class)));
    let started = match plugin.direction {
        Direction::Source => {
            let config = config_class(plugin);
            let keys = source_settings::keys(plugin.generation);
            log.info(
                &config,
                define::all_values("IotHubSourceConfig", keys, &resolved),
            );
            source_settings::task_settings(&resolved, plugin.generation)
        }
        Direction::Sink => {
            let config = config_class(plugin);
            log.info(
                &config,
                define::all_values("IotHubSinkConfig", sink_settings::KEYS, &resolved),
            );
            Ok(sink_settings::task_settings(&resolved))
        }
    };
    let started = started.inspect_err(|error| {
        log.error(
            WORKER_CONNECTOR,
            format!("WorkerConnector{{id={name}}} Error while starting connector"),
            Some(error),
        );
    })?;
    let with_class = |mut settings: Props| {
        settings.insert("task.class".to_owned(), task_class(plugin));
        settings
    };
    Ok(started.into_iter().map(with_class).collect())
}

pub fn stop(runtime: &Runtime, plugin: &Plugin, name: &str) {
    runtime
        .log
        .info(WORKER, format!("Stopping connector {name}"));
    runtime
        .log
        .info(&plugin.class, format!("Stopping {}", simple(&plugin.class)));
    runtime.log.info(
        WORKER_CONNECTOR,
        format!("Completed shutdown for WorkerConnector{{id={name}}}"),
    );
}

/// `…IotHubSourceTask` beside `…IotHubSourceConnector`.
pub fn task_class(plugin: &Plugin) -> String {
    plugin.class.replace("Connector", "Task")
}

/// The class whose logger prints every value, the key among them.
fn config_class(plugin: &Plugin) -> String {
    plugin.class.replace("Connector", "Config")
}

fn simple(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or_default()
}
