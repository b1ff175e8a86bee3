//! A profile file to start from: every setting with what it is, those with a value set, the others commented out.

use super::client_properties::{self, BETWEEN_FLAGS, Property};
use super::keys::{KEYS, Key, Kind, SECTIONS};
use std::fmt::Write;

/// The text of a new profile file. `values` are pairs of a key's name and its text; those of secrets are not taken:
/// the file names where a secret is, never the secret.
pub fn render_example(values: &[(&str, &str)]) -> String {
    let mut text = String::from(
        "# A profile of hdikafka. Every line that is commented out shows its default or an example.\n\
         # A flag or an HDIKAFKA_* variable overrides what stands here; `hdikafka profile show` tells which.\n",
    );
    for (section, heading) in SECTIONS {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n# {heading}\n[{section}]\n");
        for key in KEYS.iter().filter(|key| key.section() == *section) {
            let value = values
                .iter()
                .find(|(name, _)| *name == key.name && !key.is_secret())
                .map(|(_, value)| *value);
            let _ = match value {
                Some(value) => writeln!(
                    text,
                    "# {}\n{} = {}",
                    key.help,
                    key.leaf(),
                    literal(key, value)
                ),
                None => writeln!(text, "# {}\n# {} = {}", key.help, key.leaf(), sample(key)),
            };
        }
    }
    text
}

fn sample(key: &Key) -> String {
    let example = match key.name {
        "cluster.name" => "mykafka",
        "cluster.gateway" => "https://mykafka.azurehdinsight.net",
        "cluster.ca_file" => "ca.pem",
        "cluster.brokers" => "wn0-mykafka:9092,wn1-mykafka:9092",
        "edge.host" => "new-edgenode.mykafka-ssh.azurehdinsight.net",
        "edge.port" => "22",
        "edge.jump" => "ann@bastion.example.net:22",
        "edge.identity_file" => "~/.ssh/id_ed25519",
        "edge.host_key" => "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
        "edge.known_hosts" => "~/.ssh/known_hosts",
        "edge.run_user" => "kafka",
        "hub.name" => "my-hub",
        "hub.resource_group" => "my-group",
        "hub.subscription" => "00000000-0000-0000-0000-000000000000",
        "hub.json" => "hub.json",
        "hub.policy_json" => "policy.json",
        "hub.partition_count" => "4",
        "hub.gateway" => "myhub.example.net:443",
        "hub.start_time" => "2026-01-31T09:00:00Z",
        "connector.jar" => "kafka-connect-iothub-assembly_2.11-0.7.0.jar",
        "rest.url" => "https://mykafka-kafkarest.azurehdinsight.net",
        "rest.tenant" => "contoso.onmicrosoft.com",
        "rest.client_id" => "00000000-0000-0000-0000-000000000000",
        "source.converter" => "json",
        "sink.converter" => "string",
        "worker.jvm_options" => "-XX:TieredStopAtLevel=1",
        _ => key.default.unwrap_or_default(),
    };
    match key.kind {
        Kind::Secret => format!("{{ env = \"{}\" }}", key.env),
        Kind::Properties => "{ \"client.id\" = \"hdikafka\" }".to_owned(),
        _ => literal(key, example),
    }
}

/// The value in TOML, by its kind.
pub(super) fn literal(key: &Key, value: &str) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match key.kind {
        Kind::Integer { .. } | Kind::Bool => value.to_owned(),
        Kind::List => {
            let items: Vec<_> = value.split(',').map(|item| quoted(item.trim())).collect();
            format!("[{}]", items.join(", "))
        }
        // What is no setting, or a secret, is left out: it may be anything.
        Kind::Properties => {
            let texts = value.split(BETWEEN_FLAGS);
            let pairs = texts.filter_map(|text| text.split_once('='));
            let all: Vec<(&str, Property)> = pairs
                .filter(|(name, _)| client_properties::check(name, None).is_ok())
                .filter(|(name, _)| !client_properties::is_secret(name))
                .map(|(name, value)| (name, Property::Text(value.to_owned())))
                .collect();
            client_properties::literal(all.iter().map(|(name, property)| (*name, property)))
        }
        _ => quoted(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::file;
    use std::path::Path;

    #[test]
    fn the_example_is_a_profile_and_so_is_every_line_that_it_comments_out() {
        let text = render_example(&[]);
        assert!(
            file::parse(Path::new("x.toml"), text.as_bytes(), None)
                .unwrap()
                .values
                .is_empty()
        );
        let uncommented: String = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(setting) if setting.contains(" = ") => format!("{setting}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let parsed = file::parse(Path::new("x.toml"), uncommented.as_bytes(), None).unwrap();
        // Those of librdkafka are one key with a table behind it.
        assert_eq!(parsed.values.len() + parsed.properties.len(), KEYS.len());
    }

    #[test]
    fn given_values_stand_in_it_and_secrets_do_not() {
        let text = render_example(&[
            ("cluster.name", "contoso"),
            ("topics.partitions", "4"),
            ("worker.jvm_options", "-Dx=\"a\\b\""),
            ("cluster.password", "hunter2"),
        ]);
        assert!(text.contains("\nname = \"contoso\"\n") && text.contains("\npartitions = 4\n"));
        assert!(!text.contains("hunter2"));
        assert_eq!(
            file::parse(Path::new("x.toml"), text.as_bytes(), None)
                .unwrap()
                .values
                .len(),
            3
        );
    }
}
