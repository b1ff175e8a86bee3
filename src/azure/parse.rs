//! The JSON that `az iot hub show` and `az iot hub policy show` print, as far as it is read.

use super::error::AzError;
use crate::secret::Secret;
use serde_json::Value;

const SHOW: &str = "az iot hub show";
const POLICY: &str = "az iot hub policy show";

/// What the connectors need to know of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hub {
    pub name: String,
    /// `myhub.azure-devices.net`
    pub host_name: String,
    pub events_path: String,
    /// `sb://HOST/`, without port, path and whatever else was pasted with it.
    pub events_endpoint: String,
    pub partitions: u32,
    /// `Active`; none where the projection of the manual left it out.
    pub state: Option<String>,
    /// `Standard`, `Basic`, `Free`.
    pub tier: Option<String>,
}

/// A shared access policy. `name` and `rights` are not known of a bare key.
#[derive(Clone, Debug)]
pub struct Policy {
    pub name: Option<String>,
    pub rights: Option<String>,
    pub primary_key: Secret,
}

/// The whole output of `az iot hub show`, or the manual's projection of it to three keys (then the host name is not known
/// and must come from elsewhere, so it is refused in words).
pub fn parse_hub(bytes: &[u8]) -> Result<Hub, AzError> {
    let unreadable = |cause: String| AzError::Unreadable { command: SHOW, cause };
    let json = json(bytes).map_err(unreadable)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if json.get("EventHubCompatibleName").is_some() {
        return Err(unreadable(
            "it is the manual's projection to three keys, without the hub's host name; give the whole output".into(),
        ));
    }
    let properties = json.get("properties").ok_or_else(|| unreadable("it has no \"properties\"".into()))?;
    let name = json.get("name").and_then(text).ok_or_else(|| unreadable("it has no \"name\"".into()))?;
    let state = properties.get("state").and_then(text);
    let events = &properties["eventHubEndpoints"]["events"];
    let host_name = properties.get("hostName").and_then(text);
    let (Some(host_name), Some(path), Some(endpoint)) = (host_name, text(&events["path"]), text(&events["endpoint"])) else {
        let state = state.unwrap_or_else(|| "unknown".into());
        return match state.as_str() {
            "Active" | "unknown" => Err(unreadable("it has no host name, or no built-in events endpoint".into())),
            _ => Err(AzError::Activating { name, state }),
        };
    };
    let partitions = events["partitionCount"].as_u64().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
    Ok(Hub {
        events_endpoint: reduced(&endpoint).ok_or_else(|| unreadable("its events endpoint is not sb://HOST/".into()))?,
        partitions: partitions.ok_or_else(|| unreadable("it has no partition count".into()))?,
        tier: text(&json["sku"]["tier"]),
        name,
        host_name,
        events_path: path,
        state,
    })
}

/// `sb://HOST/` out of an endpoint with a port, or of a whole `Endpoint=sb://…;SharedAccessKey=…` that was pasted.
fn reduced(endpoint: &str) -> Option<String> {
    let after = endpoint.split("sb://").nth(1)?;
    let host = after.split(['/', ':', ';']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (host.contains('.') && host.chars().all(plain)).then(|| format!("sb://{host}/"))
}

/// The object that `az iot hub policy show` prints, or the bare `"key=="` of its `--query primaryKey`.
pub fn parse_policy(bytes: &[u8]) -> Result<Policy, AzError> {
    // what was read may be a key: no error repeats it
    let unreadable = |cause: &str| AzError::Unreadable { command: POLICY, cause: cause.to_owned() };
    let json = json(bytes).map_err(|_| unreadable("it is not JSON, or cut off"))?;
    let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
    let (name, rights, key) = match &json {
        Value::String(key) => (None, None, key.clone()),
        _ => (text("keyName"), text("rights"), text("primaryKey").ok_or_else(|| unreadable("it has no \"primaryKey\""))?),
    };
    if !is_key(&key) {
        return Err(unreadable("its key is not base64"));
    }
    Ok(Policy { name, rights, primary_key: Secret::new(key) })
}

fn is_key(key: &str) -> bool {
    use base64::Engine as _;
    !key.is_empty() && base64::engine::general_purpose::STANDARD.decode(key).is_ok()
}

/// A byte order mark is what PowerShell puts before what it redirects.
fn json(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("it is UTF-16; write it as UTF-8".into());
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("it is empty".into());
    }
    serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON, or cut off (line {}, column {})", error.line(), error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"name":"myhub","sku":{"tier":"Standard"},"properties":{"hostName":"myhub.azure-devices.net","state":"Active",
        "eventHubEndpoints":{"events":{"endpoint":"sb://iothub-ns-myhub-1.servicebus.windows.net:443/","partitionCount":4,"path":"iothub-ehub-myhub-1"}}}}"#;

    #[test]
    fn a_hub_is_read_and_its_endpoint_reduced() {
        let hub = parse_hub(WHOLE.as_bytes()).unwrap();
        assert_eq!((hub.partitions, hub.events_endpoint.as_str()), (4, "sb://iothub-ns-myhub-1.servicebus.windows.net/"));
        let with_bom = [b"\xef\xbb\xbf", WHOLE.as_bytes()].concat();
        assert_eq!(parse_hub(&with_bom).unwrap(), hub);
    }

    #[test]
    fn every_broken_hub_is_said_in_words() {
        let said = |text: &str| parse_hub(text.as_bytes()).unwrap_err().to_string();
        assert!(said(&WHOLE[..100]).contains("cut off"));
        assert!(said("").contains("empty"));
        assert!(said(r#"{"EventHubCompatibleName":"x","Partitions":4}"#).contains("three keys"));
        let young = r#"{"name":"h","properties":{"state":"Activating","eventHubEndpoints":{"events":{"partitionCount":4}}}}"#;
        assert!(matches!(parse_hub(young.as_bytes()), Err(AzError::Activating { .. })));
        assert!(said(&WHOLE.replace("sb://iothub-ns-myhub-1.servicebus.windows.net:443/", "nothing")).contains("sb://HOST/"));
    }

    #[test]
    fn a_policy_is_an_object_or_a_bare_key_and_no_error_shows_it() {
        let whole = br#"{"keyName":"service","primaryKey":"Y2FuYXJ5","rights":"ServiceConnect","secondaryKey":"eA=="}"#;
        let policy = parse_policy(whole).unwrap();
        assert_eq!((policy.name.as_deref(), policy.primary_key.expose()), (Some("service"), "Y2FuYXJ5"));
        assert_eq!(parse_policy(b"\"Y2FuYXJ5\"\n").unwrap().primary_key.expose(), "Y2FuYXJ5");
        for broken in [&b"Y2FuYXJ5"[..], b"\"canary not base64\"", b"{\"primaryKey\":\"canary canary\"}", b""] {
            let said = parse_policy(broken).unwrap_err().to_string();
            assert!(!said.contains("canary") && !said.contains("Y2Fu"), "{said}");
        }
    }
}
