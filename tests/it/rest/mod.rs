//! The REST proxy, and Entra ID before it: the real binary against imitations of both that check tokens, and refuse, lose
//! and delay on purpose. Behind the proxy are the rehearsal's brokers.

mod login;
mod lost;
mod refusals;
mod sample;
mod tail;

use crate::cli::Outcome;
use crate::rehearsal::stage::Stage;
use hdikafka::sandbox::http::Fault;
use hdikafka::sandbox::rehearsal::Faults;
use std::collections::BTreeMap;

/// A rehearsal without a bridge, and its REST proxy as the way to Kafka.
struct Proxy(Stage);

impl Proxy {
    fn new() -> Self {
        let mut stage = Stage::new();
        let secret = std::fs::read_to_string(stage.place().directory().join("client-secret"));
        stage.secrets.push(secret.unwrap().trim().to_owned());
        stage.profile("route = \"tunnel\"", "route = \"rest\"");
        Self(stage)
    }

    /// With a topic of one partition.
    fn with_topic(name: &str) -> Self {
        let proxy = Self::new();
        let kafka = &proxy.0.rehearsal.kafka;
        kafka.create_topic(name, 1, 1, &[]).unwrap();
        proxy
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Outcome {
        self.0.run(arguments)
    }

    /// From now on this fault for requests to the proxy whose path begins so.
    fn fault(&self, prefix: &str, fault: Fault) {
        self.0.rehearsal.rest.server().set_fault(prefix, fault);
    }

    /// Requests that the proxy got for this path.
    fn asked(&self, method: &str, prefix: &str) -> usize {
        let requests = self.0.rehearsal.rest.server().requests();
        let fits = requests
            .iter()
            .filter(|one| one.method == method && one.path.starts_with(prefix));
        fits.count()
    }

    /// Tokens that Entra was asked for.
    fn tokens(&self) -> usize {
        let requests = self.0.rehearsal.entra.server().requests();
        requests.iter().filter(|one| one.method == "POST").count()
    }

    /// Values of a topic's records, as they are in Kafka.
    fn values(&self, topic: &str) -> Vec<String> {
        let records = self.0.rehearsal.kafka.records(topic).unwrap();
        let text = |value: Option<Vec<u8>>| String::from_utf8(value.unwrap_or_default()).unwrap();
        records
            .into_iter()
            .map(|record| text(record.value))
            .collect()
    }

    fn entra(&self, fault: Fault) {
        let faults = Faults {
            entra: BTreeMap::from([("/".to_owned(), fault)]),
            ..Faults::default()
        };
        self.0.rehearsal.set_faults(&faults).unwrap();
    }
}
