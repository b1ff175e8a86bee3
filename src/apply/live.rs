//! The live execution: each kind of step against the real node and the real Kafka.

mod away;
mod secrets;
mod services;
mod take_over;
mod topics;

pub use secrets::{Form, SecretContents};
pub use take_over::TakeOverError;

use super::record::Operation;
use super::together::Together;
use super::wait::{self, Proof};
use super::{Execute, Progress};
use crate::edge::{self, Command, Contents, Remote, SmallFile, Stdin, WriteFile};
use crate::facts::edge::latin1_bytes;
use crate::facts::manifest::{Carried, Manifest, Moved};
use crate::facts::observe::Expected;
use crate::facts::places::{self, Connector};
use crate::facts::run_as_root;
use crate::kafka::{self, admin::NewTopic};
use crate::plan::{Before, Directory, Step};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const APPEND_PROGRAM: &str = include_str!("../../templates/edge/append-log.sh");

pub struct Live<'a> {
    pub remote: Arc<dyn Remote>,
    /// None: no step of the plan speaks to Kafka.
    pub kafka: Option<kafka::Settings>,
    pub secrets: Option<SecretContents<'a>>,
    /// `/var/lib/hdikafka/backups/TIME`: what this run replaces.
    pub backups: String,
    pub stable_for: Duration,
    /// Ends the watching of a proof.
    stop: Arc<AtomicBool>,
    seen: Mutex<Seen>,
    files: Together<SmallFile, Result<edge::Written, edge::WriteError>>,
    topics: Together<NewTopic, anyhow::Result<()>>,
}

/// What became known on the way.
#[derive(Default)]
struct Seen {
    /// When each start or restart was ordered.
    ordered: BTreeMap<Connector, Instant>,
    proofs: Vec<Proof>,
    /// Digests of the files with secrets as written.
    secrets: BTreeMap<String, String>,
    moved: Vec<Moved>,
    carried: Option<Carried>,
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
            stop: Arc::default(),
            seen: Mutex::default(),
            files: Together::default(),
            topics: Together::default(),
        }
    }

    pub fn with_stop(mut self, stop: &Arc<AtomicBool>) -> Self {
        self.stop = Arc::clone(stop);
        self
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
        let mut proofs = self.seen().proofs.clone();
        proofs.sort_by_key(|proof| proof.health.connector);
        proofs
    }

    pub fn written_secrets(&self) -> BTreeMap<String, String> {
        self.seen().secrets.clone()
    }

    /// What was taken out of its place, and where it is kept.
    pub fn moved(&self) -> Vec<Moved> {
        self.seen().moved.clone()
    }

    /// The offsets of a bridge made by hand.
    pub fn carried(&self) -> Option<Carried> {
        self.seen().carried.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn write_manifest(&self, manifest: &Manifest) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(manifest)?;
        text.push(b'\n');
        let write = WriteFile {
            mode: Some(0o600),
            owner: Some("root".into()),
            group: Some("root".into()),
            sudo: true,
            ..WriteFile::new(places::MANIFEST, Contents::Bytes(text))
        };
        self.write_small(write).context("writing the manifest")?;
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

    fn make_directories(&self, directories: &[Directory]) -> anyhow::Result<()> {
        let wanted: anyhow::Result<Vec<edge::Directory>> = directories
            .iter()
            .map(|directory| {
                Ok(edge::Directory {
                    path: directory.path.clone(),
                    mode: octal(&directory.mode)?.unwrap_or(0o755),
                    owner: Some(directory.owner.clone()),
                    group: Some(directory.group.clone()),
                })
            })
            .collect();
        edge::make_directories(self.remote.as_ref(), &wanted?, true)?;
        Ok(())
    }

    /// Its directory belongs to the run user, who could put a link in its place: none is followed to a file of another's.
    fn give_file(&self, path: &str, owner: &str, mode: &str) -> anyhow::Result<()> {
        let commands = [
            vec!["chown", "-h", owner, path],
            vec!["find", "-P", path, "-maxdepth", "0", "-type", "f"],
        ];
        let [chown, mut chmod] = commands;
        chmod.extend(["-exec", "chmod", mode, "{}", "+"]);
        for argv in [chown, chmod] {
            run_as_root(self.remote.as_ref(), &Command::new(argv).sudo())
                .with_context(|| format!("giving {path} to {owner}"))?;
        }
        Ok(())
    }

    fn upload_jar(&self, step: &Step, progress: &dyn Fn(Progress)) -> anyhow::Result<()> {
        let Step::UploadJar {
            from,
            to,
            size,
            sha256,
            before,
        } = step
        else {
            return Ok(());
        };
        let reader = File::open(from).with_context(|| format!("opening {}", from.display()))?;
        let contents = Contents::Reader {
            reader: Box::new(reader),
            length: *size,
            sha256: sha256.clone(),
        };
        let sent = |done| progress(Progress::Bytes { done, total: *size });
        let write = WriteFile {
            mode: Some(0o644),
            owner: Some("root".into()),
            group: Some("root".into()),
            before: expected(before),
            backup_dir: Some(self.backups.clone()),
            sudo: true,
            progress: Some(&sent),
            ..WriteFile::new(to.clone(), contents)
        };
        edge::write_file(self.remote.as_ref(), write)?;
        Ok(())
    }

    fn write_text(&self, step: &Step) -> anyhow::Result<()> {
        let Step::WriteFile {
            path,
            before,
            change,
            mode,
            owner,
            group,
            key,
            ..
        } = step
        else {
            return Ok(());
        };
        let contents = match key {
            Some(key) => self.with_key(&change.after, key)?,
            None => latin1_bytes(&change.after),
        };
        let write = WriteFile {
            mode: octal(mode)?,
            owner: kept(owner),
            group: kept(group),
            before: expected(before),
            backup_dir: Some(self.backups.clone()),
            sudo: true,
            ..WriteFile::new(path.clone(), Contents::Bytes(contents))
        };
        let written = self.write_small(write)?;
        if key.is_some() {
            self.seen().secrets.insert(path.clone(), written.sha256);
        }
        Ok(())
    }

    /// With the other files of the stage, in one exec: a setup has a dozen of them.
    fn write_small(&self, write: WriteFile) -> anyhow::Result<edge::Written> {
        if write.contents.length() > edge::SMALL {
            return Ok(edge::write_file(self.remote.as_ref(), write)?);
        }
        let file = SmallFile::new(write)?;
        let written = self
            .files
            .hand_in(file, |files| edge::write_files(self.remote.as_ref(), files));
        Ok(written.context("the outcome of a write was lost")??)
    }
}

/// `640`; none for `keep`.
fn octal(mode: &str) -> anyhow::Result<Option<u32>> {
    match mode {
        "keep" => Ok(None),
        mode => Ok(Some(
            u32::from_str_radix(mode, 8).with_context(|| format!("{mode} is no mode"))?,
        )),
    }
}

fn kept(name: &str) -> Option<String> {
    (name != "keep").then(|| name.to_owned())
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
            // the manifest is written from what is done
            Step::KeepSettings { .. } => Ok(()),
            Step::StopWorker { .. } => self.stop_worker(step, progress),
            Step::CarryOffsets { .. } => self.carry_offsets(step),
            Step::MakeDirectories { directories } => self.make_directories(directories),
            Step::GiveFile {
                path,
                owner,
                group,
                mode,
            } => self.give_file(path, &format!("{owner}:{group}"), mode),
            Step::UploadJar { .. } => self.upload_jar(step, progress),
            Step::MoveAway { .. } => self.move_away(step),
            Step::WriteFile { .. } => self.write_text(step),
            // the manifest is where it is remembered
            Step::Keep { .. } => Ok(()),
            Step::WriteSecrets { .. } => self.write_secrets(step),
            Step::RemoveSecrets { path, sha256 } => self.remove_secrets(path, sha256),
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
                self.after_preflight("start", *connector, hosts)
            }
            Step::RestartConnector { connector, hosts } => {
                self.after_preflight("restart", *connector, hosts)
            }
            Step::StopConnector { connector } => {
                self.service("stop", vec![connector.word().to_owned()])
            }
            Step::Prove {
                connector,
                name,
                tasks,
                port,
            } => {
                let expected = Expected {
                    connector: *connector,
                    name: name.clone(),
                    tasks: *tasks,
                    port: *port,
                };
                let ordered = self.seen().ordered.get(connector).copied();
                let proof = wait::prove(
                    &self.remote,
                    &expected,
                    ordered.unwrap_or_else(Instant::now),
                    self.stable_for,
                    &self.stop,
                    progress,
                )?;
                self.seen().proofs.push(proof);
                Ok(())
            }
        }
    }
}
