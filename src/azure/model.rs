//! The whole answers of `az`: a hub, a policy, and JSON of a type that the caller names. Telling apart what else people
//! have of a hub is the business of `recognise`.

use super::error::{AzError, plain};
use super::pieces::{Pieces, is_host, is_key};
use crate::secret::Secret;
use crate::text::decode;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Hub {
    name: Option<String>,
    // az writes both in small letters; a shell's projection may not
    #[serde(alias = "resourceGroup")]
    resourcegroup: Option<String>,
    #[serde(alias = "subscriptionId")]
    subscriptionid: Option<String>,
    properties: Properties,
    sku: Option<Sku>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    host_name: Option<String>,
    state: Option<String>,
    event_hub_endpoints: Option<Endpoints>,
}

#[derive(Deserialize)]
struct Endpoints {
    events: Option<Events>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    path: Option<String>,
    endpoint: Option<String>,
    partition_count: Option<u32>,
}

#[derive(Deserialize)]
struct Sku {
    tier: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    key_name: Option<String>,
    rights: Option<String>,
    primary_key: Option<String>,
}

const HUB: &str = "an IoT Hub";
const POLICY: &str = "a policy of an IoT Hub";

/// One hub as `az iot hub show` prints it. Unknown keys are ignored: every version of az has others.
pub(super) fn hub_of(value: Value) -> Result<Pieces, AzError> {
    let shape = |why: &str| AzError::Shape {
        what: HUB,
        why: why.into(),
    };
    let hub: Hub = serde_json::from_value(value).map_err(|_| shape("its keys are others"))?;
    let Properties {
        host_name,
        state,
        event_hub_endpoints,
    } = hub.properties;
    let events = event_hub_endpoints.and_then(|endpoints| endpoints.events);
    let (
        Some(host_name),
        Some(Events {
            path: Some(path),
            endpoint: Some(endpoint),
            partition_count,
        }),
    ) = (host_name, events)
    else {
        return Err(match state.as_deref() {
            Some("Active") => shape("its Event Hubs-compatible endpoint is missing"),
            _ => AzError::Activating {
                name: plain(&hub.name.unwrap_or_default()),
            },
        });
    };
    let text = |text: Option<String>| text.map(|text| plain(&text));
    Ok(Pieces {
        name: text(hub.name),
        resource_group: text(hub.resourcegroup),
        subscription: text(hub.subscriptionid),
        host_name: Some(is_host(&host_name).ok_or_else(|| shape("its host name is no host name"))?),
        state: text(state),
        tier: text(hub.sku.and_then(|sku| sku.tier)),
        events_path: Some(plain(&path)),
        events_endpoint: Some(
            reduce_endpoint(&endpoint).ok_or_else(|| shape("its endpoint is not sb://HOST/"))?,
        ),
        partitions: Some(
            partition_count
                .filter(|count| *count > 0)
                .ok_or_else(|| shape("the number of its partitions is missing"))?,
        ),
        ..Pieces::default()
    })
}

/// One policy as `az iot hub policy show` prints it.
pub(super) fn policy_of(value: Value) -> Result<Pieces, AzError> {
    let shape = |why: &str| AzError::Shape {
        what: POLICY,
        why: why.into(),
    };
    let policy: Policy = serde_json::from_value(value).map_err(|_| shape("its keys are others"))?;
    match policy.primary_key {
        Some(key) if is_key(&key) => Ok(Pieces {
            policy: policy.key_name.map(|name| plain(&name)),
            rights: policy.rights.map(|rights| plain(&rights)),
            key: Some(Secret::new(key)),
            ..Pieces::default()
        }),
        _ => Err(shape("it holds no primary key")),
    }
}

/// The `sb://HOST/` in an Event Hubs endpoint, which may come as a whole connection string
/// (`Endpoint=sb://…/;SharedAccessKeyName=…`), with a port or without the last slash. The connector wants nothing else,
/// and would print the rest into its log.
pub fn reduce_endpoint(endpoint: &str) -> Option<String> {
    let endpoint = endpoint.trim();
    let endpoint = endpoint.strip_prefix("Endpoint=").unwrap_or(endpoint);
    let host = endpoint
        .strip_prefix("sb://")?
        .split(['/', ';', ':'])
        .next()?;
    is_host(host).map(|host| format!("sb://{host}/"))
}

/// Only the place is told of a syntax error: serde's own words may quote what stands there.
pub(super) fn read<T: for<'a> Deserialize<'a>>(
    bytes: &[u8],
    what: &'static str,
) -> Result<T, AzError> {
    let text = decode(bytes);
    if text.trim().is_empty() {
        return Err(AzError::Shape {
            what,
            why: "it is empty".into(),
        });
    }
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let why = match error.classify() {
            serde_json::error::Category::Eof => "it is cut off".into(),
            serde_json::error::Category::Data => "its keys are others".into(),
            _ => format!("line {line}, column {column} is not JSON"),
        };
        AzError::Shape { what, why }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"etag":"AAAA","name":"myhub","location":"westus2",
      "properties":{"authorizationPolicies":null,"hostName":"myhub.azure-devices.net","state":"Active",
        "eventHubEndpoints":{"events":{"endpoint":"sb://iothub-ns-myhub-25253805-b66f997729.servicebus.windows.net/",
          "partitionCount":4,"partitionIds":["0","1","2","3"],"path":"iothub-ehub-myhub-25253805-d44b2a856e","retentionTimeInDays":1}},
        "minTlsVersion":null},
      "resourcegroup":"rg1","sku":{"capacity":1,"name":"S1","tier":"Standard"},"tags":{},"type":"Microsoft.Devices/IotHubs"}"#;

    fn hub(text: &str) -> Result<Pieces, AzError> {
        hub_of(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn the_whole_answer() {
        let hub = hub(WHOLE).unwrap();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        assert_eq!(
            [
                text(&hub.name),
                text(&hub.host_name),
                text(&hub.state),
                text(&hub.tier),
                text(&hub.resource_group),
                text(&hub.events_path),
                text(&hub.events_endpoint),
            ],
            [
                "myhub",
                "myhub.azure-devices.net",
                "Active",
                "Standard",
                "rg1",
                "iothub-ehub-myhub-25253805-d44b2a856e",
                "sb://iothub-ns-myhub-25253805-b66f997729.servicebus.windows.net/",
            ]
        );
        assert_eq!(hub.partitions, Some(4));
    }

    #[test]
    fn a_hub_that_is_not_there_yet() {
        let text = r#"{"name":"myhub","properties":{"state":"Activating","provisioningState":"Activating",
            "eventHubEndpoints":{"events":{"retentionTimeInDays":1,"partitionCount":4}}},"sku":{"tier":"Standard"}}"#;
        let error = hub(text).unwrap_err();
        assert_eq!(
            error,
            AzError::Activating {
                name: "myhub".into()
            }
        );
    }

    #[test]
    fn what_is_not_a_hub() {
        for (text, expected) in [
            (r#"{"name":"x"}"#, "its keys are others"),
            ("[]", "its keys are others"),
            (
                &WHOLE.replace("sb://", "https://"),
                "its endpoint is not sb://HOST/",
            ),
            (
                &WHOLE.replace("myhub.azure", "my hub.azure"),
                "its host name is no host name",
            ),
            (
                &WHOLE.replace("\"partitionCount\":4", "\"partitionCount\":0"),
                "the number of its partitions is missing",
            ),
        ] {
            let why = expected.into();
            assert_eq!(
                hub(text).unwrap_err(),
                AzError::Shape { what: HUB, why },
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_a_policy_is_not_quoted() {
        for text in [
            "null",
            r#"{"primaryKey":null}"#,
            r#"{"primaryKey":"canary key!"}"#,
            r#"["canary"]"#,
        ] {
            let error = policy_of(serde_json::from_str(text).unwrap()).unwrap_err();
            assert!(matches!(error, AzError::Shape { .. }), "{error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn endpoints_of_every_cloud() {
        for (given, reduced) in [
            (
                "sb://ns.servicebus.windows.net/",
                Some("sb://ns.servicebus.windows.net/"),
            ),
            (
                " sb://ns.servicebus.chinacloudapi.cn ",
                Some("sb://ns.servicebus.chinacloudapi.cn/"),
            ),
            (
                "sb://ns.servicebus.usgovcloudapi.net:5671",
                Some("sb://ns.servicebus.usgovcloudapi.net/"),
            ),
            ("Endpoint=sb://ns.x/;EntityPath=h", Some("sb://ns.x/")),
            ("ns.servicebus.windows.net", None),
            ("sb://my_ns.x/", None),
            ("sb:///", None),
            ("PLACEHOLDER", None),
        ] {
            assert_eq!(reduce_endpoint(given).as_deref(), reduced, "{given}");
        }
    }
}
