//! Which commands a step stands for, and which page of the manual it is: one arm for each kind of step.

use super::shell::{FUNCTIONS, Script, quoted};
use super::{ByHand, MARK, by_hand};
use crate::apply::live::Form;
use crate::facts::places::{self, Connector};
use crate::plan::{Before, Change, InlineKey, Position, STAND_IN, Step};
use crate::properties;
use std::collections::BTreeMap;
use std::path::Path;

impl ByHand<'_> {
    pub(super) fn step(&self, step: &Step, script: &mut Script) -> anyhow::Result<()> {
        match step {
            Step::KeepSettings {
                connector,
                settings,
                ..
            } => {
                let all: Vec<String> = settings
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect();
                script.comment(&format!(
                    "Kept of the {connector} made by hand: {}",
                    all.join(", ")
                ));
            }
            Step::StopWorker { .. } => by_hand::stop(step, script)?,
            Step::CarryOffsets { .. } => by_hand::carry(step, script)?,
            Step::MakeDirectories { directories } => {
                script.on_edge("not in the manual: directories that a reboot does not empty");
                for one in directories {
                    script.root(&format!(
                        "install -d -m {} -o {} -g {} {}",
                        one.mode,
                        quoted(&one.owner)?,
                        quoted(&one.group)?,
                        quoted(&one.path)?
                    ));
                }
            }
            Step::GiveFile {
                path,
                owner,
                group,
                mode,
            } => {
                script.on_edge("not in the manual: its own worker could not write this file");
                script.root(&format!(
                    "chown -h {}:{} {}",
                    quoted(owner)?,
                    quoted(group)?,
                    quoted(path)?
                ));
                script.root(&format!("chmod {mode} {}", quoted(path)?));
            }
            Step::UploadJar {
                from, to, sha256, ..
            } => self.jar(from, to, sha256, script)?,
            Step::MoveAway { path, .. } => {
                script.on_edge("not in the manual: Connect would find this jar, too");
                let to = format!("{}/by-hand", places::BACKUPS);
                script.root(&format!("install -d -m 700 {}", quoted(&to)?));
                script.root(&format!("mv -- {} {}/", quoted(path)?, quoted(&to)?));
            }
            Step::WriteFile {
                path,
                before,
                change,
                mode,
                owner,
                group,
                values,
                key,
            } => {
                let access = format!("{mode} {} {}", quoted(owner)?, quoted(group)?);
                let page = self.page(path);
                match key {
                    Some(key) if before == &Before::Absent => {
                        script.step(&page);
                        self.new_with_key(path, group, &change.after, key, script)?;
                    }
                    Some(key) => {
                        if !values.is_empty() {
                            script.on_edge(&page);
                            self.file(path, before, change, &access, values, script)?;
                        }
                        self.key_into(path, group, key, script)?;
                    }
                    None => {
                        script.on_edge(&page);
                        self.file(path, before, change, &access, values, script)?;
                    }
                }
            }
            Step::Keep { path, .. } => {
                script.comment(&format!("{path}: what was changed by hand stays"))
            }
            Step::RemoveSecrets { path, .. } => {
                script.on_edge("not in the manual: nothing refers to this file any more");
                script.root(&format!("rm -f -- {}", quoted(path)?));
            }
            Step::WriteSecrets {
                connector,
                path,
                group,
                ..
            } => self.secrets(*connector, path, group, script)?,
            Step::EnableUnits { enable, disable } => {
                script.on_edge("not in the manual: at boot");
                for (verb, connectors) in [("enable", enable), ("disable", disable)] {
                    for connector in connectors {
                        script.root(&format!(
                            "systemctl -q --no-reload {verb} {}",
                            connector.unit()
                        ));
                    }
                }
                script.root("systemctl daemon-reload");
            }
            Step::CreateTopic {
                topic,
                partitions,
                replication_factor,
            } => {
                script.step("the manual: kafka-topics.sh");
                let (home, topic) = (quoted(self.kafka_home)?, quoted(topic)?);
                let at = match self.by_zookeeper() {
                    true => "--zookeeper \"$ZOOKEEPERS\"",
                    false => "--bootstrap-server \"$BROKERS\"",
                };
                script.line(&format!("on_edge {home}/bin/kafka-topics.sh --create --replication-factor {replication_factor} --partitions {partitions} --topic {topic} {at} </dev/null"));
            }
            Step::CommitGroup {
                group,
                topic,
                position,
            } => {
                script.step("not in the manual: without a position, the sink would send what waits from the beginning");
                let to = match position {
                    Position::Earliest => "--to-earliest".to_owned(),
                    Position::Latest => "--to-latest".to_owned(),
                    Position::Time(_) => format!("--to-datetime {}", datetime(position)),
                };
                let (home, group, topic) =
                    (quoted(self.kafka_home)?, quoted(group)?, quoted(topic)?);
                script.line(&format!("on_edge {home}/bin/kafka-consumer-groups.sh --bootstrap-server \"$BROKERS\" --group {group} --topic {topic} --reset-offsets {to} --execute </dev/null"));
            }
            Step::StartConnector { connector, hosts } => {
                self.service("start", *connector, hosts, script)?
            }
            Step::RestartConnector { connector, hosts } => {
                self.service("restart", *connector, hosts, script)?
            }
            Step::StopConnector { connector } => self.service("stop", *connector, &[], script)?,
            Step::Prove {
                connector,
                name,
                tasks,
                port,
            } => self.prove(*connector, name, *tasks, *port, script)?,
        }
        Ok(())
    }

    /// RUNNING is all that can be asked in one line.
    fn prove(
        &self,
        connector: Connector,
        name: &str,
        tasks: u32,
        port: u16,
        script: &mut Script,
    ) -> anyhow::Result<()> {
        script.on_edge("the manual: look at the terminal");
        let url = quoted(&format!(
            "http://127.0.0.1:{port}/connectors/{}/status",
            in_url(name)
        ))?;
        // the password of the REST port in no argument
        let (login, with) = match self.gathered.facts.edge.has_rest_login {
            true => (
                format!(
                    "{{ printf 'user = \"'; tr '=\\n' ':\"' <{}; }} 2>/dev/null | ",
                    quoted(&connector.login_file())?
                ),
                "-K - ",
            ),
            false => (String::new(), ""),
        };
        script.root("tries=0");
        script.root(&format!(
            "until {login}curl -fsS {with}{url} | tr ',' '\\n' | grep -c '\"state\":\"RUNNING\"' | grep -qx {}; do",
            tasks + 1
        ));
        script.root("    tries=$((tries + 1))");
        script.root(&format!(
            "    if [ \"$tries\" -ge 60 ]; then echo 'the {connector} does not run' >&2; exit 1; fi"
        ));
        script.root("    sleep 2");
        script.root("done");
        Ok(())
    }

    /// Which page of the manual a file is.
    fn page(&self, path: &str) -> String {
        let is = |name: fn(Connector) -> String| {
            Connector::BOTH.into_iter().any(|one| name(one) == path)
        };
        let words = if path == places::standalone_file(self.kafka_home) {
            "the manual: sudo nano connect-standalone.properties"
        } else if Connector::BOTH
            .into_iter()
            .any(|one| one.properties_file(self.kafka_home) == path)
        {
            "the manual: wget the sample file, sudo nano, paste name, endpoint and partitions of the hub"
        } else if is(Connector::worker_file) {
            "not in the manual, where the second worker fails on port 8083: a worker file for each"
        } else if is(Connector::log4j_file) {
            "not in the manual: a log without the keys"
        } else if is(Connector::unit_path) {
            "the manual: connect-standalone.sh in a terminal of its own; here a unit that survives it"
        } else {
            "a file"
        };
        words.to_owned()
    }

    fn jar(&self, from: &Path, to: &str, sha256: &str, script: &mut Script) -> anyhow::Result<()> {
        script.step("the manual: scp the jar to the edge node, then sudo mv");
        let name = format!("hdikafka-{}.jar", sha256.get(..16).unwrap_or(sha256));
        let from = from
            .to_str()
            .ok_or_else(|| anyhow::anyhow!("the path of the jar is no text"))?;
        script.line(&format!("to_edge {} {name}", quoted(from)?));
        // no `~`: the login's own directory
        let to = quoted(to)?;
        let checked = format!(
            "echo '{sha256}  {name}' | sha256sum -c - && sudo install -m 644 -o root -g root {name} {to} && rm {name}"
        );
        script.line(&format!("on_edge {} </dev/null", quoted(&checked)?));
        Ok(())
    }

    /// A file of somebody's is changed key by key; one of ours is written whole.
    fn file(
        &self,
        path: &str,
        before: &Before,
        change: &Change,
        access: &str,
        values: &BTreeMap<String, String>,
        script: &mut Script,
    ) -> anyhow::Result<()> {
        let name = quoted(path)?;
        let derived = Connector::BOTH
            .into_iter()
            .any(|one| one.worker_file() == path);
        let edited = before != &Before::Absent && !values.is_empty() && !derived;
        if !edited && change.is_showable() {
            script.put(&format!("{name} {access}"), &change.after);
            return Ok(());
        }
        if derived {
            // it holds somebody's password, which only the node has to know
            script.root(&format!(
                "cp -p {} {name}",
                quoted(&places::standalone_file(self.kafka_home))?
            ));
        } else if values.is_empty() {
            anyhow::bail!(
                "{path} holds a key in the clear, which cannot be printed: hdikafka setup writes it"
            );
        }
        for (key, value) in values {
            let line = properties::patch(b"", &[(key, value)])?.bytes;
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches('\n')
                .to_owned();
            script.call(&format!(
                "set_property {name} {} {}",
                quoted(key)?,
                quoted(&line)?
            ));
        }
        Ok(())
    }

    fn secrets(
        &self,
        connector: Connector,
        path: &str,
        group: &str,
        script: &mut Script,
    ) -> anyhow::Result<()> {
        script.step(&format!("the manual: paste the key into the {connector}'s file; here a file that only its worker reads"));
        let contents = self.secrets.get(connector, Form::File)?;
        with_key(contents.expose(), script)?;
        script.line(&format!("}} | on_edge {}", as_root(path, group)?));
        Ok(())
    }

    /// A new connector file that has its key in the clear.
    fn new_with_key(
        &self,
        path: &str,
        group: &str,
        after: &str,
        key: &InlineKey,
        script: &mut Script,
    ) -> anyhow::Result<()> {
        let value = self.secrets.get(key.connector, Form::Value)?;
        with_key(&after.replace(STAND_IN, value.expose()), script)?;
        script.line(&format!("}} | on_edge {}", as_root(path, group)?));
        Ok(())
    }

    /// The key into a connector file that is there, which is closed first.
    fn key_into(
        &self,
        path: &str,
        group: &str,
        key: &InlineKey,
        script: &mut Script,
    ) -> anyhow::Result<()> {
        script.step("the manual: paste the key");
        let value = self.secrets.get(key.connector, Form::Value)?;
        let line = format!("{}={}", key.property, value.expose());
        with_key(&line, script)?;
        let (name, property) = (quoted(path)?, quoted(&key.property)?);
        let group = quoted(group)?;
        let program = format!(
            "{FUNCTIONS}\nchown root:{group} {name}; chmod 640 {name}\nIFS= read -r line\nset_property {name} {property} \"$line\"\n"
        );
        let command = format!("sudo sh -c {}", quoted(&program)?);
        script.line(&format!("}} | on_edge {}", quoted(&command)?));
        Ok(())
    }

    fn service(
        &self,
        verb: &str,
        connector: Connector,
        hosts: &[String],
        script: &mut Script,
    ) -> anyhow::Result<()> {
        script.on_edge(&format!(
            "the manual: {verb} the {connector}'s connect-standalone.sh"
        ));
        for host in hosts {
            script.root(&format!("# the node has to reach {host} on port 5671"));
        }
        script.root(&format!("systemctl {verb} {}", connector.unit()));
        Ok(())
    }
}

/// Line by line on standard input, up to the brace that ends it: the variable is in no argument of a program.
fn with_key(text: &str, script: &mut Script) -> anyhow::Result<()> {
    script.line("{");
    for line in text.lines() {
        script.line(&match line.split_once(MARK) {
            Some((start, end)) => format!(
                "    printf '%s%s%s\\n' {} \"$HUB_KEY\" {}",
                quoted(start)?,
                quoted(end)?
            ),
            None => format!("    printf '%s\\n' {}", quoted(line)?),
        });
    }
    Ok(())
}

/// One word for `ssh`: standard input becomes a file that only its worker reads.
fn as_root(path: &str, group: &str) -> anyhow::Result<String> {
    let new = quoted(&format!("{path}.new"))?;
    let (path, group) = (quoted(path)?, quoted(group)?);
    let program = format!(
        "umask 077 && cat > {new} && chown root:{group} {new} && chmod 640 {new} && mv -f {new} {path}"
    );
    quoted(&format!("sudo sh -c {}", quoted(&program)?))
}

/// As kafka-consumer-groups.sh reads it.
fn datetime(position: &Position) -> String {
    match position {
        Position::Time(ms) => jiff::Timestamp::from_millisecond(*ms).map_or_else(
            |_| ms.to_string(),
            |time| time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        ),
        other => other.to_string(),
    }
}

/// A name of somebody's, as a part of a path.
pub(super) fn in_url(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}
