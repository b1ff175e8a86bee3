//! The machines' network: a namespace a machine, a bridge in a namespace of its own, names and addresses as in production.
//!
//! No namespace has a route out. Two labs have the same addresses and never meet, because their bridges do not.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};

/// The part of a name that Azure makes up for a virtual network.
const VNET: &str = "kxz3c5qvmhaubgn0rlo1tydwpe.bx.internal.cloudapp.net";

/// A machine of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// Where `hdikafka` is run.
    Operator,
    Edge,
    /// A worker node with a broker: 0, 1 or 2.
    Broker(u8),
    Zookeeper,
    /// The head node with Ambari; also the gateway, under an address of its own.
    Head,
    /// The IoT Hub, and its Event Hubs-compatible endpoint under an address of its own.
    Hub,
    /// The management node with the REST proxy; and Entra ID, which is elsewhere in Azure, under an address of its own.
    Rest,
}

impl Host {
    pub const ALL: [Host; 9] = [
        Host::Operator,
        Host::Edge,
        Host::Broker(0),
        Host::Broker(1),
        Host::Broker(2),
        Host::Zookeeper,
        Host::Head,
        Host::Hub,
        Host::Rest,
    ];

    /// Short, for namespaces and interfaces.
    pub fn label(self) -> String {
        match self {
            Host::Operator => "op".to_owned(),
            Host::Edge => "edge".to_owned(),
            Host::Broker(n) => format!("wn{n}"),
            Host::Zookeeper => "zk0".to_owned(),
            Host::Head => "hn0".to_owned(),
            Host::Hub => "hub".to_owned(),
            Host::Rest => "kr0".to_owned(),
        }
    }

    /// What `hostname` says on the machine.
    pub fn hostname(self) -> String {
        match self {
            Host::Operator => "laptop".to_owned(),
            Host::Edge => "ed10-kafka".to_owned(),
            Host::Hub => "myhub".to_owned(),
            _ => format!("{}-kafka", self.label()),
        }
    }

    pub fn address(self) -> Ipv4Addr {
        Ipv4Addr::new(
            10,
            20,
            0,
            match self {
                Host::Operator => 2,
                Host::Head => 10,
                Host::Broker(n) => 20 + n,
                Host::Zookeeper => 30,
                Host::Edge => 40,
                Host::Hub => 50,
                Host::Rest => 60,
            },
        )
    }

    /// The machine's second address, for what has a host name of its own in Azure.
    pub fn second_address(self) -> Option<Ipv4Addr> {
        match self {
            Host::Head => Some(GATEWAY_ADDRESS),
            Host::Hub => Some(EVENTS_ADDRESS),
            Host::Rest => Some(LOGIN_ADDRESS),
            _ => None,
        }
    }
}

pub const CLUSTER: &str = "mykafka";
pub const GATEWAY: &str = "mykafka.azurehdinsight.net";
pub const EDGE: &str = "new-edgenode.mykafka-ssh.azurehdinsight.net";
pub const HEAD_ALIAS: &str = "headnodehost";
pub const HUB: &str = "myhub.azure-devices.net";
pub const EVENTS: &str = "iothub-ns-myhub-25253805-b66f997729.servicebus.windows.net";
const GATEWAY_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 11);
/// Of the gateway, which is on the head node.
pub fn gateway_address() -> Ipv4Addr {
    GATEWAY_ADDRESS
}

pub const EVENTS_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 51);
pub const REST: &str = "mykafka-kafkarest.azurehdinsight.net";
/// Of Entra ID.
pub const LOGIN: &str = "login.microsoftonline.com";
pub const LOGIN_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 61);

/// A machine's name inside of the virtual network.
pub fn internal_name(host: Host) -> String {
    format!("{}.{VNET}", host.hostname())
}

/// What the public name service knows.
fn public_names() -> [(&'static str, Ipv4Addr); 6] {
    [
        (GATEWAY, GATEWAY_ADDRESS),
        (EDGE, Host::Edge.address()),
        (HUB, Host::Hub.address()),
        (EVENTS, EVENTS_ADDRESS),
        (REST, Host::Rest.address()),
        (LOGIN, LOGIN_ADDRESS),
    ]
}

/// Every name of the lab with its address.
pub fn names() -> Vec<(String, Ipv4Addr)> {
    let inside = Host::ALL
        .into_iter()
        .filter(|host| !matches!(host, Host::Operator | Host::Hub))
        .flat_map(|host| {
            [
                (internal_name(host), host.address()),
                (host.hostname(), host.address()),
            ]
        });
    inside
        .chain([(HEAD_ALIAS.to_owned(), Host::Head.address())])
        .chain(public_names().map(|(name, address)| (name.to_owned(), address)))
        .collect()
}

/// The text of /etc/hosts on a machine. Without this machine's own name a Connect worker does not start.
pub fn hosts_file(host: Host) -> String {
    let mut text = format!("127.0.0.1 localhost\n127.0.1.1 {}\n", host.hostname());
    for (name, address) in names() {
        let _ = writeln!(text, "{address} {name}");
    }
    text
}

/// The namespaces of one lab.
pub struct Network {
    prefix: String,
}

impl Network {
    /// Makes all namespaces and connects them. They are gone when this is dropped.
    pub fn up(prefix: &str) -> Result<Network> {
        let net = Network {
            prefix: prefix.to_owned(),
        };
        let switch = net.switch();
        let mut script = format!("netns add {switch}\n");
        for host in Host::ALL {
            let ns = net.namespace(host);
            let _ = writeln!(script, "netns add {ns}");
            let _ = writeln!(
                script,
                "link add {} netns {switch} type veth peer name eth0 netns {ns}",
                host.label()
            );
        }
        ip_batch(None, &script).context("making the namespaces")?;

        let mut bridge =
            "link set lo up\nlink add name br0 type bridge\nlink set br0 up\n".to_owned();
        for host in Host::ALL {
            let _ = writeln!(bridge, "link set {} master br0 up", host.label());
        }
        ip_batch(Some(&switch), &bridge).context("making the bridge")?;
        for host in Host::ALL {
            net.connect(host)
                .with_context(|| format!("connecting {host:?}"))?;
        }
        Ok(net)
    }

    fn connect(&self, host: Host) -> Result<()> {
        let ns = self.namespace(host);
        let mut script = "link set lo up\nlink set eth0 up\n".to_owned();
        for address in [Some(host.address()), host.second_address()]
            .into_iter()
            .flatten()
        {
            let _ = writeln!(script, "addr add {address}/24 dev eth0");
        }
        ip_batch(Some(&ns), &script)?;
        let etc = etc_dir(&ns);
        fs::create_dir_all(&etc)?;
        fs::write(etc.join("hosts"), hosts_file(host))?;
        // No server: an unknown name is refused at once.
        fs::write(etc.join("resolv.conf"), "options timeout:1 attempts:1\n")?;
        Ok(())
    }

    pub fn namespace(&self, host: Host) -> String {
        format!("{}-{}", self.prefix, host.label())
    }

    pub fn namespace_file(&self, host: Host) -> PathBuf {
        Path::new("/run/netns").join(self.namespace(host))
    }

    fn switch(&self) -> String {
        format!("{}-net", self.prefix)
    }

    /// A command that runs on a machine: in its namespace, with its host name, names and resolver.
    pub fn command(&self, host: Host, program: &str) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.namespace(host)])
            .args([
                "unshare",
                "--uts",
                "sh",
                "-c",
                r#"hostname "$0" && exec "$@""#,
            ])
            .args([&host.hostname(), program]);
        command
    }

    /// Runs `work` with the sockets of a machine, in a thread of its own. Threads that it starts are there, too. Names are
    /// those of the lab; the file system is the runner's.
    pub fn inside<T: Send>(&self, host: Host, work: impl FnOnce() -> T + Send) -> Result<T> {
        let file = self.namespace_file(host);
        let file = fs::File::open(&file).with_context(|| format!("opening {}", file.display()))?;
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                // SAFETY: the descriptor is open; only this thread changes its namespace.
                match unsafe { libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) } {
                    0 => Ok(work()),
                    _ => Err(std::io::Error::last_os_error()).context("entering the namespace"),
                }
            });
            thread.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    /// Closes the way from a machine to `name`:`port`, until the barrier is dropped. Connections that stand are hit, too.
    pub fn block(&self, from: Host, name: &str, port: u16, how: Block) -> Result<Barrier> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let Some((_, address)) = names().into_iter().find(|(known, _)| known == name) else {
            bail!("the lab has no name {name}");
        };
        let (verdict, back) = match how {
            Block::Silence => ("drop", "drop"),
            // The resets come in under the other machine's address.
            Block::Reset => ("reject with tcp reset", "accept"),
        };
        let table = format!("lab{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let barrier = Barrier {
            namespace: self.namespace(from),
            table,
        };
        barrier.nft(&format!(
            "table inet {table} {{\n chain out {{\n  type filter hook output priority 0;\n  \
             ip daddr {address} tcp dport {port} {verdict}\n }}\n chain in {{\n  type filter hook input priority 0;\n  \
             ip saddr {address} tcp sport {port} {back}\n }}\n}}\n",
            table = barrier.table
        ))?;
        Ok(barrier)
    }

    /// Puts the operator's laptop outside of the virtual network, until what is returned is dropped: it knows public names
    /// only, and only the ports 22 and 443 can be reached from it.
    pub fn outside(&self) -> Result<Outside> {
        let namespace = self.namespace(Host::Operator);
        let file = etc_dir(&namespace).join("hosts");
        let outside = Outside {
            before: fs::read_to_string(&file)?,
            barrier: Barrier {
                namespace,
                table: "outside".to_owned(),
            },
            file,
        };
        let mut hosts = format!(
            "127.0.0.1 localhost\n127.0.1.1 {}\n",
            Host::Operator.hostname()
        );
        for (name, address) in public_names() {
            let _ = writeln!(hosts, "{address} {name}");
        }
        fs::write(&outside.file, hosts)?;
        outside.barrier.nft(
            "table inet outside {\n chain out {\n  type filter hook output priority 0; policy drop;\n  \
             oifname \"lo\" accept\n  tcp dport { 22, 443 } accept\n }\n}\n",
        )?;
        Ok(outside)
    }

    /// Ids of the processes in the lab's namespaces.
    pub fn processes(&self) -> Vec<u32> {
        let namespaces: Vec<String> = Host::ALL
            .into_iter()
            .map(|host| self.namespace(host))
            .chain([self.switch()])
            .collect();
        namespaces
            .iter()
            .flat_map(|ns| {
                let pids = Command::new("ip")
                    .args(["netns", "pids", ns])
                    .stderr(Stdio::null())
                    .output();
                let pids = pids.map(|output| output.stdout).unwrap_or_default();
                let pids: Vec<u32> = String::from_utf8_lossy(&pids)
                    .split_whitespace()
                    .filter_map(|pid| pid.parse().ok())
                    .collect();
                pids
            })
            .collect()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let names: Vec<String> = Host::ALL
            .into_iter()
            .map(|host| self.namespace(host))
            .chain([self.switch()])
            .collect();
        for name in names {
            // Whatever still runs there keeps the namespace alive without its name.
            let _ = ip_batch(None, &format!("netns del {name}\n"));
            let _ = fs::remove_dir_all(etc_dir(&name));
        }
    }
}

/// How a closed way looks to who tries it.
#[derive(Clone, Copy, Debug)]
pub enum Block {
    /// Packets vanish.
    Silence,
    /// Every packet is answered by a reset.
    Reset,
}

/// A laptop outside of the virtual network; inside again when dropped.
pub struct Outside {
    barrier: Barrier,
    file: PathBuf,
    before: String,
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = fs::write(&self.file, &self.before);
    }
}

/// A closed way; open again when dropped.
pub struct Barrier {
    namespace: String,
    table: String,
}

impl Barrier {
    fn nft(&self, script: &str) -> Result<()> {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, "nft", "-f", "-"]);
        feed(command, script)
    }
}

impl Drop for Barrier {
    fn drop(&mut self) {
        let _ = self.nft(&format!("delete table inet {}\n", self.table));
    }
}

/// Runs a script of `ip` commands in one process.
fn ip_batch(namespace: Option<&str>, script: &str) -> Result<()> {
    let mut command = Command::new("ip");
    if let Some(namespace) = namespace {
        command.args(["-netns", namespace]);
    }
    command.args(["-batch", "-"]);
    feed(command, script)
}

fn feed(mut command: Command, script: &str) -> Result<()> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {command:?}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(script.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

fn etc_dir(namespace: &str) -> PathBuf {
    Path::new("/etc/netns").join(namespace)
}
