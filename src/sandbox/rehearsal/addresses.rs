//! The loopback addresses of one rehearsal: a net of its own below 127.0.0.0/8, so that every part has the port that it
//! has in production and several rehearsals stand side by side. Nothing here is reachable from another machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::ops::Range;

use anyhow::Context as _;

/// The name's last part: HDInsight gives each cluster one of its own.
const SUFFIX: &str = "rehearsalx0y1z2.ax.internal.cloudapp.net";
/// Ports below 1024 are closed to ordinary users, so these three are not production's.
const HTTPS: u16 = 8443;
const SSH: u16 = 2222;
const KAFKA_OUTSIDE: u16 = 19092;

const AMBARI: u16 = 8080;
const KAFKA: u16 = 9092;
const AMQPS: u16 = 5671;

/// Where this net is claimed: whoever holds the listener has the net.
const CLAIM: (u8, u16) = (254, 64999);

/// The workers listen on 127.0.0.1 itself, as they do in production, so their ports have to differ from everybody's. These
/// are below those that Linux gives to whoever asks for any port, where one that is free now may be taken in a moment.
const WORKERS: Range<u16> = 20_000..30_000;
/// Whoever holds such a port here has it on 127.0.0.1.
const WORKERS_CLAIM: Ipv4Addr = Ipv4Addr::new(127, 1, 0, 1);

/// 127.A.B.0/24 and two ports of 127.0.0.1, held as long as the value exists.
pub struct Addresses {
    net: [u8; 2],
    _claim: TcpListener,
    workers: [TcpListener; 2],
}

/// A host of the rehearsal: the name that the cluster knows, and where it really listens.
#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub ip: Ipv4Addr,
}

impl Addresses {
    /// Takes a net that no other rehearsal has.
    pub fn claim() -> anyhow::Result<Self> {
        let mut last = None;
        for _ in 0..64 {
            // 127.0 and 127.1 are left to everybody else.
            let [a, b, ..] = *uuid::Uuid::new_v4().as_bytes();
            let net = [a.clamp(2, 254), b];
            match TcpListener::bind(at(net, CLAIM.0, CLAIM.1)) {
                Ok(claim) => {
                    let workers = [claim_port()?, claim_port()?];
                    return Ok(Self {
                        net,
                        _claim: claim,
                        workers,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
                Err(error) => {
                    return Err(error)
                        .context("a rehearsal needs the whole of 127.0.0.0/8, as Linux has it");
                }
            }
        }
        Err(last.map_or_else(|| anyhow::anyhow!("no net was tried"), Into::into))
            .context("no free net below 127.0.0.0/8")
    }

    /// Where the source's and the sink's worker listen on 127.0.0.1.
    pub fn worker_ports(&self) -> anyhow::Result<[u16; 2]> {
        let [source, sink] = &self.workers;
        Ok([source.local_addr()?.port(), sink.local_addr()?.port()])
    }

    fn at(&self, last: u8, port: u16) -> SocketAddrV4 {
        at(self.net, last, port)
    }

    fn host(&self, name: String, last: u8) -> Host {
        let ip = *self.at(last, 0).ip();
        Host { name, ip }
    }

    /// Ambari's public gateway (TLS).
    pub fn gateway(&self) -> SocketAddrV4 {
        self.at(1, HTTPS)
    }

    /// Ambari itself, on the active head node.
    pub fn ambari(&self) -> SocketAddrV4 {
        self.at(2, AMBARI)
    }

    pub fn brokers(&self) -> [Host; 3] {
        [0, 1, 2].map(|n| self.host(format!("wn{n}-kafka.{SUFFIX}"), 10 + n))
    }

    /// Where a broker listens for the cluster's own network.
    pub fn broker_inside(&self, broker: &Host) -> SocketAddrV4 {
        SocketAddrV4::new(broker.ip, KAFKA)
    }

    /// Where it listens for tools of this machine, which do not know the cluster's names.
    pub fn broker_outside(&self, broker: &Host) -> SocketAddrV4 {
        SocketAddrV4::new(broker.ip, KAFKA_OUTSIDE)
    }

    pub fn zookeepers(&self) -> [Host; 3] {
        [0, 1, 2].map(|n| self.host(format!("zk{n}-kafka.{SUFFIX}"), 15 + n))
    }

    pub fn head_nodes(&self) -> [Host; 2] {
        [0, 1].map(|n| self.host(format!("hn{n}-kafka.{SUFFIX}"), 2 + n))
    }

    pub fn edge_ssh(&self) -> SocketAddrV4 {
        self.at(20, SSH)
    }

    /// Devices and registry (TLS).
    pub fn hub_https(&self) -> SocketAddrV4 {
        self.at(30, HTTPS)
    }

    pub fn hub_commands(&self) -> SocketAddrV4 {
        self.at(30, AMQPS)
    }

    pub fn hub_events(&self) -> SocketAddrV4 {
        self.at(31, AMQPS)
    }

    /// The REST proxy's public endpoint (TLS).
    pub fn rest(&self) -> SocketAddrV4 {
        self.at(41, HTTPS)
    }

    /// Entra's token endpoint and Azure Resource Manager (TLS).
    pub fn azure(&self) -> SocketAddrV4 {
        self.at(40, HTTPS)
    }
}

/// A port of [`WORKERS`] that no other rehearsal has and that nobody uses.
fn claim_port() -> anyhow::Result<TcpListener> {
    for _ in 0..256 {
        let [high, low, ..] = *uuid::Uuid::new_v4().as_bytes();
        let port = WORKERS.start + u16::from_be_bytes([high, low]) % WORKERS.len() as u16;
        if let Ok(claim) = TcpListener::bind((WORKERS_CLAIM, port))
            && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        {
            return Ok(claim);
        }
    }
    anyhow::bail!("no free port from {WORKERS:?} on 127.0.0.1")
}

fn at(net: [u8; 2], last: u8, port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::new(127, net[0], net[1], last), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rehearsals_share_no_address() {
        let (one, two) = (Addresses::claim().unwrap(), Addresses::claim().unwrap());
        assert_ne!(one.net, two.net);
        let held = [one.net, two.net].map(|net| TcpListener::bind(at(net, CLAIM.0, CLAIM.1)));
        assert!(held.iter().all(Result::is_err), "a net was given twice");
        let ports = [one.worker_ports().unwrap(), two.worker_ports().unwrap()].concat();
        let different: std::collections::BTreeSet<u16> = ports.iter().copied().collect();
        assert_eq!(different.len(), 4, "{ports:?}");
        let held = ports
            .iter()
            .map(|port| TcpListener::bind((WORKERS_CLAIM, *port)));
        assert!(held.into_iter().all(|taken| taken.is_err()), "{ports:?}");
        drop(one);
    }
}
