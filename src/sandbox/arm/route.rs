//! What a path asks for, of which type, and in which versions that is served. Names of types and groups have no case.

use super::refusal::Refusal;
use crate::sandbox::http::Request;

/// What is asked for. Names as they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Tenants,
    Subscriptions,
    Subscription,
    Groups,
    Group,
    Hubs,
    /// In the named group.
    Hub(String),
    HubName,
    HubKeys(String),
    HubKey(String, String),
    ConsumerGroups(String),
    Clusters,
    Cluster(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub asked: Asked,
    /// Empty where there is none in the path.
    pub subscription: String,
    pub group: Option<String>,
}

const SUBSCRIPTIONS: &[&str] = &[
    "2016-06-01",
    "2018-06-01",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2021-01-01",
    "2021-10-01",
    "2022-12-01",
];
const GROUPS: &[&str] = &[
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];
const HUBS: &[&str] = &[
    "2018-04-01",
    "2019-03-22",
    "2019-11-04",
    "2020-03-01",
    "2021-03-31",
    "2021-07-01",
    "2021-07-02",
    "2023-06-30",
    "2023-06-30-preview",
];
const CLUSTERS: &[&str] = &[
    "2018-06-01-preview",
    "2021-06-01",
    "2023-04-15-preview",
    "2023-08-15-preview",
    "2024-08-01-preview",
    "2025-01-15-preview",
];

impl Route {
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let segments = request.segments();
        let words: Vec<String> = segments
            .iter()
            .map(|segment| segment.to_lowercase())
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (subscription, group, rest) = match words.as_slice() {
            ["subscriptions", _, "resourcegroups", _, rest @ ..] => (1, Some(3), rest),
            ["subscriptions", _, rest @ ..] => (1, None, rest),
            rest => (0, None, rest),
        };
        let name = |from_end: usize| segments[segments.len() - 1 - from_end].clone();
        let asked = match (request.method.as_str(), group.is_some(), rest) {
            ("GET", _, ["tenants"]) if subscription == 0 => Asked::Tenants,
            ("GET", _, ["subscriptions"]) if subscription == 0 => Asked::Subscriptions,
            _ if subscription == 0 => return Err(Refusal::NotImitated),
            ("GET", false, []) => Asked::Subscription,
            ("GET", false, ["resourcegroups"]) => Asked::Groups,
            ("GET" | "HEAD", true, []) => Asked::Group,
            (method, grouped, ["providers", "microsoft.devices", rest @ ..]) => {
                match (method, grouped, rest) {
                    ("GET", _, ["iothubs"]) => Asked::Hubs,
                    ("POST", false, ["checknameavailability"]) => Asked::HubName,
                    ("GET", true, ["iothubs", _]) => Asked::Hub(name(0)),
                    ("POST", true, ["iothubs", _, "listkeys"]) => Asked::HubKeys(name(1)),
                    ("POST", true, ["iothubs", _, "iothubkeys", _, "listkeys"]) => {
                        Asked::HubKey(name(3), name(1))
                    }
                    (
                        "GET",
                        true,
                        [
                            "iothubs",
                            _,
                            "eventhubendpoints",
                            "events",
                            "consumergroups",
                        ],
                    ) => Asked::ConsumerGroups(name(3)),
                    _ => return Err(Refusal::NotImitated),
                }
            }
            ("GET", _, ["providers", "microsoft.hdinsight", "clusters"]) => Asked::Clusters,
            ("GET", true, ["providers", "microsoft.hdinsight", "clusters", _]) => {
                Asked::Cluster(name(0))
            }
            _ => return Err(Refusal::NotImitated),
        };
        let route = Self {
            asked,
            subscription: if subscription == 0 {
                String::new()
            } else {
                segments[subscription].clone()
            },
            group: group.map(|at| segments[at].clone()),
        };
        route.in_version(request.parameter("api-version"))?;
        Ok(route)
    }

    fn in_version(&self, asked: Option<&str>) -> Result<(), Refusal> {
        let (kind, known) = match self.asked {
            Asked::Tenants | Asked::Subscriptions | Asked::Subscription => {
                ("subscriptions", SUBSCRIPTIONS)
            }
            Asked::Groups | Asked::Group => ("resourceGroups", GROUPS),
            Asked::Clusters | Asked::Cluster(_) => ("Microsoft.HDInsight/clusters", CLUSTERS),
            _ => ("Microsoft.Devices/IotHubs", HUBS),
        };
        let asked = asked.ok_or(Refusal::NoApiVersion)?;
        if known.contains(&asked) {
            return Ok(());
        }
        Err(Refusal::ApiVersion {
            asked: asked.to_owned(),
            kind,
            known,
        })
    }

    /// What one must be allowed to do, and whether a reader is.
    pub fn action(&self) -> (&'static str, bool) {
        match self.asked {
            Asked::Tenants | Asked::Subscriptions | Asked::Subscription => {
                ("Microsoft.Resources/subscriptions/read", true)
            }
            Asked::Groups | Asked::Group => (
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                true,
            ),
            Asked::Hubs | Asked::Hub(_) => ("Microsoft.Devices/IotHubs/Read", true),
            Asked::HubName => ("Microsoft.Devices/checkNameAvailability/Action", true),
            Asked::HubKeys(_) => ("Microsoft.Devices/IotHubs/listkeys/Action", false),
            Asked::HubKey(..) => (
                "Microsoft.Devices/IotHubs/iotHubKeys/listkeys/Action",
                false,
            ),
            Asked::ConsumerGroups(_) => (
                "Microsoft.Devices/IotHubs/eventHubEndpoints/consumerGroups/Read",
                true,
            ),
            Asked::Clusters | Asked::Cluster(_) => ("Microsoft.HDInsight/clusters/read", true),
        }
    }
}
