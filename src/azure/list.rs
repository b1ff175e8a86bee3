//! What az can list: the clusters and hubs among which a person chooses. Only names and what helps to tell them apart.

use super::az::Az;
use super::error::{AzError, plain};
use super::model::read;
use serde::Deserialize;

/// A cluster of `az hdinsight list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCluster {
    pub name: String,
    /// `kafka`, `spark` … in lower case; empty when az does not say.
    pub kind: String,
    /// `Running` …
    pub state: String,
    pub location: String,
}

/// A hub of `az iot hub list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedHub {
    pub name: String,
    pub resource_group: Option<String>,
    /// `Standard`, `Basic` or `Free`.
    pub tier: String,
    pub state: String,
    pub location: String,
}

impl Az {
    /// `az hdinsight list`: the Kafka clusters of the subscription, sorted by name.
    pub fn clusters(&self, subscription: Option<&str>) -> Result<Vec<ListedCluster>, AzError> {
        let stdout = self.list(&["hdinsight", "list"], subscription)?;
        let items: Vec<ClusterJson> = read(&stdout, "a list of clusters")?;
        let mut clusters: Vec<ListedCluster> = items.into_iter().map(Into::into).collect();
        clusters.retain(|cluster| matches!(cluster.kind.as_str(), "kafka" | ""));
        clusters.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(clusters)
    }

    /// `az iot hub list`: the hubs of the subscription, sorted by name.
    pub fn hubs(&self, subscription: Option<&str>) -> Result<Vec<ListedHub>, AzError> {
        let stdout = self.list(&["iot", "hub", "list"], subscription)?;
        let items: Vec<HubJson> = read(&stdout, "a list of IoT Hubs")?;
        let mut hubs: Vec<ListedHub> = items.into_iter().map(Into::into).collect();
        hubs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(hubs)
    }

    fn list(&self, words: &[&str], subscription: Option<&str>) -> Result<Vec<u8>, AzError> {
        let subscription = subscription.map(|id| format!("--subscription={id}"));
        let words = words.iter().map(|word| (*word).to_owned());
        self.run(&words.chain(subscription).collect::<Vec<_>>())
    }
}

#[derive(Deserialize)]
struct ClusterJson {
    name: String,
    location: Option<String>,
    properties: Option<ClusterProperties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClusterProperties {
    cluster_state: Option<String>,
    cluster_definition: Option<Definition>,
}

#[derive(Deserialize)]
struct Definition {
    kind: Option<String>,
}

#[derive(Deserialize)]
struct HubJson {
    name: String,
    location: Option<String>,
    /// az writes it in lower case here, and as other commands do in some versions.
    #[serde(alias = "resourceGroup")]
    resourcegroup: Option<String>,
    properties: Option<HubProperties>,
    sku: Option<Sku>,
}

#[derive(Deserialize)]
struct HubProperties {
    state: Option<String>,
}

#[derive(Deserialize)]
struct Sku {
    tier: Option<String>,
}

impl From<ClusterJson> for ListedCluster {
    fn from(json: ClusterJson) -> Self {
        let (state, kind) = json.properties.map_or((None, None), |properties| {
            let definition = properties.cluster_definition;
            (properties.cluster_state, definition.and_then(|d| d.kind))
        });
        Self {
            name: plain(&json.name),
            kind: text(kind).to_ascii_lowercase(),
            state: text(state),
            location: text(json.location),
        }
    }
}

impl From<HubJson> for ListedHub {
    fn from(json: HubJson) -> Self {
        Self {
            name: plain(&json.name),
            resource_group: json.resourcegroup.map(|group| plain(&group)),
            tier: text(json.sku.and_then(|sku| sku.tier)),
            state: text(json.properties.and_then(|properties| properties.state)),
            location: text(json.location),
        }
    }
}

fn text(text: Option<String>) -> String {
    text.map(|text| plain(&text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_az_lists_is_read_as_far_as_a_person_needs_it() {
        let cluster = r#"{"id":"/x","name":"b\u001b[2J","location":"South Central US","properties":{"clusterState":"Running",
            "clusterDefinition":{"kind":"KAFKA","componentVersion":{"kafka":"2.1"}},"tier":"standard"}}"#;
        let read_one: ClusterJson = serde_json::from_str(cluster).unwrap();
        let listed = ListedCluster::from(read_one);
        assert_eq!(
            (listed.name.as_str(), listed.kind.as_str()),
            ("b[2J", "kafka")
        );
        assert_eq!(listed.state, "Running");
        let hub: HubJson = serde_json::from_str(
            r#"{"name":"myhub","resourcegroup":"rg1","location":"westus2","sku":{"tier":"Standard"},"properties":{"state":"Active","hostName":"x"}}"#,
        )
        .unwrap();
        let hub = ListedHub::from(hub);
        assert_eq!(hub.resource_group.as_deref(), Some("rg1"));
        assert_eq!(
            (hub.tier.as_str(), hub.state.as_str()),
            ("Standard", "Active")
        );
    }
}
