//! The Kafka of the lab: ZooKeeper and three brokers of a version that HDInsight runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode;
use serde_json::json;

use super::certificates::{make_authority, make_certificate};
use super::host::{self, Daemon};
use super::net::{self, Host, Network};
use super::parts::Generation;
use super::{leftovers, parts, wait};

const BROKERS: u8 = 3;
/// TLS, and who comes is not asked.
pub const SSL_PORT: u16 = 9093;
/// TLS, and a login by SCRAM-SHA-512.
pub const SASL_SSL_PORT: u16 = 9094;

pub struct Kafka {
    dir: PathBuf,
    libs: PathBuf,
    zookeeper: Mutex<Daemon>,
    brokers: Vec<Broker>,
}

/// One broker, which a case may stop, pause and start again.
pub struct Broker {
    number: u8,
    dir: PathBuf,
    libs: PathBuf,
    /// Listeners with TLS beside the plain one.
    tls: bool,
    daemon: Mutex<Option<Daemon>>,
}

impl Kafka {
    /// Starts ZooKeeper and the brokers at once and waits until the metadata has all three.
    pub fn up(dir: &Path, net: &Network, generation: Generation) -> Result<Kafka> {
        let libs = parts::kafka(generation)?;
        let dir = dir.join("kafka");
        let data = dir.join("zk0");
        fs::create_dir_all(&data)?;
        let settings = data.join("zookeeper.properties");
        fs::write(
            &settings,
            shipped("zookeeper.properties")? + &format!("dataDir={}\n", data.display()),
        )?;
        let mut command = java(net, Host::Zookeeper, &libs, "-Xmx128M");
        command
            .arg("org.apache.zookeeper.server.quorum.QuorumPeerMain")
            .arg(&settings);
        let zookeeper = Daemon::start("ZooKeeper", command, &dir.join("zk0.log"))?;
        // Kafka 2.4 takes no PEM.
        let tls = matches!(generation, Generation::Kafka3_2);
        if tls {
            make_authority(&dir)?;
        }
        let kafka = Kafka {
            dir: dir.clone(),
            libs: libs.clone(),
            zookeeper: Mutex::new(zookeeper),
            brokers: (0..BROKERS)
                .map(|number| Broker {
                    number,
                    dir: dir.clone(),
                    libs: libs.clone(),
                    tls,
                    daemon: Mutex::new(None),
                })
                .collect(),
        };
        for broker in &kafka.brokers {
            broker.start(net)?;
        }
        kafka.wait_until_ready(net)?;
        Ok(kafka)
    }

    /// Until every broker's own metadata has all three: each learns of the others in its own time.
    pub fn wait_until_ready(&self, net: &Network) -> Result<()> {
        wait(
            "three brokers in the metadata",
            Duration::from_secs(120),
            || {
                held(&self.zookeeper).check()?;
                for broker in &self.brokers {
                    broker.check()?;
                }
                let whole = |address: &String| {
                    self.ids_at(net, address)
                        .is_ok_and(|ids| ids.len() == usize::from(BROKERS))
                };
                Ok(addresses().iter().all(whole))
            },
        )
    }

    /// Ids of the brokers in the metadata, sorted.
    pub fn ids(&self, net: &Network) -> Result<Vec<i32>> {
        self.ids_at(net, &bootstrap())
    }

    /// As the brokers at these addresses have it.
    fn ids_at(&self, net: &Network, bootstrap: &str) -> Result<Vec<i32>> {
        net.inside(Host::Operator, || {
            let consumer: BaseConsumer = client().set("bootstrap.servers", bootstrap).create()?;
            let metadata = consumer.fetch_metadata(None, Duration::from_secs(2))?;
            let mut ids: Vec<i32> = metadata
                .brokers()
                .iter()
                .map(|broker| broker.id())
                .collect();
            ids.sort_unstable();
            Ok(ids)
        })?
    }

    /// Names of the topics, sorted, without Kafka's own.
    pub fn topics(&self, net: &Network) -> Result<Vec<String>> {
        net.inside(Host::Operator, || leftovers::topics(&client().create()?))?
    }

    /// Creates a topic with a replica on every broker, and waits until each broker knows of it.
    pub fn create_topic(&self, net: &Network, name: &str, partitions: i32) -> Result<()> {
        net.inside(Host::Operator, || {
            let admin: AdminClient<DefaultClientContext> = client().create()?;
            let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(BROKERS.into()));
            let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(10)));
            // A topic that is gone from the metadata may still be on its way out of the controller.
            wait(
                &format!("a new topic {name}"),
                Duration::from_secs(20),
                || {
                    let results =
                        futures_executor::block_on(admin.create_topics([&topic], &options))?;
                    for result in results {
                        match result {
                            Ok(_) => {}
                            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => return Ok(false),
                            Err((name, code)) => bail!("creating the topic {name}: {code}"),
                        }
                    }
                    Ok(true)
                },
            )?;
            for address in addresses() {
                let consumer: BaseConsumer =
                    client().set("bootstrap.servers", &address).create()?;
                let what = format!("{name} in the metadata of {address}");
                wait(&what, Duration::from_secs(20), || {
                    Ok(leftovers::topics(&consumer)?
                        .iter()
                        .any(|topic| topic == name))
                })?;
            }
            Ok(())
        })?
    }

    /// The authority of the brokers' certificates, which is not the one of Ambari and the hub.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    /// Makes a user for the listener with SCRAM.
    pub fn add_user(&self, net: &Network, name: &str, password: &str) -> Result<()> {
        let login = format!("SCRAM-SHA-512=[password={password}]");
        let entity = ["--entity-type", "users", "--entity-name", name];
        self.tool(
            net,
            "kafka.admin.ConfigCommand",
            &[&["--alter", "--add-config", &login][..], &entity].concat(),
        )
    }

    /// Makes another of its replicas the leader of each partition of a topic: the replicas change their order, then the
    /// first of them is elected. All brokers stay up.
    pub fn move_leaders(&self, net: &Network, topic: &str, partitions: i32) -> Result<()> {
        let (mut moves, mut elected) = (Vec::new(), Vec::new());
        for partition in 0..partitions {
            let metadata = net.inside(Host::Operator, || -> Result<Vec<i32>> {
                let consumer: BaseConsumer = client().create()?;
                let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(10))?;
                let found = metadata.topics().first().context("no topic")?;
                let found = found.partitions().iter().find(|one| one.id() == partition);
                let found = found.context("no such partition")?;
                let mut replicas = found.replicas().to_vec();
                // From the leader on, and the leader last.
                let at = replicas.iter().position(|id| *id == found.leader());
                replicas.rotate_left(at.unwrap_or(0) + 1);
                Ok(replicas)
            })??;
            moves.push(json!({"topic": topic, "partition": partition, "replicas": metadata}));
            elected.push(json!({"topic": topic, "partition": partition}));
        }
        let (moving, electing) = (self.dir.join("moves.json"), self.dir.join("elect.json"));
        fs::write(
            &moving,
            json!({"version": 1, "partitions": moves}).to_string(),
        )?;
        fs::write(&electing, json!({"partitions": elected}).to_string())?;
        let [moving, electing] = [moving, electing].map(|file| file.display().to_string());
        self.tool(
            net,
            "kafka.admin.ReassignPartitionsCommand",
            &["--execute", "--reassignment-json-file", &moving],
        )?;
        self.tool(
            net,
            "kafka.admin.LeaderElectionCommand",
            &[
                "--election-type",
                "PREFERRED",
                "--path-to-json-file",
                &electing,
            ],
        )
    }

    /// One of Kafka's own tools, on the head node.
    fn tool(&self, net: &Network, class: &str, args: &[&str]) -> Result<()> {
        let mut command = java(net, Host::Head, &self.libs, "-Xmx128M");
        command
            .arg(class)
            .args(["--bootstrap-server", &bootstrap()])
            .args(args);
        host::run(&format!("{class} {}", args.join(" ")), command, b"")?.ok()?;
        Ok(())
    }

    pub fn broker(&self, number: u8) -> Result<&Broker> {
        self.brokers
            .get(usize::from(number))
            .with_context(|| format!("the lab has no broker {number}"))
    }

    /// Starts what a case has stopped, and takes away its topics and consumer groups.
    pub fn reset(&self, net: &Network) -> Result<()> {
        for broker in &self.brokers {
            broker.resume()?;
            if !broker.is_running() {
                broker.start(net)?;
            }
        }
        self.wait_until_ready(net)?;
        self.forget(net)
    }

    /// Deletes topics and consumer groups, and waits until the topics' names are free.
    pub fn forget(&self, net: &Network) -> Result<()> {
        net.inside(Host::Operator, leftovers::delete)?
    }

    /// The last lines of each log.
    pub fn logs(&self) -> Vec<(String, String)> {
        let zookeeper = ("zk0".to_owned(), held(&self.zookeeper).log());
        let brokers = self.brokers.iter().map(|broker| {
            let log = held(&broker.daemon).as_ref().map(Daemon::log);
            (format!("wn{}", broker.number), log.unwrap_or_default())
        });
        [zookeeper].into_iter().chain(brokers).collect()
    }
}

impl Broker {
    pub fn start(&self, net: &Network) -> Result<()> {
        let host = Host::Broker(self.number);
        let name = host.label();
        let data = self.dir.join(&name);
        fs::create_dir_all(&data)?;
        let settings = data.join("server.properties");
        let own = format!(
            "broker.id={}\nzookeeper.connect={}:2181\nlog.dirs={}\n{}",
            1001 + u32::from(self.number),
            net::internal_name(Host::Zookeeper),
            data.join("logs").display(),
            self.listeners(&name)?
        );
        fs::write(&settings, shipped("broker.properties")? + &own)?;
        let mut command = java(net, host, &self.libs, "-Xmx256M");
        command.arg("kafka.Kafka").arg(&settings);
        let daemon = Daemon::start(&name, command, &self.dir.join(format!("{name}.log")))?;
        *held(&self.daemon) = Some(daemon);
        Ok(())
    }

    /// The plain listener, which the brokers use among themselves, and those with TLS.
    fn listeners(&self, name: &str) -> Result<String> {
        let machine = net::internal_name(Host::Broker(self.number));
        let plain = format!("PLAINTEXT://{machine}:9092");
        if !self.tls {
            return Ok(format!("listeners={plain}\n"));
        }
        if !self.dir.join(format!("{name}.pem")).exists() {
            make_certificate(&self.dir, name, &[&machine])?;
        }
        // Of a file Kafka would want the key encrypted.
        let inline = |kind: &str| -> Result<String> {
            let pem = fs::read_to_string(self.dir.join(format!("{name}.{kind}")))?;
            Ok(pem.trim().replace('\n', "\\n"))
        };
        Ok(format!(
            "listeners={plain},SSL://{machine}:{SSL_PORT},SASL_SSL://{machine}:{SASL_SSL_PORT}\n\
             ssl.keystore.type=PEM\nssl.keystore.key={}\nssl.keystore.certificate.chain={}\n\
             sasl.enabled.mechanisms=SCRAM-SHA-512\n\
             listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
             org.apache.kafka.common.security.scram.ScramLoginModule required;\n",
            inline("key")?,
            inline("pem")?
        ))
    }

    /// A clean shutdown: the broker hands its partitions over.
    pub fn stop(&self) -> Result<()> {
        match held(&self.daemon).take() {
            Some(mut daemon) => daemon.stop(),
            None => bail!("the broker {} does not run", self.number),
        }
    }

    /// Without a word to anybody.
    pub fn kill(&self) -> Result<()> {
        match held(&self.daemon).take() {
            Some(mut daemon) => daemon.kill(),
            None => bail!("the broker {} does not run", self.number),
        }
    }

    /// The broker stays, and answers nothing.
    pub fn pause(&self) -> Result<()> {
        self.signal(libc::SIGSTOP)
    }

    pub fn resume(&self) -> Result<()> {
        self.signal(libc::SIGCONT)
    }

    fn signal(&self, signal: libc::c_int) -> Result<()> {
        held(&self.daemon)
            .as_mut()
            .map_or(Ok(()), |daemon| daemon.signal(signal))
    }

    fn is_running(&self) -> bool {
        held(&self.daemon)
            .as_mut()
            .is_some_and(|daemon| daemon.check().is_ok())
    }

    fn check(&self) -> Result<()> {
        held(&self.daemon).as_mut().map_or(Ok(()), Daemon::check)
    }
}

/// The brokers, each as HOST:PORT.
pub fn addresses() -> Vec<String> {
    addresses_at(9092)
}

/// Their addresses of another listener.
pub fn addresses_at(port: u16) -> Vec<String> {
    (0..BROKERS)
        .map(|number| format!("{}:{port}", net::internal_name(Host::Broker(number))))
        .collect()
}

/// All brokers, as `bootstrap.servers` wants them.
pub fn bootstrap() -> String {
    addresses().join(",")
}

/// Settings of a client of the lab's own, which must not be the one under test.
pub fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap())
        .set("socket.connection.setup.timeout.ms", "1000")
        .set("reconnect.backoff.max.ms", "500")
        .set("group.id", "lab");
    config
}

/// A Java process with Kafka's jars on a machine, tuned to start fast.
fn java(net: &Network, host: Host, libs: &Path, heap: &str) -> Command {
    let mut command = net.command(host, "java");
    command
        .args([
            heap,
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-Djava.awt.headless=true",
        ])
        .arg(format!(
            "-Dlog4j.configuration=file:{}",
            parts::source_dir()
                .join("kafka/cluster/log4j.properties")
                .display()
        ))
        .arg("-cp")
        .arg(libs.join("*"));
    command
}

fn shipped(name: &str) -> Result<String> {
    let file = parts::source_dir().join("kafka/cluster").join(name);
    fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
