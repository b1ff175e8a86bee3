//! How Kafka is reached, and what follows from it for every librdkafka client.

use super::error::KafkaError;
use super::hook;
use super::line::Dialer;
use super::watch::Watch;
use rdkafka::ClientConfig;
use rdkafka::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How Kafka is reached.
#[derive(Clone)]
pub struct Settings {
    /// `host:port` each; any of them leads to the others.
    pub brokers: Vec<String>,
    /// What the brokers' logs and quotas know this client by.
    pub client_id: String,
    /// librdkafka's own settings (`security.protocol`, `sasl.…`). They come last and win.
    pub extra: BTreeMap<String, String>,
    /// For each call as a whole.
    pub timeout: Duration,
    /// Connects to the brokers instead of this machine itself; their names need not be known here.
    pub dialer: Option<Dialer>,
}

impl Settings {
    pub fn new<S: Into<String>>(brokers: impl IntoIterator<Item = S>) -> Self {
        Self {
            brokers: brokers.into_iter().map(Into::into).collect(),
            client_id: "hdikafka".into(),
            extra: BTreeMap::new(),
            timeout: Duration::from_secs(10),
            dialer: None,
        }
    }

    /// Whether librdkafka knows these settings and takes their values. What does not go together it says only when a
    /// client is made.
    pub fn check_extra(extra: &BTreeMap<String, String>) -> Result<(), KafkaError> {
        let mut config = ClientConfig::new();
        for (key, value) in extra {
            config.set(key, value);
        }
        config
            .create_native_config()
            .map(drop)
            .map_err(|error| KafkaError::from_native(error, "", &Watch::default()))
    }

    /// What all clients share; `own` is what one kind of client adds.
    pub(super) fn client_config(&self, own: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.brokers.join(","))
            .set("client.id", &self.client_id)
            // Requests of a few bytes must not wait for the acknowledgement of the last ones.
            .set("socket.nagle.disable", "true")
            // No telemetry requests (KIP-714) between us and the first answer.
            .set("enable.metrics.push", "false")
            // The broker that answered first is let go as soon as the cluster's brokers are known by name. With sparse
            // connections none of these is connected to for the next 50 ms.
            .set("enable.sparse.connections", "false")
            .set("log.connection.close", "false");
        for (key, value) in own {
            config.set(*key, *value);
        }
        for (key, value) in &self.extra {
            config.set(own_name(key), value);
        }
        if self.uses_tls() && config.get("ssl.ca.location").is_none() {
            // OpenSSL is built in, and the place that it was built with does not exist on the system.
            config.set("ssl.ca.location", "probe");
        }
        // What matters comes as an error event as well.
        config.set_log_level(RDKafkaLogLevel::Emerg);
        config
    }

    /// A client of these settings. What keeps it from its brokers goes to the watch, which has to be the context's own.
    pub(super) fn client<C, T>(
        &self,
        own: &[(&str, &str)],
        watch: Watch,
        context: impl FnOnce(Watch) -> C,
    ) -> Result<T, KafkaError>
    where
        C: ClientContext,
        T: FromClientConfigAndContext<C>,
    {
        let config = self.client_config(own);
        let line = watch.line().cloned();
        hook::through(line.as_ref(), || config.create_with_context(context(watch))).map_err(
            |error| KafkaError::from_native(error, &self.brokers.join(","), &Watch::default()),
        )
    }

    fn uses_tls(&self) -> bool {
        let protocol = self.extra.get("security.protocol");
        protocol.is_some_and(|protocol| protocol.to_ascii_uppercase().contains("SSL"))
    }
}

/// librdkafka takes both names of a setting, in no certain order: under the one that is set here, too, it is overridden.
fn own_name(key: &str) -> &str {
    match key {
        "request.required.acks" => "acks",
        "queue.buffering.max.ms" => "linger.ms",
        key => key,
    }
}

impl fmt::Debug for Settings {
    /// Without the values of `extra`: one of them may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("brokers", &self.brokers)
            .field("client_id", &self.client_id)
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("dialer", &self.dialer)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_value_of_extra() {
        let mut settings = Settings::new(["wn0:9092"]);
        settings
            .extra
            .insert("sasl.password".into(), "canary".into());
        let shown = format!("{settings:?}");
        assert!(shown.contains("sasl.password") && !shown.contains("canary"));
    }

    #[test]
    fn what_librdkafka_does_not_take_is_named_and_its_value_is_not() {
        let check = |key: &str, value: &str| {
            Settings::check_extra(&BTreeMap::from([(key.to_owned(), value.to_owned())]))
        };
        assert_eq!(check("security.protocol", "SASL_SSL"), Ok(()));
        for (key, value) in [
            ("no.such.setting", "canary"),
            ("linger.ms", "canary"),
            ("security.protocol", "canary"),
        ] {
            let error = check(key, value).unwrap_err();
            assert!(matches!(error, KafkaError::Setting(_)), "{error:?}");
            assert!(error.to_string().contains(key), "{error}");
        }
        let error = check("sasl.pasword", "canary").unwrap_err().to_string();
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn an_older_name_overrides_as_well() {
        let mut settings = Settings::new(["wn0:9092"]);
        for (key, value) in [
            ("request.required.acks", "1"),
            ("enable.idempotence", "false"),
        ] {
            settings.extra.insert(key.into(), value.into());
        }
        let config = settings.client_config(&[("acks", "all"), ("enable.idempotence", "true")]);
        assert_eq!(config.get("acks"), Some("1"));
        assert_eq!(config.get("enable.idempotence"), Some("false"));
        assert_eq!(config.get("request.required.acks"), None);
    }

    #[test]
    fn the_certificate_store_is_probed_only_for_tls() {
        let mut settings = Settings::new(["wn0:9092", "wn1:9092"]);
        let plain = settings.client_config(&[]);
        assert_eq!(plain.get("ssl.ca.location"), None);
        assert_eq!(plain.get("bootstrap.servers"), Some("wn0:9092,wn1:9092"));

        settings
            .extra
            .insert("security.protocol".into(), "sasl_ssl".into());
        assert_eq!(
            settings.client_config(&[]).get("ssl.ca.location"),
            Some("probe")
        );
        settings
            .extra
            .insert("ssl.ca.location".into(), "/ca.pem".into());
        assert_eq!(
            settings.client_config(&[]).get("ssl.ca.location"),
            Some("/ca.pem")
        );
    }
}
