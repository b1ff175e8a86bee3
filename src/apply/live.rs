//! The live execution: each kind of step against the real node and the real Kafka.

use super::record::Operation;
use super::wait::{self, Proof, Unhealthy};
use super::{Execute, Progress};
use crate::edge::{self, Command, Contents, Remote, Stdin, WriteFile};
use crate::facts::edge::latin1_bytes;
use crate::facts::manifest::Manifest;
use crate::facts::observe::Expected;
use crate::facts::places::{self, Connector};
use crate::facts::{hub, run_as_root};
use crate::kafka::{self, admin::Admin, admin::NewTopic, group::Group};
use crate::plan::{Before, Directory, Position, Step};
use crate::secret::Secret;
use anyhow::Context as _;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const SERVICE_PROGRAM: &str = include_str!("../../templates/edge/service.sh");
const APPEND_PROGRAM: &str = include_str!("../../templates/edge/append-log.sh");
/// A stop waits for the worker's own graceful time-out, and systemd's above it: minutes with long receive time-outs.
const SERVICE_TIMEOUT: Duration = Duration::from_secs(600);

/// Where the contents of a secrets file come from.
pub type SecretContents<'a> = &'a (dyn Fn(Connector) -> anyhow::Result<Secret> + Sync);

pub struct Live<'a> {
    pub remote: Arc<dyn Remote>,
    /// None: no step of the plan speaks to Kafka.
    pub kafka: Option<kafka::Settings>,
    pub secrets: Option<SecretContents<'a>>,
    /// `/var/lib/hdikafka/backups/TIME`: what this run replaces.
    pub backups: String,
    pub stable_for: Duration,
    seen: Mutex<Seen>,
}

/// What became known on the way.
#[derive(Default)]
struct Seen {
    proofs: Vec<Proof>,
    /// Digests of the secrets files as written.
    secrets: BTreeMap<String, String>,
}

impl<'a> Live<'a> {
    pub fn new(remote: Arc<dyn Remote>, run: &str, stable_for: Duration) -> Self {
        let backups = format!("{}/{run}", places::BACKUPS);
        Self {
            remote,
            kafka: None,
            secrets: None,
            backups,
            stable_for,
            seen: Mutex::default(),
        }
    }

    pub fn with_kafka(mut self, settings: kafka::Settings) -> Self {
        self.kafka = Some(settings);
        self
    }

    pub fn with_secrets(mut self, secrets: SecretContents<'a>) -> Self {
        self.secrets = Some(secrets);
        self
    }

    pub fn proofs(&self) -> Vec<Proof> {
        let mut proofs = self
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .proofs
            .clone();
        proofs.sort_by_key(|proof| proof.health.connector);
        proofs
    }

    pub fn written_secrets(&self) -> BTreeMap<String, String> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .secrets
            .clone()
    }

    pub fn write_manifest(&self, manifest: &Manifest) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(manifest)?;
        text.push(b'\n');
        let write = WriteFile {
            path: places::MANIFEST.into(),
            contents: Contents::Bytes(text),
            mode: "600".into(),
            owner: "root".into(),
            group: "root".into(),
            before: edge::Before::Any,
            backup_dir: None,
            sudo: true,
        };
        edge::write_file(self.remote.as_ref(), &write, &mut |_| {})
            .context("writing the manifest")?;
        Ok(())
    }

    pub fn log_operation(&self, operation: &Operation) -> anyhow::Result<()> {
        let line = serde_json::to_vec(operation)?;
        let command = Command::program("hdikafka-log", APPEND_PROGRAM, [places::OPERATIONS_LOG])
            .sudo()
            .stdin(Stdin::Bytes(line));
        run_as_root(self.remote.as_ref(), &command)?;
        Ok(())
    }

    fn write(&self, write: WriteFile, progress: &dyn Fn(Progress)) -> anyhow::Result<()> {
        let total = write.contents.len();
        edge::write_file(self.remote.as_ref(), &write, &mut |done| {
            progress(Progress::Bytes { done, total })
        })?;
        Ok(())
    }

    fn make_directories(&self, directories: &[Directory]) -> anyhow::Result<()> {
        let wanted: Vec<edge::Directory> = directories
            .iter()
            .map(|directory| edge::Directory {
                path: directory.path.clone(),
                mode: directory.mode.clone(),
                owner: directory.owner.clone(),
                group: directory.group.clone(),
            })
            .collect();
        edge::make_directories(self.remote.as_ref(), &wanted, true)?;
        Ok(())
    }

    fn service(&self, action: &str, words: Vec<String>) -> anyhow::Result<()> {
        let arguments = std::iter::once(action.to_owned()).chain(words);
        let command = Command::program("hdikafka-service", SERVICE_PROGRAM, arguments)
            .sudo()
            .timeout(SERVICE_TIMEOUT);
        run_as_root(self.remote.as_ref(), &command)?;
        Ok(())
    }

    /// A worker whose way out is closed says RUNNING or FAILED in many ways; asking first says it in one.
    fn preflight(&self, connector: Connector, hosts: &[String]) -> anyhow::Result<()> {
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        if hosts.is_empty() {
            return Ok(());
        }
        let reach = hub::reach(self.remote.as_ref(), &hosts)?;
        let asked = hub::Hub {
            reach,
            ..hub::Hub::default()
        };
        let Some(words) = asked.reach_problems().into_iter().next() else {
            return Ok(());
        };
        Err(Unhealthy {
            connector: connector.to_string(),
            words: format!("it was not started: {words}"),
            hint: Some(
                "open port 5671 from the edge node to both hosts of hdikafka hub show".into(),
            ),
            evidence: words,
        }
        .into())
    }

    fn kafka(&self) -> anyhow::Result<&kafka::Settings> {
        self.kafka.as_ref().context("this run has no way to Kafka")
    }

    fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        replication_factor: i32,
    ) -> anyhow::Result<()> {
        let admin = Admin::connect(self.kafka()?)?;
        let topic = NewTopic {
            name: name.to_owned(),
            partitions,
            replication_factor,
            config: BTreeMap::new(),
        };
        for (_, outcome) in admin.create(&[topic])? {
            outcome?;
        }
        Ok(())
    }

    fn commit_group(&self, group: &str, topic: &str, position: &Position) -> anyhow::Result<()> {
        let settings = self.kafka()?;
        let group = Group::open(settings, group)?;
        let marks = group.watermarks(topic)?;
        let positions: Vec<(i32, i64)> = match position {
            Position::Earliest => marks
                .iter()
                .map(|mark| (mark.partition, mark.low))
                .collect(),
            Position::Latest => marks
                .iter()
                .map(|mark| (mark.partition, mark.high))
                .collect(),
            Position::Time(ms) => group.offsets_for_time(topic, *ms)?,
        };
        group.commit(topic, &positions)?;
        Ok(())
    }

    fn write_secrets(&self, step: &Step, progress: &dyn Fn(Progress)) -> anyhow::Result<()> {
        let Step::WriteSecrets {
            connector,
            path,
            before,
            group,
            ..
        } = step
        else {
            return Ok(());
        };
        let contents = self.secrets.context("this run has no secrets")?(*connector)?;
        let sha256 = hex::encode(Sha256::digest(contents.expose().as_bytes()));
        self.write(
            WriteFile {
                path: path.clone(),
                contents: Contents::Secret(contents),
                mode: "640".into(),
                owner: "root".into(),
                group: group.clone(),
                before: expected(before),
                // secrets files of ours are never backed up
                backup_dir: None,
                sudo: true,
            },
            progress,
        )?;
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .secrets
            .insert(path.clone(), sha256);
        Ok(())
    }
}

fn expected(before: &Before) -> edge::Before {
    match before {
        Before::Absent => edge::Before::Absent,
        Before::Sha256(sha256) => edge::Before::Sha256(sha256.clone()),
    }
}

impl Execute for Live<'_> {
    fn execute(&self, step: &Step, progress: &dyn Fn(Progress)) -> anyhow::Result<()> {
        match step {
            Step::MakeDirectories { directories } => self.make_directories(directories),
            Step::UploadJar {
                from,
                to,
                size,
                sha256,
                before,
            } => self.write(
                WriteFile {
                    path: to.clone(),
                    contents: Contents::File {
                        path: from.clone(),
                        size: *size,
                        sha256: sha256.clone(),
                    },
                    mode: "644".into(),
                    owner: "root".into(),
                    group: "root".into(),
                    before: expected(before),
                    backup_dir: Some(self.backups.clone()),
                    sudo: true,
                },
                progress,
            ),
            Step::WriteFile {
                path,
                before,
                change,
                mode,
                owner,
                group,
                ..
            } => self.write(
                WriteFile {
                    path: path.clone(),
                    contents: Contents::Bytes(latin1_bytes(&change.after)),
                    mode: mode.clone(),
                    owner: owner.clone(),
                    group: group.clone(),
                    before: expected(before),
                    backup_dir: Some(self.backups.clone()),
                    sudo: true,
                },
                progress,
            ),
            Step::WriteSecrets { .. } => self.write_secrets(step, progress),
            Step::EnableUnits { enable, disable } => {
                let names = |connectors: &[Connector]| {
                    connectors
                        .iter()
                        .map(|c| c.word().to_owned())
                        .collect::<Vec<_>>()
                };
                self.service(
                    "reload",
                    [names(enable), vec!["--".to_owned()], names(disable)].concat(),
                )
            }
            Step::CreateTopic {
                topic,
                partitions,
                replication_factor,
            } => self.create_topic(topic, *partitions, *replication_factor),
            Step::CommitGroup {
                group,
                topic,
                position,
            } => self.commit_group(group, topic, position),
            Step::StartConnector { connector, hosts } => {
                self.preflight(*connector, hosts)?;
                self.service("start", vec![connector.word().to_owned()])
            }
            Step::RestartConnector { connector, hosts } => {
                self.preflight(*connector, hosts)?;
                self.service("restart", vec![connector.word().to_owned()])
            }
            Step::StopConnector { connector } => {
                self.service("stop", vec![connector.word().to_owned()])
            }
            Step::Prove {
                connector,
                tasks,
                port,
            } => {
                let expected = Expected {
                    connector: *connector,
                    tasks: *tasks,
                    port: *port,
                };
                let proof = wait::prove(&self.remote, expected, self.stable_for, progress)?;
                self.seen
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .proofs
                    .push(proof);
                Ok(())
            }
        }
    }
}
