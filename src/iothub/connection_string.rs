//! Connection strings of a hub, as the connector's SDK parses them.

use crate::secret::Secret;

/// `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`: what the sink is given.
pub fn service(host_name: &str, policy: &str, key: &Secret) -> Secret {
    Secret::new(format!("HostName={host_name};SharedAccessKeyName={policy};SharedAccessKey={}", key.expose()))
}
