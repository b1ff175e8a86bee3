//! The settings that Ambari holds of a cluster's services. Here: Kafka's; they are read, never written.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::spec::Cluster;
use super::tree::services_of;
use super::view::Resource;

/// The tag of every config type's only version.
pub(super) const TAG: &str = "version1";

/// What Ambari holds of Kafka's settings: its defaults, with the spec's own on top.
pub(super) fn configurations(of: &Cluster) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    if services_of(of).contains("KAFKA") {
        let zookeeper = of
            .hosts
            .iter()
            .filter(|host| host.components.contains_key("ZOOKEEPER_SERVER"));
        let zookeeper: Vec<String> = zookeeper
            .map(|host| format!("{}:2181", host.name))
            .collect();
        let broker = all.entry("kafka-broker".to_owned()).or_default();
        for (key, value) in [
            ("listeners", "PLAINTEXT://localhost:9092"),
            ("security.inter.broker.protocol", "PLAINTEXT"),
            ("auto.create.topics.enable", "false"),
            ("num.partitions", "1"),
            ("default.replication.factor", "1"),
            ("zookeeper.connect", &zookeeper.join(",")),
        ] {
            broker.insert(key.to_owned(), value.to_owned());
        }
        let env = all.entry("kafka-env".to_owned()).or_default();
        env.insert("kafka_user".to_owned(), "kafka".to_owned());
    }
    for (kind, properties) in &of.configurations {
        all.entry(kind.clone())
            .or_default()
            .extend(properties.clone());
    }
    all
}

pub(super) fn configuration(
    of: &Cluster,
    kind: String,
    properties: BTreeMap<String, String>,
) -> Resource {
    Resource {
        kind: "Configuration",
        path: format!("/clusters/{}/configurations?type={kind}&tag={TAG}", of.name),
        properties: vec![
            ("Config/cluster_name", json!(of.name)),
            ("Config/stack_id", json!(of.version)),
            ("type", json!(kind)),
            ("tag", json!(TAG)),
            ("version", json!(1)),
            ("properties", json!(properties)),
            ("properties_attributes", json!({})),
        ],
        keys: &["Config/cluster_name", "type", "tag", "version"],
        children: vec![],
    }
}

/// The current version of all of Kafka's config types, in one.
pub(super) fn service_config_version(of: &Cluster) -> Resource {
    let all: Vec<Value> = configurations(of)
        .into_iter()
        .map(|(kind, properties)| {
            json!({
                "Config": {"cluster_name": of.name, "stack_id": of.version}, "type": kind, "tag": TAG, "version": 1,
                "properties": properties, "properties_attributes": {},
            })
        })
        .collect();
    Resource {
        kind: "ServiceConfigVersion",
        path: format!(
            "/clusters/{}/configurations/service_config_versions?service_name=KAFKA&service_config_version=1",
            of.name
        ),
        properties: vec![
            ("cluster_name", json!(of.name)),
            ("configurations", json!(all)),
            ("group_id", json!(-1)),
            ("group_name", json!("Default")),
            ("hosts", json!([])),
            ("is_cluster_compatible", json!(true)),
            ("is_current", json!(true)),
            ("service_config_version", json!(1)),
            (
                "service_config_version_note",
                json!("Initial configurations for KAFKA"),
            ),
            ("service_name", json!("KAFKA")),
            ("stack_id", json!(of.version)),
            ("user", json!("admin")),
        ],
        keys: &[
            "cluster_name",
            "service_config_version",
            "service_name",
            "is_current",
        ],
        children: vec![],
    }
}
