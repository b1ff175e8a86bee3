//! The lab: an operator's laptop, an edge node, a Kafka cluster, Ambari and an IoT Hub, each a machine of its own in a
//! network without a way out. Here: what a case calls. How a lab lives is in `life`, and each machine has a file.

pub mod certificates;
pub mod delay;
pub mod disk;
pub mod dns;
pub mod edge;
pub mod host;
pub mod kafka;
mod leftovers;
mod life;
pub mod net;
mod operator;
pub mod parts;
pub mod probe;
pub mod remains;
pub mod rest_proxy;
pub mod servers;

use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::transcript;
use disk::{Filling, Tree};
use edge::Edge;
use host::{Output, last_lines};
use kafka::{Broker, Kafka};
use net::{Barrier, Block, Host, Network};
use operator::Operator;
use servers::Servers;

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(25);

/// Which machines a lab has beside the operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    pub kafka: bool,
    pub edge: bool,
    pub ambari: bool,
    pub hub: bool,
}

impl Parts {
    pub const NONE: Parts = Parts {
        kafka: false,
        edge: false,
        ambari: false,
        hub: false,
    };
    pub const KAFKA: Parts = Parts {
        kafka: true,
        ..Parts::NONE
    };
    pub const EDGE: Parts = Parts {
        edge: true,
        ..Parts::NONE
    };
    pub const AMBARI: Parts = Parts {
        ambari: true,
        ..Parts::NONE
    };
    pub const HUB: Parts = Parts {
        hub: true,
        ..Parts::NONE
    };
    pub const ALL: Parts = Parts {
        kafka: true,
        edge: true,
        ambari: true,
        hub: true,
    };

    pub const fn and(self, other: Parts) -> Parts {
        Parts {
            kafka: self.kafka || other.kafka,
            edge: self.edge || other.edge,
            ambari: self.ambari || other.ambari,
            hub: self.hub || other.hub,
        }
    }
}

/// A running lab. Everything of it ends when it is dropped; `down` also looks whether that is so.
pub struct Lab {
    parts: Parts,
    dir: PathBuf,
    // In the order in which they go down.
    servers: Option<Servers>,
    edge: Option<Edge>,
    kafka: Option<Kafka>,
    operator: Operator,
    net: Network,
    used: AtomicUsize,
    /// How long each part took to come up, and the whole.
    pub took: Vec<(&'static str, Duration)>,
}

impl Lab {
    pub fn has(&self, parts: Parts) -> bool {
        self.parts.and(parts) == self.parts
    }

    /// A fresh edge, without restarting anything else. Nothing happens in a lab without an edge.
    pub fn edge_reset(&self) -> Result<()> {
        if let Some(edge) = &self.edge {
            edge.discard()?;
            edge.boot(&self.net, &self.operator.public_key()?)?;
        }
        Ok(())
    }

    /// Runs a command on the operator's laptop.
    pub fn op(&self, argv: &[&str]) -> Result<Output> {
        let (program, args) = argv.split_first().context("no program to run")?;
        let mut command = self.op_command(program)?;
        command.args(args);
        host::run(&argv.join(" "), command, b"")
    }

    /// A command on the operator's laptop, to be given an environment, run or started by the case.
    pub fn op_command(&self, program: &str) -> Result<Command> {
        self.operator.command(&self.net, program)
    }

    /// Runs a command on the edge as `sshuser`, with OpenSSH's client: what an operator does by hand.
    pub fn ssh(&self, argv: &[&str]) -> Result<Output> {
        let mut command = self.op_command("ssh")?;
        // Not $HOME/.ssh by itself: OpenSSH asks the password database where home is.
        let ssh = self.home().join(".ssh");
        command
            .args([
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=yes",
            ])
            .arg("-o")
            .arg(format!(
                "UserKnownHostsFile={}",
                ssh.join("known_hosts").display()
            ))
            .arg("-i")
            .arg(ssh.join("id_ed25519"))
            .arg(format!("sshuser@{}", net::EDGE))
            .arg("--")
            .arg(shlex::try_join(argv.iter().copied())?);
        host::run(&format!("ssh edge -- {}", argv.join(" ")), command, b"")
    }

    /// Runs the program under test on the operator's laptop.
    pub fn hdikafka(&self, args: &[&str]) -> Result<Output> {
        self.hdikafka_with(args, &[], b"")
    }

    /// The same with environment variables and a whole standard input.
    pub fn hdikafka_with(
        &self,
        args: &[&str],
        envs: &[(&str, &str)],
        stdin: &[u8],
    ) -> Result<Output> {
        let mut command = self.op_command(&parts::binary().display().to_string())?;
        command.args(args).envs(envs.iter().copied());
        host::run(&format!("hdikafka {}", args.join(" ")), command, stdin)
    }

    pub fn write_profile(&self, name: &str, toml: &str) -> Result<PathBuf> {
        self.operator.write_profile(name, toml)
    }

    /// The operator's $HOME.
    pub fn home(&self) -> PathBuf {
        self.operator.home()
    }

    /// What the stand-in of `az` answers from.
    pub fn az_dir(&self) -> PathBuf {
        self.operator.az_dir()
    }

    /// Runs a command on the edge as root.
    pub fn edge_exec(&self, argv: &[&str]) -> Result<Output> {
        self.edge()?.exec(argv)
    }

    pub fn edge(&self) -> Result<&Edge> {
        self.edge.as_ref().context("this lab has no edge")
    }

    /// All that is where a bridge may be, on the edge.
    pub fn edge_tree(&self) -> Result<Tree> {
        Tree::of(self.edge()?)
    }

    /// Reboots the edge from within and waits until its sshd answers again.
    pub fn edge_reboot(&self) -> Result<()> {
        self.edge()?.reboot(&self.net)
    }

    /// Fills the edge's disk up to `left` bytes, until what is returned is dropped.
    pub fn fill_edge_disk(&self, left: u64) -> Result<Filling> {
        self.edge()?.disk().fill(left)
    }

    pub fn broker(&self, number: u8) -> Result<&Broker> {
        self.kafka()?.broker(number)
    }

    /// Starts a broker that was stopped and waits until the metadata has all of them.
    pub fn start_broker(&self, number: u8) -> Result<()> {
        self.broker(number)?.start(&self.net)?;
        self.kafka()?.wait_until_ready(&self.net)
    }

    /// Names of the topics, sorted, without Kafka's own.
    pub fn topics(&self) -> Result<Vec<String>> {
        self.kafka()?.topics(&self.net)
    }

    /// Creates a topic with three replicas a partition.
    pub fn create_topic(&self, name: &str, partitions: i32) -> Result<()> {
        self.kafka()?.create_topic(&self.net, name, partitions)
    }

    /// Deletes all topics and groups, and waits until their names are free.
    pub fn forget_topics(&self) -> Result<()> {
        self.kafka()?.forget(&self.net)
    }

    /// Ids of the brokers that the metadata has, sorted.
    pub fn brokers(&self) -> Result<Vec<i32>> {
        self.kafka()?.ids(&self.net)
    }

    pub fn kafka(&self) -> Result<&Kafka> {
        self.kafka.as_ref().context("this lab has no Kafka")
    }

    /// The CA, the keys and the switches of Ambari and the hub.
    pub fn servers(&self) -> Result<&Servers> {
        self.servers
            .as_ref()
            .context("this lab has neither Ambari nor a hub")
    }

    pub fn hub_state(&self) -> Result<Value> {
        self.servers()?.hub_state(&self.net)
    }

    /// Where the lab keeps its files; its name is the prefix of the lab's namespaces.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn net(&self) -> &Network {
        &self.net
    }

    /// Closes the way from a machine to `name`:`port`, until what is returned is dropped.
    pub fn block(&self, from: Host, name: &str, port: u16, how: Block) -> Result<Barrier> {
        self.net.block(from, name, port, how)
    }

    /// Looks at a condition until it holds; an error that names `what` after `limit`.
    pub fn wait(
        &self,
        what: &str,
        limit: Duration,
        condition: impl FnMut() -> Result<bool>,
    ) -> Result<()> {
        wait(what, limit, condition)
    }

    /// Puts the end of every machine's log into the transcript.
    pub fn note_logs(&self) {
        let console = self
            .edge
            .iter()
            .map(|edge| ("the edge's console".to_owned(), edge.console()));
        let kafka = self.kafka.iter().flat_map(Kafka::logs);
        let servers = self.servers.iter().flat_map(Servers::logs);
        for (name, log) in console.chain(kafka).chain(servers) {
            transcript::note(format!("--- {name}\n{}", last_lines(&log, 15)));
        }
    }
}

/// Looks at a condition until it holds; an error that names `what` after `limit`.
pub fn wait(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let began = Instant::now();
    loop {
        if condition().with_context(|| format!("waiting for {what}"))? {
            return Ok(());
        }
        if began.elapsed() > limit {
            bail!("waited {} s for {what}", limit.as_secs());
        }
        std::thread::sleep(POLL);
    }
}

/// Takes a mount away even while somebody still has a file open there. Not being mounted is fine.
fn unmount(target: &Path) {
    if let Ok(target) = CString::new(target.as_os_str().as_encoded_bytes()) {
        // SAFETY: a live string.
        unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) };
    }
}
