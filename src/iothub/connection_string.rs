//! Connection strings, put together from a hub's host name and a policy's key.

use crate::secret::Secret;

/// What the sink connector signs in with: `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`.
pub fn service(host_name: &str, policy: &str, key: &Secret) -> Secret {
    Secret::new(format!(
        "HostName={host_name};SharedAccessKeyName={policy};SharedAccessKey={}",
        key.expose()
    ))
}

#[cfg(test)]
mod tests {
    use super::service;

    #[test]
    fn all_three_parts() {
        let string = service("myhub.azure-devices.net", "service", &"a2V5==".into());
        assert_eq!(
            string.expose(),
            "HostName=myhub.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=a2V5=="
        );
    }
}
