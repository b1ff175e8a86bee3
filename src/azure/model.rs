//! The JSON of `az iot hub show` and `az iot hub policy show`, whole or as the manual projects it.

use super::error::{AzError, plain};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A hub as far as the bridge is concerned. The manual's projection has only the last three.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hub {
    pub name: Option<String>,
    /// `myhub.azure-devices.net`
    pub host_name: Option<String>,
    /// `Active` …
    pub state: Option<String>,
    /// `Standard`, `Basic` or `Free`. Only `Standard` and `Free` have messages to devices.
    pub tier: Option<String>,
    /// The Event Hubs-compatible name.
    pub events_path: String,
    /// `sb://NAMESPACE.servicebus.windows.net/`, whatever it came with cut off.
    pub events_endpoint: String,
    pub partitions: u32,
}

/// A shared access policy. The manual's projection is the key alone.
#[derive(Debug, Clone)]
pub struct Policy {
    pub name: Option<String>,
    /// `ServiceConnect`, `RegistryWrite, ServiceConnect, DeviceConnect` …
    pub rights: Option<String>,
    pub primary_key: Secret,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum HubJson {
    Whole(Whole),
    Projected(Projected),
}

#[derive(Deserialize)]
struct Whole {
    name: Option<String>,
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
#[serde(rename_all = "PascalCase")]
struct Projected {
    event_hub_compatible_name: String,
    event_hub_compatible_endpoint: String,
    partitions: Count,
}

/// `-o tsv` and shells turn numbers into text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u32),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PolicyJson {
    Whole(PolicyFields),
    Key(Option<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyFields {
    key_name: Option<String>,
    rights: Option<String>,
    primary_key: Option<String>,
}

const HUB: &str = "an IoT Hub";
const POLICY: &str = "a policy of an IoT Hub";

/// Reads the JSON of `az iot hub show`, or the manual's projection of it
/// (`{EventHubCompatibleName, EventHubCompatibleEndpoint, Partitions}`). Unknown keys are ignored.
pub fn parse_hub(bytes: &[u8]) -> Result<Hub, AzError> {
    whole_or_projected(read(bytes, HUB)?)
}

/// The same of one JSON value.
pub(super) fn hub_of(value: serde_json::Value) -> Result<Hub, AzError> {
    whole_or_projected(serde_json::from_value(value).map_err(|_| others(HUB))?)
}

fn others(what: &'static str) -> AzError {
    AzError::Shape {
        what,
        why: "its keys are others".into(),
    }
}

fn whole_or_projected(json: HubJson) -> Result<Hub, AzError> {
    let shape = |why: &str| AzError::Shape {
        what: HUB,
        why: why.into(),
    };
    let (found, endpoint, partitions) = match json {
        HubJson::Projected(projected) => {
            let partitions = match projected.partitions {
                Count::Number(number) => Some(number),
                Count::Text(text) => text.trim().parse().ok(),
            };
            let path = projected.event_hub_compatible_name;
            let found = (None, None, None, None, path);
            (found, projected.event_hub_compatible_endpoint, partitions)
        }
        HubJson::Whole(whole) => {
            let Properties {
                host_name,
                state,
                event_hub_endpoints,
            } = whole.properties;
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
                return match state.as_deref() {
                    Some("Active") => Err(shape("its Event Hubs-compatible endpoint is missing")),
                    _ => Err(AzError::Activating {
                        name: plain(&whole.name.unwrap_or_default()),
                    }),
                };
            };
            let tier = whole.sku.and_then(|sku| sku.tier);
            (
                (whole.name, Some(host_name), state, tier, path),
                endpoint,
                partition_count,
            )
        }
    };
    let (name, host_name, state, tier, path) = found;
    let text = |text: Option<String>| text.map(|text| plain(&text));
    Ok(Hub {
        name: text(name),
        host_name: text(host_name),
        state: text(state),
        tier: text(tier),
        events_path: plain(&path),
        events_endpoint: reduce_endpoint(&endpoint)
            .ok_or_else(|| shape("its endpoint is not sb://HOST/"))?,
        partitions: partitions
            .filter(|count| *count > 0)
            .ok_or_else(|| shape("the number of its partitions is missing"))?,
    })
}

/// Reads the JSON of `az iot hub policy show`, or of its `primaryKey` alone (quoted or, from `-o tsv`, bare).
pub fn parse_policy(bytes: &[u8]) -> Result<Policy, AzError> {
    let text = decode(bytes);
    let bare = text.trim();
    if is_key(bare) {
        return Ok(Policy {
            name: None,
            rights: None,
            primary_key: Secret::from(bare),
        });
    }
    let fields = match read(bytes, POLICY)? {
        PolicyJson::Whole(fields) => fields,
        PolicyJson::Key(primary_key) => PolicyFields {
            key_name: None,
            rights: None,
            primary_key,
        },
    };
    with_key(fields)
}

/// The object of one JSON value.
pub(super) fn policy_of(value: serde_json::Value) -> Result<Policy, AzError> {
    with_key(serde_json::from_value(value).map_err(|_| others(POLICY))?)
}

fn with_key(fields: PolicyFields) -> Result<Policy, AzError> {
    match fields.primary_key {
        Some(key) if is_key(&key) => Ok(Policy {
            name: fields.key_name.map(|name| plain(&name)),
            rights: fields.rights.map(|rights| plain(&rights)),
            primary_key: Secret::new(key),
        }),
        _ => Err(AzError::Shape {
            what: POLICY,
            why: "it holds no primary key".into(),
        }),
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
    let is_host = host.contains('.')
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    is_host.then(|| format!("sb://{host}/"))
}

/// IoT Hub's keys are 32 or 64 bytes in base64.
pub(super) fn is_key(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() >= 8
        && text.len() - digits.len() <= 2
        && digits
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
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

/// PowerShell's `>` writes UTF-16, or UTF-8 with a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..]
            .chunks_exact(2)
            .map(|pair| from([pair[0], pair[1]]))
            .collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
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

    #[test]
    fn the_whole_answer() {
        let hub = parse_hub(WHOLE.as_bytes()).unwrap();
        assert_eq!(
            hub,
            Hub {
                name: Some("myhub".into()),
                host_name: Some("myhub.azure-devices.net".into()),
                state: Some("Active".into()),
                tier: Some("Standard".into()),
                events_path: "iothub-ehub-myhub-25253805-d44b2a856e".into(),
                events_endpoint: "sb://iothub-ns-myhub-25253805-b66f997729.servicebus.windows.net/"
                    .into(),
                partitions: 4,
            }
        );
    }

    #[test]
    fn the_manuals_projection() {
        let text = r#"{"EventHubCompatibleEndpoint":"Endpoint=sb://ns.servicebus.windows.net:443/;SharedAccessKeyName=service;SharedAccessKey=canary;EntityPath=x",
            "EventHubCompatibleName":"iothub-ehub-myhub08-207673-d44b2a856e","Partitions":"2"}"#;
        let hub = parse_hub(text.as_bytes()).unwrap();
        assert_eq!(hub.events_endpoint, "sb://ns.servicebus.windows.net/");
        assert_eq!((hub.partitions, hub.host_name), (2, None));
    }

    #[test]
    fn what_powershell_writes() {
        let marked = [b"\xef\xbb\xbf".as_slice(), WHOLE.as_bytes()].concat();
        assert_eq!(parse_hub(&marked), parse_hub(WHOLE.as_bytes()));
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(WHOLE.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(parse_hub(&utf16), parse_hub(WHOLE.as_bytes()));
    }

    #[test]
    fn a_hub_that_is_not_there_yet() {
        let text = r#"{"name":"myhub","properties":{"state":"Activating","provisioningState":"Activating",
            "eventHubEndpoints":{"events":{"retentionTimeInDays":1,"partitionCount":4}}},"sku":{"tier":"Standard"}}"#;
        assert_eq!(
            parse_hub(text.as_bytes()),
            Err(AzError::Activating {
                name: "myhub".into()
            })
        );
    }

    #[test]
    fn what_is_not_a_hub() {
        for (text, expected) in [
            ("", "it is empty"),
            (" \n", "it is empty"),
            (&WHOLE[..WHOLE.len() - 40], "it is cut off"),
            ("ERROR: canary", "line 1, column 1 is not JSON"),
            (r#"{"name":"x"}"#, "its keys are others"),
            ("[]", "its keys are others"),
            (
                &WHOLE.replace("sb://", "https://"),
                "its endpoint is not sb://HOST/",
            ),
            (
                &WHOLE.replace("\"partitionCount\":4", "\"partitionCount\":0"),
                "the number of its partitions is missing",
            ),
        ] {
            let error = parse_hub(text.as_bytes()).unwrap_err();
            assert_eq!(
                error,
                AzError::Shape {
                    what: HUB,
                    why: expected.into()
                },
                "{text}"
            );
        }
    }

    #[test]
    fn policies() {
        let whole = r#"{"keyName":"service","primaryKey":"YWJjZGVmZ2g=","rights":"ServiceConnect","secondaryKey":"x"}"#;
        let policy = parse_policy(whole.as_bytes()).unwrap();
        assert_eq!(policy.name.as_deref(), Some("service"));
        assert_eq!(policy.rights.as_deref(), Some("ServiceConnect"));
        assert_eq!(policy.primary_key.expose(), "YWJjZGVmZ2g=");
        for bare in ["\"YWJjZGVmZ2g=\"\n", "YWJjZGVmZ2g=\r\n"] {
            assert_eq!(
                parse_policy(bare.as_bytes()).unwrap().primary_key.expose(),
                "YWJjZGVmZ2g="
            );
        }
    }

    #[test]
    fn what_is_not_a_policy_is_not_quoted() {
        for text in [
            "",
            "null",
            "\"canary key!\"",
            "{\"primaryKey\":null}",
            "{\"primaryKey\":5,\"canary\"",
            "[\"canary\"]",
        ] {
            let error = parse_policy(text.as_bytes()).unwrap_err();
            assert!(matches!(error, AzError::Shape { .. }), "{error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn endpoints() {
        for (given, reduced) in [
            (
                "sb://ns.servicebus.windows.net/",
                Some("sb://ns.servicebus.windows.net/"),
            ),
            (
                " sb://ns.servicebus.windows.net ",
                Some("sb://ns.servicebus.windows.net/"),
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
