//! Connection strings: a policy's, put together for the sink; a device's, taken apart.

use super::device_id;
use crate::secret::Secret;

/// What a device signs in with.
#[derive(Debug, Clone)]
pub struct Device {
    /// `myhub.azure-devices.net`
    pub host_name: String,
    pub device_id: String,
    /// Base64.
    pub key: Secret,
}

/// What the sink connector signs in with: `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`.
pub fn service(host_name: &str, policy: &str, key: &Secret) -> Secret {
    Secret::new(format!(
        "HostName={host_name};SharedAccessKeyName={policy};SharedAccessKey={}",
        key.expose()
    ))
}

/// Takes `HostName=…;DeviceId=…;SharedAccessKey=…` apart. The error is a sentence for a person and repeats nothing of
/// the string.
pub fn device(string: &Secret) -> Result<Device, String> {
    let pairs: Vec<(&str, &str)> = string
        .expose()
        .trim()
        .split(';')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('='))
        .collect::<Option<_>>()
        .ok_or("this is no connection string: HostName=…;DeviceId=…;SharedAccessKey=…")?;
    let field = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    for (name, why) in [
        (
            "SharedAccessKeyName",
            "it is the connection string of a policy, not of a device",
        ),
        ("ModuleId", "it is the connection string of a module"),
        (
            "GatewayHostName",
            "it leads to an IoT Edge gateway, not to the hub",
        ),
        (
            "x509",
            "the device signs in with a certificate; a shared access key is needed",
        ),
    ] {
        if field(name).is_some() {
            return Err(why.to_owned());
        }
    }
    let need =
        |name: &str| field(name).ok_or_else(|| format!("the connection string has no {name}"));
    let host_name = need("HostName")?;
    let odd = |c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-';
    if host_name.is_empty() || host_name.contains(odd) {
        return Err("the HostName of the connection string is no host name".to_owned());
    }
    Ok(Device {
        host_name: host_name.to_owned(),
        device_id: device_id(need("DeviceId")?)?.to_owned(),
        key: Secret::new(need("SharedAccessKey")?),
    })
}

#[cfg(test)]
mod tests {
    use super::{device, service};

    #[test]
    fn all_three_parts() {
        let string = service("myhub.azure-devices.net", "service", &"a2V5==".into());
        assert_eq!(
            string.expose(),
            "HostName=myhub.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=a2V5=="
        );
    }

    #[test]
    fn a_devices_string_is_taken_apart() {
        let parts = device(
            &"HostName=myhub.azure-devices.net;DeviceId=fake=pi;SharedAccessKey=a2V5==\n".into(),
        )
        .unwrap();
        assert_eq!(parts.host_name, "myhub.azure-devices.net");
        assert_eq!(parts.device_id, "fake=pi");
        assert_eq!(parts.key.expose(), "a2V5==");
        assert!(!format!("{parts:?}").contains("a2V5"));
    }

    #[test]
    fn what_is_no_devices_string_is_told_without_its_key() {
        for (string, words) in [
            ("", "no HostName"),
            ("canary", "no connection string"),
            (
                "HostName=h;SharedAccessKeyName=service;SharedAccessKey=canary",
                "of a policy",
            ),
            (
                "HostName=h;DeviceId=d;ModuleId=m;SharedAccessKey=canary",
                "module",
            ),
            ("HostName=h;DeviceId=d;x509=true", "certificate"),
            (
                "HostName=h;DeviceId=d;GatewayHostName=g;SharedAccessKey=canary",
                "Edge",
            ),
            ("HostName=h;SharedAccessKey=canary", "no DeviceId"),
            ("HostName=h;DeviceId=d", "no SharedAccessKey"),
            (
                "HostName=h/canary;DeviceId=d;SharedAccessKey=canary",
                "no host name",
            ),
            (
                "HostName=h;DeviceId=a b;SharedAccessKey=canary",
                "device id",
            ),
        ] {
            let error = device(&string.into()).unwrap_err();
            assert!(error.contains(words), "{string}: {error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
