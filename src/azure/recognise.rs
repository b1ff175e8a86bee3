//! Text about a hub, recognised by its content: what `az` prints, what the manual shows, what the portal offers to copy,
//! several of them after one another in any order. Nothing of it is ever quoted in an error but names: any part may be a key.

use super::choose::{Candidates, Meant};
use super::error::{AzError, plain};
use super::model::reduce_endpoint;
use super::pieces::{Pieces, is_host, is_key};
use crate::secret::Secret;
use crate::text::decode;
use serde_json::{Map, Value};

/// Reads everything that the text has. Shapes:
/// * JSON: `az iot hub show` and `list`, the manual's projection of it, `policy show` and `list`, its key alone,
///   `show-connection-string` and `connection-string show`;
/// * the manual's print of the projection: members without braces;
/// * connection strings: the service's (`HostName=…`) and the Event Hubs-compatible endpoint (`Endpoint=sb://…`);
/// * an endpoint alone; a key without quotes.
pub fn recognise(bytes: &[u8], meant: Meant) -> Result<Pieces, AzError> {
    let text = decode(bytes);
    let mut found = Finds::default();
    let mut rest = skip(&text);
    match rest.as_bytes().first() {
        None => return Err(unclear("it is empty")),
        Some(b'<') => return Err(unclear("it is a web page or XML")),
        Some(_) => {}
    }
    // Members that stand without braces, collected until the end.
    let mut members = Map::new();
    while !rest.is_empty() {
        let line = text[..text.len() - rest.len()].lines().count().max(1);
        let at = |why: &str| unclear(&format!("line {line} {why}"));
        let (next, after) = match rest.as_bytes()[0] {
            b'{' | b'[' | b'"' => json(rest).map_err(at)?,
            _ => word(rest),
        };
        match next {
            Next::Member(key, value) => {
                if members.insert(key, value).is_some() {
                    return Err(at("says something twice"));
                }
            }
            Next::Value(value) => found.value(value, &meant, line)?,
            Next::Word(word) => found.pieces.add(of_word(word).map_err(at)?)?,
        }
        rest = skip(after);
    }
    if !members.is_empty() {
        found.value(Value::Object(members), &meant, 1)?;
    }
    let mut pieces = found.candidates.chosen(&meant)?;
    pieces.add(found.pieces)?;
    Ok(pieces)
}

/// What stands next in the text.
enum Next<'a> {
    Value(Value),
    Member(String, Value),
    Word(&'a str),
}

/// What stands between two things. A comma ends a member of the manual's print.
fn skip(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '\u{feff}' | '\0'))
}

/// One JSON value, or a string, a colon and a value.
fn json(text: &str) -> Result<(Next<'_>, &str), &'static str> {
    let (value, rest) = one_value(text)?;
    let after = rest.trim_start();
    match (value, after.strip_prefix(':')) {
        (Value::String(key), Some(after)) => {
            let (value, rest) = one_value(after.trim_start())?;
            Ok((Next::Member(key, value), rest))
        }
        (value, _) => Ok((Next::Value(value), rest)),
    }
}

fn one_value(text: &str) -> Result<(Value, &str), &'static str> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => Ok((value, &text[values.byte_offset()..])),
        Some(Err(error)) if error.is_eof() => Err("is cut off"),
        // serde's own words may quote what stands there
        Some(Err(_)) | None => Err("is not JSON"),
    }
}

/// To the end of the line, or to the next connection string or JSON on it: connection strings have blanks in them only by
/// mistake.
fn word(text: &str) -> (Next<'_>, &str) {
    let line = text.find('\n').unwrap_or(text.len());
    let next = [" HostName=", " Endpoint=", " {", " [", " \""]
        .into_iter()
        .filter_map(|start| text[..line].find(start));
    let end = next.min().unwrap_or(line);
    (Next::Word(text[..end].trim()), &text[end..])
}

/// What was found so far: hubs and policies, of which one each is meant, and what can only be of one hub.
#[derive(Default)]
struct Finds {
    candidates: Candidates,
    pieces: Pieces,
}

impl Finds {
    fn value(&mut self, value: Value, meant: &Meant, line: usize) -> Result<(), AzError> {
        let at = |why: &str| unclear(&format!("line {line} {why}"));
        match value {
            Value::String(text) => self.pieces.add(of_word(&text).map_err(at)?),
            Value::Array(items) => self.list(items, meant, line),
            Value::Object(mut object) => {
                if let Some(Value::Array(items)) = object.remove("value") {
                    return self.list(items, meant, line);
                }
                if let Some(strings) = object.remove("connectionString") {
                    return self.value(strings, meant, line);
                }
                if object.contains_key("primaryKey") || object.contains_key("keyName") {
                    self.candidates.policies.push(Value::Object(object));
                } else if object.contains_key("properties") {
                    self.candidates.hubs.push(Value::Object(object));
                } else {
                    self.pieces.add(projected(&object)?)?;
                }
                Ok(())
            }
            Value::Null => Err(at("is null: az found nothing")),
            _ => Err(unclear("its keys are others")),
        }
    }

    /// `az iot hub list`, `policy list`; `show-connection-string` without a hub's name and `connection-string show --all`.
    fn list(&mut self, items: Vec<Value>, meant: &Meant, line: usize) -> Result<(), AzError> {
        let mut strings = Vec::new();
        for item in items {
            let mut within = Self::default();
            within.value(item, meant, line)?;
            self.candidates.hubs.extend(within.candidates.hubs);
            self.candidates.policies.extend(within.candidates.policies);
            strings.push(within.pieces);
        }
        let several = strings.len() > 1;
        strings.retain(|string| !several || meant.takes(string));
        strings
            .into_iter()
            .try_for_each(|string| self.pieces.add(string))
    }
}

/// The manual's three keys, of which some may be missing.
fn projected(object: &Map<String, Value>) -> Result<Pieces, AzError> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).map(plain);
    let endpoint = match object
        .get("EventHubCompatibleEndpoint")
        .and_then(Value::as_str)
    {
        Some(endpoint) => Some(
            reduce_endpoint(endpoint).ok_or_else(|| unclear("its endpoint is not sb://HOST/"))?,
        ),
        None => None,
    };
    // `-o tsv` and shells turn numbers into text
    let partitions = match object.get("Partitions") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let pieces = Pieces {
        events_path: text("EventHubCompatibleName"),
        events_endpoint: endpoint,
        partitions: partitions
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| *count > 0),
        ..Pieces::default()
    };
    match (
        &pieces.events_path,
        &pieces.events_endpoint,
        pieces.partitions,
    ) {
        (None, None, None) => Err(unclear("its keys are others")),
        _ => Ok(pieces),
    }
}

/// A connection string, an endpoint, or a bare key.
fn of_word(text: &str) -> Result<Pieces, &'static str> {
    let text = text.trim();
    let text = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''))
        .unwrap_or(text);
    if is_key(text) {
        return Ok(Pieces {
            key: Some(Secret::from(text)),
            ..Pieces::default()
        });
    }
    if text.starts_with("sb://") && !text.contains(';') {
        let reduced = reduce_endpoint(text).ok_or("has an endpoint that is not sb://HOST/")?;
        return Ok(Pieces {
            events_endpoint: Some(reduced),
            ..Pieces::default()
        });
    }
    if !text.contains('=') {
        return Err("is neither JSON nor a connection string nor a key");
    }
    connection_string(text)
}

/// Its parts in any order, each once.
fn connection_string(text: &str) -> Result<Pieces, &'static str> {
    let mut pieces = Pieces::default();
    let parts = text.split(';').map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        let (name, value) = match part.starts_with("sb://") {
            // copied without its name
            true => ("Endpoint", part),
            false => part.split_once('=').ok_or("is no connection string")?,
        };
        let value = value.trim();
        let is_first = match name.trim() {
            "HostName" => {
                let host = is_host(value).ok_or("has a host name that is none")?;
                pieces.host_name.replace(host).is_none()
            }
            "SharedAccessKeyName" => pieces.policy.replace(plain(value)).is_none(),
            "EntityPath" => pieces.events_path.replace(plain(value)).is_none(),
            "Endpoint" => {
                let endpoint =
                    reduce_endpoint(value).ok_or("has an endpoint that is not sb://HOST/")?;
                pieces.events_endpoint.replace(endpoint).is_none()
            }
            "SharedAccessKey" if !is_key(value) => return Err("has a key that is not base64"),
            "SharedAccessKey" => pieces.key.replace(Secret::from(value)).is_none(),
            "DeviceId" => return Err("is the connection string of a device, not of a service"),
            // of other libraries' strings; they say nothing about the hub
            "GatewayHostName" | "TransportType" => true,
            _ => return Err("is no connection string of an IoT Hub"),
        };
        if !is_first {
            return Err("says something twice");
        }
    }
    match (&pieces.host_name, &pieces.events_endpoint, &pieces.key) {
        (None, None, _) => Err("is no connection string of an IoT Hub"),
        (_, _, None) => Err("has no SharedAccessKey"),
        _ => Ok(pieces),
    }
}

fn unclear(why: &str) -> AzError {
    AzError::Unclear {
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUB: &str = r#"{"name":"myhub","properties":{"hostName":"myhub.azure-devices.net","state":"Active",
        "eventHubEndpoints":{"events":{"endpoint":"sb://ns.servicebus.windows.net/","partitionCount":4,"path":"ehub"}}},
        "sku":{"tier":"Standard"}}"#;
    const POLICY: &str = r#"{"keyName":"service","primaryKey":"YWJjZGVmZ2g=","rights":"ServiceConnect","secondaryKey":"x"}"#;
    const SERVICE: &str =
        "HostName=myhub.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=YWJjZGVmZ2g=";
    const ENDPOINT: &str = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=service;SharedAccessKey=YWJjZGVmZ2g=;EntityPath=ehub";
    const MANUAL: &str = "    \"EventHubCompatibleEndpoint\": \"sb://ns.servicebus.windows.net/\",\n    \"EventHubCompatibleName\": \"ehub\",\n    \"Partitions\": 4\n";

    fn all(text: &str) -> Result<Pieces, AzError> {
        recognise(text.as_bytes(), Meant::default())
    }

    #[test]
    fn every_shape_gives_the_same_pieces() {
        let braced = format!("{{{MANUAL}}}");
        let bare = format!("{ENDPOINT}\n{MANUAL}{SERVICE}");
        for text in [
            format!("{HUB}{POLICY}"),
            format!("{POLICY}\n\n{HUB}\n"),
            format!("[{HUB}]\n[{POLICY}]"),
            format!("{{\"value\":[{HUB}]}} \"YWJjZGVmZ2g=\" {SERVICE}"),
            format!("{HUB}\nYWJjZGVmZ2g=\r\n{{\"connectionString\":\"{SERVICE}\"}}"),
            format!("{braced}{{\"connectionString\":[\"{SERVICE}\"]}}"),
            format!("{SERVICE}\n{braced}"),
            format!("{MANUAL}{SERVICE}"),
            format!("{ENDPOINT} {SERVICE}\n{{{MANUAL}}}"),
            bare,
            format!("{SERVICE}\n{HUB}\n{ENDPOINT};"),
        ] {
            let pieces = all(&text).unwrap();
            assert_eq!(
                pieces.host_name.as_deref(),
                Some("myhub.azure-devices.net"),
                "{text}"
            );
            assert_eq!(
                pieces.events_endpoint.as_deref(),
                Some("sb://ns.servicebus.windows.net/")
            );
            assert_eq!(pieces.events_path.as_deref(), Some("ehub"));
            assert_eq!(pieces.partitions, Some(4));
            assert_eq!(pieces.policy.as_deref(), Some("service"));
            assert_eq!(pieces.key.unwrap().expose(), "YWJjZGVmZ2g=");
        }
    }

    #[test]
    fn from_lists_the_one_that_is_meant() {
        let other = HUB.replace("myhub", "other");
        let text = format!("[{other},{HUB}]");
        let meant = Meant {
            hub: Some("MyHub"),
            ..Meant::default()
        };
        let found = recognise(text.as_bytes(), meant).unwrap();
        assert_eq!(found.name.as_deref(), Some("myhub"));
        assert!(all(&text).unwrap_err().to_string().contains("several hubs"));
        let missing = Meant {
            hub: Some("third"),
            ..Meant::default()
        };
        assert!(recognise(text.as_bytes(), missing).is_err());
        let policies = format!("[{POLICY},{}]", POLICY.replace("service", "iothubowner"));
        let meant = Meant {
            policy: Some("iothubowner"),
            ..Meant::default()
        };
        let found = recognise(policies.as_bytes(), meant).unwrap();
        assert_eq!(found.policy.as_deref(), Some("iothubowner"));
    }

    #[test]
    fn broken_twins_are_refused_and_nothing_is_quoted() {
        for (text, why) in [
            ("", "it is empty"),
            ("\u{feff}\r\n", "it is empty"),
            (&HUB[..HUB.len() - 30], "is cut off"),
            (
                &format!("{SERVICE};HostName=canary.azure-devices.net"),
                "says something twice",
            ),
            (
                &format!("{ENDPOINT};EntityPath=canary"),
                "says something twice",
            ),
            (
                &SERVICE.replace("YWJj", "YW Jj"),
                "has a key that is not base64",
            ),
            (
                "HostName=h.x;SharedAccessKeyName=service",
                "has no SharedAccessKey",
            ),
            (
                "HostName=h.x;DeviceId=canary;SharedAccessKey=YWJjZGVmZ2g=",
                "of a device",
            ),
            ("canary canary", "neither JSON nor"),
            ("Password=canary", "is no connection string"),
            (&ENDPOINT.replace("sb://", "https://"), "not sb://HOST/"),
            (&format!("{MANUAL}{MANUAL}"), "says something twice"),
            ("{\"canary\": 1}", "its keys are others"),
            ("{canary}", "is not JSON"),
        ] {
            let error = all(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn two_hubs_are_not_mixed() {
        let text = format!("{HUB}{}", SERVICE.replace("myhub", "other"));
        let error = all(&text).unwrap_err().to_string();
        assert!(
            error.contains("host name") && error.contains("other.azure-devices.net"),
            "{error}"
        );
        let keys = format!("{POLICY}{}", SERVICE.replace("YWJj", "ZZZZ"));
        let error = all(&keys).unwrap_err().to_string();
        assert!(error.contains("key") && !error.contains("ZZZZ"), "{error}");
    }
}
