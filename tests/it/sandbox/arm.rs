//! The sandbox's Azure Resource Manager: who sees what, in which versions, page by page.

use super::entra::{ARM_SCOPE, OBJECT, Place, TENANT, place};
use hdikafka::azure;
use hdikafka::sandbox::arm::{
    Arm, ClientGroup, Cluster, Estate, IotHub, Policy, Role, Subscription,
};
use reqwest::Method;
use serde_json::{Value, json};

pub(super) const SUBSCRIPTION: &str = "00000000-0000-4000-8000-000000000001";
pub(super) const KEY: &str = "YXJtLWNhbmFyeS0wMTIzNDU2Nzg5YWJjZGVmZ2hpamsh";

fn hub(name: &str, group: &str) -> IotHub {
    let policy = |name: &str, rights: &str| Policy {
        name: name.to_owned(),
        rights: rights.to_owned(),
        primary_key: KEY.into(),
        secondary_key: "c2Vjb25k".into(),
    };
    IotHub {
        name: name.to_owned(),
        group: group.to_owned(),
        location: "westeurope".to_owned(),
        host_name: format!("{name}.azure-devices.net"),
        events_host: format!("iothub-ns-{name}-1-2.servicebus.windows.net"),
        events_path: format!("iothub-ehub-{name}-1-3"),
        partitions: 4,
        tier: "Standard".to_owned(),
        activating: false,
        consumer_groups: vec!["kafkaconnect".to_owned()],
        policies: vec![
            policy(
                "iothubowner",
                "RegistryWrite, ServiceConnect, DeviceConnect",
            ),
            policy("service", "ServiceConnect"),
        ],
    }
}

fn cluster(name: &str) -> Cluster {
    Cluster {
        name: name.to_owned(),
        group: "rg1".to_owned(),
        location: "westeurope".to_owned(),
        version: "5.1.3000.0".to_owned(),
        kafka: "3.2".to_owned(),
        provisioning_state: "Succeeded".to_owned(),
        workers: 3,
        rest_proxy: Some(ClientGroup {
            name: "kafka-clients".to_owned(),
            id: "55555555-5555-5555-5555-555555555555".to_owned(),
        }),
        security_package: false,
    }
}

pub(super) fn estate() -> Estate {
    Estate {
        tenant: TENANT.to_owned(),
        subscriptions: vec![Subscription {
            id: SUBSCRIPTION.to_owned(),
            name: "Rehearsal".to_owned(),
            groups: vec!["empty".to_owned()],
            hubs: ["myhub", "other", "third"]
                .map(|name| hub(name, "rg1"))
                .into_iter()
                .chain([hub("elsewhere", "rg2")])
                .collect(),
            clusters: vec![cluster("mykafka")],
        }],
        roles: [(OBJECT.to_owned(), Role::Contributor)].into(),
        page: 100,
    }
}

/// Both servers, and a token for the one from the other.
pub(super) struct Azure {
    pub place: Place,
    pub arm: Arm,
}

pub(super) fn azure() -> Azure {
    let place = place();
    let verifier = place.entra.verifier();
    let arm = Arm::start("127.0.0.1:0", &place.tls, estate(), verifier, &place.base()).unwrap();
    Azure { place, arm }
}

impl Azure {
    pub(super) fn base(&self) -> String {
        format!("https://localhost:{}", self.arm.addr().port())
    }

    fn ask(&self, method: &str, path: &str, token: Option<&str>) -> (u16, Value) {
        let method: Method = method.parse().unwrap();
        let url = if path.starts_with("https:") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base())
        };
        let mut request = self.place.http.request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Answered with 200 to a contributor.
    fn shown(&self, method: &str, path: &str) -> Value {
        let (status, body) = self.ask(method, path, Some(&self.place.token(ARM_SCOPE)));
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn refused(&self, path: &str, status: u16, code: &str) -> String {
        let method = if path.contains("listkeys") {
            "POST"
        } else {
            "GET"
        };
        let (got, body) = self.ask(method, path, Some(&self.place.token(ARM_SCOPE)));
        assert_eq!(
            (got, &body["error"]["code"]),
            (status, &json!(code)),
            "{path}: {body}"
        );
        body["error"]["message"].as_str().unwrap().to_owned()
    }
}

fn hubs(rest: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.Devices/IotHubs{rest}?api-version=2023-06-30"
    )
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["value"].as_array().unwrap().iter();
    items.map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn a_hub_and_its_keys_are_what_our_own_parsers_read() {
    let azure = azure();
    let shown = azure.shown("GET", &hubs("/MyHub"));
    let read = |json: &str| azure::recognise(json.as_bytes(), azure::Meant::default());
    let hub = read(&shown.to_string()).unwrap();
    assert_eq!(hub.host_name.as_deref(), Some("myhub.azure-devices.net"));
    assert_eq!(
        (hub.events_path.as_deref(), hub.partitions),
        (Some("iothub-ehub-myhub-1-3"), Some(4))
    );
    // az without a group fails without these two
    assert_eq!(shown["resourcegroup"], "rg1");
    assert_eq!(shown["subscriptionid"], SUBSCRIPTION);

    let key = azure.shown("POST", &hubs("/myhub/IotHubKeys/service/listkeys"));
    let policy = read(&key.to_string()).unwrap();
    assert_eq!(policy.key.unwrap().expose(), KEY);
    let keys = azure.shown("POST", &hubs("/myhub/listkeys"));
    assert_eq!(keys["value"].as_array().unwrap().len(), 2);
    let groups = azure.shown(
        "GET",
        &hubs("/myhub/eventHubEndpoints/events/ConsumerGroups"),
    );
    assert_eq!(names(&groups), ["$Default", "kafkaconnect"]);

    azure
        .arm
        .change(|estate| estate.subscriptions[0].hubs[0].activating = true);
    let young = azure.shown("GET", &hubs("/myhub")).to_string();
    let error = read(&young).unwrap_err();
    assert!(
        error.to_string().contains("still being activated"),
        "{error}"
    );
}

#[test]
fn lists_come_in_pages_and_by_group() {
    let azure = azure();
    assert_eq!(
        names(&azure.shown("GET", &hubs(""))),
        ["myhub", "other", "third"]
    );
    let all = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/microsoft.devices/iothubs?api-version=2021-07-02"
    );
    azure.arm.change(|estate| estate.page = 3);
    let first = azure.shown("GET", &all);
    assert_eq!(names(&first), ["myhub", "other", "third"]);
    let second = azure.shown("GET", first["nextLink"].as_str().unwrap());
    assert_eq!(names(&second), ["elsewhere"]);
    assert_eq!(second["nextLink"], Value::Null);
    let groups = format!("/subscriptions/{SUBSCRIPTION}/resourcegroups?api-version=2024-11-01");
    assert_eq!(names(&azure.shown("GET", &groups)), ["empty", "rg1", "rg2"]);
    let subscriptions = azure.shown("GET", "/subscriptions?api-version=2022-12-01");
    assert_eq!(subscriptions["value"][0]["subscriptionId"], SUBSCRIPTION);
}

#[test]
fn a_cluster_says_where_it_is_reached() {
    let azure = azure();
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/RG1/providers/Microsoft.HDInsight/clusters"
    );
    let version = "?api-version=2025-01-15-preview";
    assert_eq!(
        names(&azure.shown("GET", &format!("{path}{version}"))),
        ["mykafka"]
    );
    let shown = azure.shown("GET", &format!("{path}/mykafka{version}"));
    let endpoints = shown["properties"]["connectivityEndpoints"]
        .as_array()
        .unwrap();
    let places: Vec<&str> = endpoints
        .iter()
        .map(|one| one["location"].as_str().unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "mykafka-ssh.azurehdinsight.net",
            "mykafka.azurehdinsight.net",
            "mykafka-kafkarest.azurehdinsight.net"
        ]
    );
    assert_eq!(
        shown["properties"]["clusterDefinition"]["componentVersion"]["kafka"],
        "3.2"
    );
}

#[test]
fn without_the_right_token_nothing_is_seen() {
    let azure = azure();
    let refused = |token: Option<&str>, code: &str| {
        let (status, body) = azure.ask("GET", &hubs("/myhub"), token);
        assert_eq!(
            (status, &body["error"]["code"]),
            (401, &json!(code)),
            "{body}"
        );
    };
    refused(None, "AuthenticationFailed");
    refused(Some("a.b.c"), "InvalidAuthenticationToken");
    let other = azure.place.token("https://hib.azurehdinsight.net/.default");
    refused(Some(&other), "InvalidAuthenticationTokenAudience");
    let stranger = place().token(ARM_SCOPE);
    refused(Some(&stranger), "InvalidAuthenticationToken");
    azure
        .place
        .entra
        .change(|directory| directory.token_seconds = 0);
    refused(
        Some(&azure.place.token(ARM_SCOPE)),
        "ExpiredAuthenticationToken",
    );
}

#[test]
fn keys_are_for_contributors_and_the_rest_for_readers() {
    let azure = azure();
    azure
        .arm
        .change(|estate| estate.roles = [(OBJECT.to_owned(), Role::Reader)].into());
    azure.shown("GET", &hubs("/myhub"));
    let words = azure.refused(&hubs("/myhub/listkeys"), 403, "AuthorizationFailed");
    assert!(
        words.contains("IotHubs/listkeys/Action") && words.contains(OBJECT),
        "{words}"
    );
    azure.refused(
        &hubs("/myhub/IotHubKeys/service/listkeys"),
        403,
        "AuthorizationFailed",
    );
    azure.arm.change(|estate| estate.roles.clear());
    azure.refused(&hubs("/myhub"), 403, "AuthorizationFailed");
    let subscriptions = azure.shown("GET", "/subscriptions?api-version=2022-12-01");
    assert_eq!(subscriptions["value"], json!([]));
}

#[test]
fn what_is_not_there_and_what_is_asked_wrongly_is_told_apart() {
    let azure = azure();
    azure.refused(&hubs("/nosuch"), 404, "ResourceNotFound");
    azure.refused(&hubs("/elsewhere"), 404, "ResourceNotFound");
    azure.refused(
        &hubs("/myhub/IotHubKeys/nosuch/listkeys"),
        404,
        "ResourceNotFound",
    );
    azure.refused(
        &hubs("").replace("rg1", "nosuch"),
        404,
        "ResourceGroupNotFound",
    );
    azure.refused(
        &hubs("").replace(SUBSCRIPTION, "nosuch"),
        404,
        "SubscriptionNotFound",
    );
    azure.refused(&hubs("").replace("Devices", "Compute"), 404, "NotImitated");
    let hub = hubs("/myhub");
    azure.refused(
        hub.split('?').next().unwrap(),
        400,
        "MissingApiVersionParameter",
    );
    let words = azure.refused(
        &hub.replace("2023-06-30", "1999-01-01"),
        400,
        "NoRegisteredProviderFound",
    );
    assert!(words.contains("2023-06-30-preview"), "{words}");
    azure.arm.throttle(1, 7);
    azure.refused(&hub, 429, "SubscriptionRequestsThrottled");
    azure.shown("GET", &hub);
}

#[test]
fn nothing_can_be_changed() {
    let azure = azure();
    let token = azure.place.token(ARM_SCOPE);
    for method in ["PUT", "PATCH", "DELETE"] {
        let (status, body) = azure.ask(method, &hubs("/myhub"), Some(&token));
        assert_eq!(
            (status, &body["error"]["code"]),
            (404, &json!("NotImitated")),
            "{method}"
        );
    }
}
