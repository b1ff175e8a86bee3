//! What forbids a plan: said in words before anything is changed, all of it at once.

use super::connector::MISPRINT;
use super::secrets::PLACEHOLDER;
use super::{Changed, StartWish, Wanted};
use crate::facts::Facts;
use crate::facts::edge::Edge;
use crate::facts::places::{self, Connector};
use crate::properties;

/// Why nothing may be changed. The kinds are those of the exit codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The world differs from what was expected; the hint says what decides it.
    #[error("{words}")]
    Conflict { words: String, hint: String },
    /// What we wrote was changed by hand since.
    #[error("{0}")]
    Changed(Changed),
    /// The node lacks something.
    #[error("{words}")]
    Lacks { words: String, hint: String },
    /// A cluster that is not supported: another one than was expected.
    #[error("{words}")]
    Unsupported { words: String },
}

impl Refusal {
    pub fn conflict(words: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Conflict {
            words: words.into(),
            hint: hint.into(),
        }
    }

    pub fn lacks(words: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Lacks {
            words: words.into(),
            hint: hint.into(),
        }
    }
}

/// All the refusals of one plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Refused(pub Vec<Refusal>);

pub(super) fn before_anything(wanted: &Wanted, facts: &Facts) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(security(facts));
    refusals.extend(wrong_node(facts));
    refusals.extend(node_lacks(wanted, facts));
    refusals.extend(identity(facts));
    refusals.extend(foreign_bridge(&facts.edge));
    refusals.extend(ports(wanted, &facts.edge));
    refusals.extend(hub(facts));
    refusals.extend(cloud(wanted, facts));
    refusals.extend(disk(wanted, facts));
    refusals
}

/// Before `connector start`: the bridge is there, its files hold no left-over, its secrets are where they are looked for.
pub(super) fn before_start(wish: &StartWish, edge: &Edge, kafka_home: &str) -> Vec<Refusal> {
    let mut refusals = foreign_bridge(edge);
    for runner in &wish.connectors {
        let connector = runner.connector;
        if !edge.units.get(&connector).is_some_and(|unit| unit.loaded) {
            refusals.push(Refusal::conflict(
                format!("there is no {connector} on {}", edge.host),
                "hdikafka setup",
            ));
            continue;
        }
        for path in [
            connector.properties_file(kafka_home),
            connector.worker_file(),
        ] {
            match edge.contents(&path) {
                Some(text) => refusals.extend(placeholders(&path, text, &[])),
                None => refusals.push(Refusal::conflict(
                    format!("{path} is missing"),
                    "hdikafka setup --only config",
                )),
            }
        }
        let secrets = connector.secrets_file();
        // with the key in the clear, nothing refers to a file of secrets
        let refers = edge
            .contents(&connector.properties_file(kafka_home))
            .is_some_and(|text| text.contains(&secrets));
        if refers && !edge.paths.contains_key(&secrets) {
            refusals.push(Refusal::conflict(
                format!("{secrets} is missing"),
                "hdikafka setup --only secrets",
            ));
        }
        refusals.extend(port(connector, runner.port, edge));
    }
    refusals
}

fn security(facts: &Facts) -> Option<Refusal> {
    facts.cluster.is_kerberised().then(|| Refusal::Unsupported {
        words: format!(
            "{} has the Enterprise Security Package (Kerberos), which is not supported",
            facts.cluster.name
        ),
    })
}

/// A worker beside a broker or Ambari takes memory and ports from what the whole cluster stands on, and goes with the node
/// when HDInsight replaces it: known by what runs there, or by what Ambari says the host is.
fn wrong_node(facts: &Facts) -> Option<Refusal> {
    let (edge, cluster) = (&facts.edge, &facts.cluster);
    let what = match (edge.servers.first(), cluster.part_of(&edge.host)) {
        (Some(runs), _) => match runs.as_str() {
            "kafka-broker" => "a Kafka broker runs on it".to_owned(),
            "ambari-server" => "Ambari runs on it, so it is a head node".to_owned(),
            "zookeeper-server" => "a ZooKeeper server runs on it".to_owned(),
            other => format!("{other} runs on it"),
        },
        (None, Some(part)) => format!("Ambari has it as {part} of {}", cluster.name),
        (None, None) => return None,
    };
    Some(Refusal::conflict(
        format!("{} is not an edge node: {what}", edge.host),
        "name the edge node with --edge, for instance new-edgenode.CLUSTER-ssh.azurehdinsight.net",
    ))
}

fn node_lacks(wanted: &Wanted, facts: &Facts) -> Vec<Refusal> {
    let edge = &facts.edge;
    let mut refusals = Vec::new();
    let mut lacks = |words: String, hint: &str| refusals.push(Refusal::lacks(words, hint));
    if edge.kafka_real_home.is_none() || !edge.has_connect {
        let words = format!(
            "{} has no Kafka Connect in {}",
            edge.host, wanted.kafka_home
        );
        lacks(words, "name Kafka's directory with --kafka-home");
    }
    if edge.java_version.is_none() {
        lacks(
            format!("{} has no java on the PATH of its services", edge.host),
            "install a Java runtime there",
        );
    }
    if edge.init != "systemd" {
        let words = format!(
            "{} is not run by systemd (PID 1 is {})",
            edge.host, edge.init
        );
        lacks(
            words,
            "the workers are systemd units; there is no other supervisor yet",
        );
    }
    if !edge.lacks.is_empty() {
        lacks(
            format!("{} lacks {}", edge.host, edge.lacks.join(", ")),
            "install them there",
        );
    }
    if let Some(user) = wanted
        .run_user
        .as_ref()
        .filter(|user| !edge.existing_users.contains(*user))
    {
        lacks(
            format!("{} has no user {user}", edge.host),
            "set edge.run_user to one that is there",
        );
    }
    refusals
}

/// A node that belongs to another cluster is never written to.
fn identity(facts: &Facts) -> Option<Refusal> {
    if let Some(problem) = &facts.edge.manifest_problem {
        return Some(Refusal::conflict(
            format!(
                "the manifest {} on {} cannot be used: {problem}",
                places::MANIFEST,
                facts.edge.host
            ),
            "use the version that wrote it, or move it away to begin anew",
        ));
    }
    let manifest = facts.edge.manifest.as_ref()?;
    let (theirs, ours) = (&manifest.kafka_cluster_id, &facts.topics.cluster_id);
    (!theirs.is_empty() && !ours.is_empty() && theirs != ours).then(|| {
        Refusal::conflict(
            format!(
                "the bridge on {} was set up for another Kafka cluster ({}, id {theirs}); this one is {} with id {ours}",
                facts.edge.host, manifest.cluster, facts.cluster.name
            ),
            format!("check --cluster and --edge; if the cluster was made anew, move {} away", places::MANIFEST),
        )
    })
}

/// A bridge that somebody made by hand: a worker that is not ours, or offsets where Kafka's shipped file puts them.
fn foreign_bridge(edge: &Edge) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for worker in edge.workers.iter().filter(|worker| worker.unit.is_none()) {
        let files = worker.files().join(" ");
        refusals.push(Refusal::conflict(
            format!(
                "a Connect worker that is not ours runs on {}: pid {}, user {}, {files}",
                edge.host, worker.pid, worker.user
            ),
            "stop it first; taking over a bridge made by hand is not built yet",
        ));
    }
    let ours_already = edge.manifest.is_some();
    let offsets = edge
        .paths
        .get(places::SHIPPED_OFFSETS)
        .filter(|facts| facts.size > 0 && !ours_already);
    if offsets.is_some() {
        refusals.push(Refusal::conflict(
            format!(
                "{} on {} holds offsets of a bridge made by hand: a new one would read everything again",
                places::SHIPPED_OFFSETS,
                edge.host
            ),
            "move the file away if they no longer matter; taking them over is not built yet",
        ));
    }
    refusals
}

fn ports(wanted: &Wanted, edge: &Edge) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if wanted.source_port == wanted.sink_port {
        refusals.push(Refusal::conflict(
            format!(
                "source and sink cannot share the REST port {}",
                wanted.source_port
            ),
            "set source.rest_port and sink.rest_port apart",
        ));
    }
    refusals.extend(
        Connector::BOTH
            .into_iter()
            .filter_map(|connector| port(connector, wanted.port(connector), edge)),
    );
    refusals
}

/// The REST port of a connector, held by somebody else.
fn port(connector: Connector, port: u16, edge: &Edge) -> Option<Refusal> {
    let holder = edge.ports.get(&port)?;
    let unit = edge.units.get(&connector);
    let ours =
        unit.is_some_and(|unit| unit.pid != 0 && holder.contains(&format!("pid={},", unit.pid)));
    // a foreign worker is refused by itself, with better words
    let foreign_worker = edge
        .workers
        .iter()
        .any(|w| w.unit.is_none() && holder.contains(&format!("pid={},", w.pid)));
    (!ours && !foreign_worker).then(|| {
        Refusal::conflict(
            format!(
                "port {port} of {}, the {connector}'s REST port, is held by {}",
                edge.host,
                holder_name(holder)
            ),
            format!("set {connector}.rest_port to a free port (--{connector}-port)"),
        )
    })
}

/// `python3 (pid 812)` out of what ss prints: `… users:(("python3",pid=812,fd=3))`.
fn holder_name(ss: &str) -> String {
    let name = ss.split('"').nth(1);
    let pid = ss
        .split("pid=")
        .nth(1)
        .and_then(|rest| rest.split(',').next());
    match (name, pid) {
        (Some(name), Some(pid)) => format!("{name} (pid {pid})"),
        _ => "a process that does not say its name".to_owned(),
    }
}

fn hub(facts: &Facts) -> Option<Refusal> {
    let rights = facts.hub.rights.as_ref()?;
    (!rights.contains("ServiceConnect")).then(|| {
        Refusal::conflict(
            format!(
                "the policy {} of {} lacks ServiceConnect (it has {rights})",
                facts.hub.policy, facts.hub.name
            ),
            "use the policy `service` (--policy service)",
        )
    })
}

/// The connector of 0.6 takes the first label of the endpoint and puts the public cloud's domain behind it.
fn cloud(wanted: &Wanted, facts: &Facts) -> Option<Refusal> {
    let host = facts.hub.events_host();
    let is_06 = !wanted.jar.source_class.contains(".source.");
    (is_06 && !host.ends_with(".servicebus.windows.net")).then(|| {
        Refusal::conflict(
            format!("the connector of this jar (0.6) knows the public cloud only, and would not reach {host}"),
            "take a jar of 0.7.0: hdikafka connector build --source DIR",
        )
    })
}

/// The jar twice (the temporary and the old one) and a little for the files.
fn disk(wanted: &Wanted, facts: &Facts) -> Option<Refusal> {
    let there = facts.edge.sha256(&wanted.jar_place()) == Some(wanted.jar.sha256.as_str());
    let needs = if there { 0 } else { wanted.jar.size / 1024 } + 1024;
    let disk = facts
        .edge
        .disks
        .iter()
        .filter(|disk| wanted.jar_place().starts_with(&disk.path))
        .max_by_key(|disk| disk.path.len())?;
    (disk.free_kib < needs).then(|| {
        Refusal::lacks(
            format!(
                "no space on {} of {}: {} MiB are needed, {} MiB are free",
                disk.mount,
                facts.edge.host,
                needs.div_ceil(1024),
                disk.free_kib / 1024
            ),
            "free some space there",
        )
    })
}

/// A value that nobody replaced after copying the connector's sample file, also inside of one (`HostName=PLACEHOLDER;…`).
/// Comments are nobody's values, and a key that no connector reads is only warned of.
pub fn placeholders(path: &str, contents: &str, ours: &[&str]) -> Vec<Refusal> {
    let Ok(values) = properties::read(&crate::facts::edge::latin1_bytes(contents)) else {
        return Vec::new();
    };
    let left = values.iter().filter(|(key, value)| {
        let words = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.into_iter().any(|word| word == PLACEHOLDER)
            && !ours.contains(&key.as_str())
            && *key != MISPRINT
    });
    left.map(|(key, value)| {
        let said = crate::secret::redact(&format!("{key}={value}"));
        Refusal::conflict(
            format!("{path} still says {said}"),
            format!("give {key} a value there, or take the line out"),
        )
    })
    .collect()
}
